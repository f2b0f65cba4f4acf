"""When a value of the state and one of the account are the same."""

import json
import re
from collections.abc import Mapping
from typing import Any

from groundplan.manifest.model import SECRET


def at(data: Any, path: str) -> Any:
    """Returns the value at a path of mappings; `None` where there is none. A list of
    one mapping is that mapping: the provider writes blocks so."""
    for step in path.split("."):
        if isinstance(data, list) and len(data) == 1:
            data = data[0]
        data = data.get(step) if isinstance(data, Mapping) else None
    return data


def is_same(recorded: Any, live: Any) -> bool:
    """Returns whether two values mean the same: texts that are JSON by their content,
    numbers and booleans in any spelling, lists in any order, an ARN and the ID that it
    ends in; what is empty or false, and what an answer leaves out."""
    first, second = _normal(recorded), _normal(live)
    return bool(first == second) or _is_arn_of(first, second) or _is_arn_of(second, first)


def _is_arn_of(first: Any, second: Any) -> bool:
    if not (isinstance(first, str) and isinstance(second, str) and second):
        return False
    return first.startswith("arn:") and first.endswith((f"/{second}", f":{second}"))


def is_comparable(recorded: Any) -> bool:
    """Returns whether the state has the value: secrets are never shown."""
    return recorded is not None and SECRET not in json.dumps(recorded, default=str)


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        return _of_text(value)
    if value is None or value is False or value in ([], {}):
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): _normal(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        items = [_normal(item) for item in value]
        # A policy's element may be one value or a list of it.
        if len(items) == 1:
            return items[0]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True, default=str))
    return str(value)


def _of_text(text: str) -> Any:
    if text in ("", "false"):
        return None
    if text == "true":
        return True
    if text[:1] in ("{", "["):
        try:
            return _normal(json.loads(text))
        except ValueError:
            return text
    # `30` is 30; `1.30` is a version, and not 1.3.
    return float(text) if re.fullmatch(r"-?[0-9]+", text) else text


def tags(live: Any) -> Mapping[str, str] | None:
    """Returns the tags of an answer without those of AWS; `None` where it has no
    tags."""
    if isinstance(live, Mapping):
        found = {str(key): str(value) for key, value in live.items()}
    elif isinstance(live, list):
        found = {str(tag["Key"]): str(tag.get("Value", "")) for tag in live}
    else:
        return None
    return {key: value for key, value in found.items() if not key.startswith("aws:")}
