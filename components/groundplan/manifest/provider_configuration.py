"""The configuration of default providers: what reaches resources through
`<provider>:<key>` in place of inputs, such as `aws:region`.

The program's side is the configuration of its stack; a deployed state has each default
provider as a resource (`pulumi:providers:aws::default_7_51_1`).
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from groundplan.manifest import documents
from groundplan.manifest.model import SECRET

PREFIX = "pulumi:providers:"
DEFAULT = re.compile(r"::default(_\d[\w.-]*)?$")
"""The end of a default provider's URN: its name has the version of the package."""

ENGINE_KEYS = frozenset({"version", "pluginDownloadURL", "parameterization"})
"""Inputs of a provider in a state that choose its plugin."""

SENSITIVE = re.compile(r"secret|token|passw|credential|private_?key|access_?key|api_?key", re.I)
"""Names of settings that hold secrets, also where a stack's file has them as plain
text."""


def of_program(
    packages: Iterable[str], config: Mapping[str, str], secrets: frozenset[str]
) -> dict[str, dict[str, Any]]:
    """Package -> the configuration of its default provider."""
    configured: dict[str, dict[str, Any]] = {package: {} for package in sorted(packages)}
    for qualified, text in sorted(config.items()):
        package, _, key = qualified.partition(":")
        if package in configured:
            configured[package][key] = SECRET if qualified in secrets else _value(key, text)
    return configured


def of_state(entries: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Package -> the inputs of its default provider in a deployed state; of the newest
    version where there are several."""
    newest: dict[str, Mapping[str, Any]] = {}
    for entry in sorted(entries, key=lambda entry: _version(str(entry["urn"]))):
        if entry["type"].startswith(PREFIX) and DEFAULT.search(entry["urn"]):
            newest[entry["type"].removeprefix(PREFIX)] = entry.get("inputs") or {}
    return {
        package: {
            key: _value(key, value)
            for key, value in sorted(inputs.items())
            if key not in ENGINE_KEYS and not key.startswith("__")
        }
        for package, inputs in sorted(newest.items())
    }


def _version(urn: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", urn.rsplit("::", 1)[-1]))


def _value(key: str, value: Any) -> Any:
    """A setting as data: objects and lists are JSON text for the engine."""
    if SENSITIVE.search(key):
        return SECRET
    if not isinstance(value, str):
        return SECRET if isinstance(value, Mapping) and _is_envelope(value) else _safe(value)
    if key == "kubeconfig":
        return _clusters(value)
    document = documents.parse_json(value)
    return _safe(document) if document is not None else _safe(value)


def _is_envelope(value: Mapping[str, Any]) -> bool:
    """Returns whether a value of a state is encrypted."""
    return any(isinstance(key, str) and re.fullmatch(r"[0-9a-f]{32}", key) for key in value)


def _safe(value: Any) -> Any:
    """A value without the secrets that it may contain."""
    if isinstance(value, Mapping):
        return {
            key: SECRET if SENSITIVE.search(str(key)) else _safe(item)
            for key, item in sorted(value.items())
        }
    if isinstance(value, list):
        return [_safe(item) for item in value]
    if isinstance(value, str):
        return re.sub(r"(?<=://)[^/@\s]+@", f"{SECRET}@", value)
    return value


def _clusters(text: str) -> str:
    """A kubeconfig without its users; anything else, such as a path, is unchanged."""
    config = documents.parse_json(text) or documents.parse_yaml(text)
    if not isinstance(config, Mapping):
        return text
    kept = {
        key: config[key] for key in ("clusters", "contexts", "current-context") if key in config
    }
    return json.dumps(kept, sort_keys=True, default=str)
