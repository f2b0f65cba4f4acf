"""The shape of saved manifests and states: which types their readers rely on."""

from collections.abc import Mapping
from typing import Any

MANIFEST: Mapping[str, type] = {
    "project": str,
    "stack": str,
    "providers": dict,
    "resources": list,
    "outputs": dict,
    "invokes": list,
}
MANIFEST_OPTIONAL: Mapping[str, type] = {"accepted_findings": list}
RESOURCE: Mapping[str, type] = {
    "urn": str,
    "type": str,
    "name": str,
    "custom": bool,
    "inputs": dict,
}
OPTIONAL: Mapping[str, type] = {
    "parent": str,
    "outputs": dict,
    "dependencies": list,
    "property_dependencies": dict,
    "source": str,
    "options": dict,
}
INVOKE: Mapping[str, type] = {"token": str, "arguments": dict, "answer": dict}
STATE_RESOURCE: Mapping[str, type] = {"urn": str, "type": str}
STATE_OPTIONAL: Mapping[str, type] = {
    "parent": str,
    "provider": str,
    "id": str,
    "inputs": dict,
    "outputs": dict,
    "dependencies": list,
    "propertyDependencies": dict,
}
NAMES = {str: "text", dict: "an object", list: "an array", bool: "true or false"}


def check_manifest(data: Mapping[str, Any]) -> None:
    """Raises `ValueError`, which names the key, for data that is no manifest. A
    manifest of another format is for its reader to refuse."""
    if "format" not in data:
        raise ValueError("format is missing")
    if data["format"] != 1:
        return
    _check(data, MANIFEST, MANIFEST_OPTIONAL, "")
    for number, entry in enumerate(data.get("accepted_findings") or ()):
        _check(entry, {}, {}, f"accepted_findings[{number}]")
    for number, entry in enumerate(data["resources"]):
        _check(entry, RESOURCE, OPTIONAL, f"resources[{number}]")
        if entry["urn"].count("::") < 3:
            raise ValueError(f"resources[{number}].urn is {entry['urn']!r}. Allowed: a URN")
    for number, entry in enumerate(data["invokes"]):
        _check(entry, INVOKE, {}, f"invokes[{number}]")


def check_state(data: Mapping[str, Any]) -> None:
    """Raises `ValueError`, which names the key, for data that is no state."""
    place, part = "deployment", data.get("deployment")
    if not part:
        checkpoint = data.get("checkpoint")
        _check({"checkpoint": checkpoint or {}}, {"checkpoint": dict}, {}, "")
        place, part = "checkpoint.latest", (checkpoint or {}).get("latest")
    if not part:
        return
    if not isinstance(part, dict):
        raise ValueError(f"{place} is no object")
    resources = part.get("resources") or []
    if not isinstance(resources, list):
        raise ValueError(f"{place}.resources is no array")
    for number, entry in enumerate(resources):
        at = f"{place}.resources[{number}]"
        _check(entry, STATE_RESOURCE, STATE_OPTIONAL, at)
        if entry["urn"].count("::") < 3:
            raise ValueError(f"{at}.urn is {entry['urn']!r}. Allowed: a URN")


def _check(data: Any, required: Mapping[str, type], optional: Mapping[str, type], at: str) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"{at} is no object")
    for key, kind in {**required, **optional}.items():
        name = f"{at}.{key}" if at else key
        value = data.get(key)
        if value is None and key in optional:
            continue
        if key not in data:
            raise ValueError(f"{name} is missing")
        if not isinstance(value, kind):
            raise ValueError(f"{name} is {type(value).__name__}. Allowed: {NAMES[kind]}")
