"""Reads the inputs of resources, which may be anything: absent, unknown until
deployment, a list or a single object.

Inputs come from any Pulumi program, in the shapes of several provider versions. Nothing
here raises.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.manifest.model import SECRET


def unknown(value: Any) -> bool:
    """Returns whether a value, or a part of it, is unknown before the deployment
    (`${bucket.arn}`), or a secret."""
    return isinstance(value, str) and ("${" in value or value == SECRET)


def at(value: Any, *path: str) -> Any:
    """Returns the value at a path of keys; `None` where it is absent, the unknown
    itself where a step of the path is unknown.

    A list of one object is read as the object: providers spell a block as either,
    depending on their version.
    """
    for key in path:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if unknown(value):
            return value
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yields the objects in a list of them, or a single one."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            yield item


def texts(value: Any) -> list[str]:
    """Returns the texts in a list of them, or a single one."""
    return [
        item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)
    ]


def on(value: Any) -> bool:
    """Returns whether a switch is on. Some inputs spell booleans as text."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value, with its path: `containers[0].env[1].value`."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
