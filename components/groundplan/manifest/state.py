"""Reads a deployed state as a manifest: the output of `pulumi stack export`, or a state
file of a self-managed backend."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from groundplan.manifest import provider_configuration
from groundplan.manifest.model import SECRET, STACK_TYPE, Manifest, Resource

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"
"""The keys by which the engine marks special values, and the value for secrets
(pulumi/sdk/go/common/resource/sig)."""

PROVIDER = "pulumi:providers:"
"""The beginning of the types of providers."""

OPTIONS = (
    "protect",
    "retainOnDelete",
    "ignoreChanges",
    "replaceOnChanges",
    "additionalSecretOutputs",
    "deletedWith",
)


def is_state(data: Mapping[str, Any]) -> bool:
    """Returns whether JSON data is the state of a stack."""
    return "deployment" in data or "checkpoint" in data


def manifest(data: Mapping[str, Any], stack: str) -> Manifest:
    """Returns the resources of a state as a manifest. Inputs are real values; `outputs`
    has the outputs of all resources."""
    entries = _deployment(data).get("resources") or []
    managed = [
        entry
        for entry in entries
        if entry["type"] != STACK_TYPE
        and "::default" not in entry["urn"]
        and not entry.get("delete")
    ]
    resources = sorted((_resource(entry) for entry in managed), key=lambda resource: resource.urn)
    project = resources[0].urn.split("::")[1] if resources else ""
    root: Mapping[str, Any] = next((entry for entry in entries if entry["type"] == STACK_TYPE), {})
    return Manifest(
        project,
        stack,
        tuple(resources),
        outputs=_plain(root.get("outputs") or {}),
        default_providers=provider_configuration.of_state(
            entry for entry in entries if not entry.get("delete")
        ),
    )


def stack_of(data: Mapping[str, Any]) -> str:
    """Returns the name of the stack of a state, which each URN has; empty for a state
    without resources."""
    urns = [entry["urn"] for entry in _deployment(data).get("resources") or []]
    return urns[0].partition("::")[0].removeprefix("urn:pulumi:") if urns else ""


def resolved(planned: Manifest, deployed: Manifest) -> Manifest:
    """`planned` with the outputs of the deployed resources in place of its symbols, so
    that both can be compared."""
    outputs = {resource.name: _outputs(resource, deployed) for resource in planned}
    account = _account(deployed)

    def value(match: re.Match[str]) -> str:
        name, _, path = match[1].partition(".")
        if match[1] == "aws.accountId" and account:
            return account
        output = _at(outputs.get(name, {}), path)
        return output if isinstance(output, str) else match[0]

    return replace(
        planned,
        resources=tuple(replace(r, inputs=_replaced(r.inputs, value)) for r in planned),
        outputs={},
    )


SYMBOL = re.compile(r"\$\{([^{}]+)\}")


def _replaced(data: Any, value: Any) -> Any:
    if isinstance(data, str):
        return SYMBOL.sub(value, data)
    if isinstance(data, Mapping):
        return {key: _replaced(item, value) for key, item in data.items()}
    return [_replaced(item, value) for item in data] if isinstance(data, list) else data


def _outputs(resource: Resource, deployed: Manifest) -> Mapping[str, Any]:
    counterpart = deployed.by_urn.get(resource.urn)
    return counterpart.outputs if counterpart else {}


def _at(data: Any, path: str) -> Any:
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(data, list):
            data = data[int(step)] if step.isdigit() and int(step) < len(data) else None
        else:
            data = data.get(step) if isinstance(data, Mapping) else None
    return data


def _account(deployed: Manifest) -> str:
    """Returns the account ID in the first ARN of the state; empty where there is
    none."""
    for resource in deployed:
        arn = re.match(r"arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}):", str(resource.outputs.get("arn", "")))
        if arn:
            return arn[1]
    return ""


def _deployment(data: Mapping[str, Any]) -> Mapping[str, Any]:
    deployment = data.get("deployment") or (data.get("checkpoint") or {}).get("latest") or {}
    return deployment if isinstance(deployment, Mapping) else {}


def _resource(entry: Mapping[str, Any]) -> Resource:
    depends = entry.get("propertyDependencies") or {}
    parent = entry.get("parent") or ""
    options = {key: entry[key] for key in OPTIONS if entry.get(key)}
    if entry.get("provider") and "::default" not in entry["provider"]:
        options["provider"] = entry["provider"].rsplit("::", 1)[0]
    outputs = _plain(entry.get("outputs") or {})
    return Resource(
        urn=entry["urn"],
        type=entry["type"],
        name=entry["urn"].rsplit("::", 1)[-1],
        parent=parent if parent and STACK_TYPE not in parent else None,
        custom=bool(entry.get("custom")),
        inputs=_inputs(entry),
        outputs={**outputs, "id": entry["id"]} if entry.get("id") else outputs,
        dependencies=tuple(sorted(entry.get("dependencies") or ())),
        property_dependencies={key: tuple(sorted(urns)) for key, urns in depends.items() if urns},
        options=options,
    )


def _inputs(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the inputs that the program sets. To those of a provider the engine adds
    the version of its plugin."""
    inputs: dict[str, Any] = _program_inputs(_plain(entry.get("inputs") or {}))
    if not entry["type"].startswith(PROVIDER):
        return inputs
    return {key: value for key, value in inputs.items() if key not in ("version", "__internal")}


def _program_inputs(value: Any) -> Any:
    """Returns the inputs that the program sets, without those that the provider added
    (autonames, defaults) and lists in `__defaults`."""
    if isinstance(value, Mapping):
        added = {"__defaults", *(value.get("__defaults") or ())}
        return {key: _program_inputs(item) for key, item in value.items() if key not in added}
    return [_program_inputs(item) for item in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET_SIGNATURE:
            return SECRET
        return {key: _plain(item) for key, item in sorted(value.items())}
    return [_plain(item) for item in value] if isinstance(value, list) else value
