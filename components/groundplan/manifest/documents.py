"""Documents inside strings: JSON (IAM policies, dashboards, kubeconfigs) and YAML, read
by what they mean."""

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

LONGEST_YAML = 200_000
"""Characters of a text that is still read as YAML: reading it takes seconds beyond."""

ELEMENTS = ("Action", "NotAction", "Resource", "NotResource")
"""Of an IAM statement: one text or a list of them, in any order (IAM User Guide,
Grammar of the IAM JSON policy language)."""
PRINCIPALS = ("Principal", "NotPrincipal")
"""Of an IAM statement: an object of such lists."""


def parse_json(text: str) -> Mapping[str, Any] | list[Any] | None:
    """The JSON object or array that a text is, `None` if it isn't one."""
    if text[:1] not in "{[" and text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict | list) else None


def parse_yaml(text: str) -> Mapping[str, Any] | list[Any] | None:
    """The YAML mapping or list that a text of several lines is, `None` if it isn't one."""
    if "\n" not in text or len(text) > LONGEST_YAML or text.startswith("#!"):
        return None
    try:
        document = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (safe, in C where it is there)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    if isinstance(document, dict) and all(isinstance(key, str) for key in document):
        return document
    return document if isinstance(document, list) else None


def is_policy(document: Any) -> bool:
    """Whether a document is an IAM policy."""
    return isinstance(document, Mapping) and bool(statements(document))


def statements(policy: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a policy; one may stand without a list. Empty where it has
    none."""
    document = policy.get("Statement")
    document = [document] if isinstance(document, Mapping) else document
    if not isinstance(document, list) or not all(
        isinstance(item, Mapping) and "Effect" in item for item in document
    ):
        return []
    return document


def canonical(value: Any) -> str:
    """A text that is the same for equal values, whatever the order of their keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def canonical_statement(statement: Mapping[str, Any]) -> str:
    """A text that is the same for IAM statements of one meaning, leaving their `Sid`
    aside."""
    normalized: dict[str, Any] = {}
    for name, value in statement.items():
        if name == "Sid":
            continue
        if name in ELEMENTS:
            normalized[name] = sorted_values(value)
        elif name in PRINCIPALS and isinstance(value, Mapping):
            normalized[name] = {key: sorted_values(item) for key, item in value.items()}
        elif name == "Condition" and isinstance(value, Mapping):
            normalized[name] = {
                operator: {key: sorted_values(item) for key, item in keys.items()}
                if isinstance(keys, Mapping)
                else keys
                for operator, keys in value.items()
            }
        else:
            normalized[name] = value
    return canonical(normalized)


def sorted_values(value: Any) -> list[str]:
    """What one text or a list of them allows, in order: IAM reads both alike."""
    items = value if isinstance(value, list) else [value]
    return sorted({item if isinstance(item, str) else canonical(item) for item in items})


AUTONAME = re.compile(r"-[0-9a-z]{7,8}")
"""What an engine or a provider appends to a name that it makes (7 hexadecimal digits;
Kubernetes: 8 letters and digits)."""


def is_autoname(value: Any, name: str) -> bool:
    """Whether a text is the name that the engine made for the resource `name`."""
    return (
        isinstance(value, str)
        and value.startswith(name)
        and AUTONAME.fullmatch(value[len(name) :]) is not None
    )
