"""Values at paths."""

from collections.abc import Mapping
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.manifest.property_paths import keys_of


def at(value: Any, path: str) -> Any:
    """Returns the value at a dotted path, `ABSENT` where there is none; a list of one
    object is that object, as the provider has it."""
    for step in keys_of(path):
        while isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, Mapping) or value.get(step) is None:
            return ABSENT
        value = value[step]
    return value
