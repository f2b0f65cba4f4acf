"""Parses documents inside strings: JSON (IAM policies, dashboards, kubeconfigs) and
YAML."""

import json
import re
from collections.abc import Mapping
from typing import Any

from groundplan.manifest import text_files, yaml_text

LONGEST_YAML = 200_000
"""Maximum length of a text that is parsed as YAML; a longer one takes seconds."""

ELEMENTS = ("Action", "NotAction", "Resource", "NotResource")
"""Elements of an IAM statement whose value is one string or a list in any order (IAM
User Guide, Grammar of the IAM JSON policy language)."""
PRINCIPALS = ("Principal", "NotPrincipal")
"""Elements of an IAM statement whose value is an object of such lists."""


def parse_json(text: str) -> Mapping[str, Any] | list[Any] | None:
    """Returns the JSON object or array in a text, `None` for any other text."""
    if text[:1] not in "{[" and text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        document = text_files.parse_json(text)
    except ValueError:
        return None
    return document if isinstance(document, dict | list) else None


def parse_yaml(text: str) -> Mapping[str, Any] | list[Any] | None:
    """Returns the YAML mapping or list in a text of several lines, `None` for any other
    text."""
    if "\n" not in text or len(text) > LONGEST_YAML or text.startswith("#!"):
        return None
    try:
        document = yaml_text.parse(text, dates=True)
    except yaml_text.TextError:
        return None
    if isinstance(document, dict) and all(isinstance(key, str) for key in document):
        return document
    return document if isinstance(document, list) else None


def is_policy(document: Any) -> bool:
    """Returns whether a document is an IAM policy."""
    return isinstance(document, Mapping) and bool(statements(document))


def statements(policy: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns the statements of a policy, as a list also where there is only one. Empty
    where it has none."""
    value = policy.get("Statement")
    value = [value] if isinstance(value, Mapping) else value
    if not isinstance(value, list) or not all(
        isinstance(item, Mapping) and "Effect" in item for item in value
    ):
        return []
    return value


def canonical(value: Any) -> str:
    """A text that is the same for equal values in any order of their keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def canonical_statement(statement: Mapping[str, Any]) -> str:
    """A text that is the same for IAM statements that are equivalent but for their
    `Sid`."""
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
    """Returns the values of one string or a list, sorted: IAM treats both the same."""
    items = value if isinstance(value, list) else [value]
    return sorted({item if isinstance(item, str) else canonical(item) for item in items})


AUTONAME = re.compile(r"-[0-9a-z]{7,8}")
"""The suffix of an autoname (7 hexadecimal digits; Kubernetes: 8 letters and
digits)."""


def is_autoname(value: Any, name: str) -> bool:
    """Returns whether a text is the autoname of the resource `name`."""
    return (
        isinstance(value, str)
        and value.startswith(name)
        and AUTONAME.fullmatch(value[len(name) :]) is not None
    )
