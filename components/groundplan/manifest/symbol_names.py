"""Symbols in values: the resources that they refer to, and the value after a rename or
during a replacement."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from groundplan.manifest.model import symbol
from groundplan.manifest.property_paths import strings

SYMBOL = re.compile(r"\$\{([^{}]*)\}")
UNTIL = "unknown until "


def unknown_until(*names: str) -> str:
    """Returns the text for a value that is unknown until the resources of these names
    are deployed: `${unknown until gpu-template}`."""
    return symbol(UNTIL + ", ".join(names))


def names(value: Any) -> Iterator[str]:
    """Yields the names of the resources whose outputs are in a value."""
    for text in strings(value):
        if "${" in text:
            for match in SYMBOL.finditer(text):
                yield from _possible_names(match[1])


def _possible_names(inner: str) -> list[str]:
    """Returns the names that the text inside a symbol may begin with: names may contain
    dots."""
    if inner.startswith(UNTIL):
        return inner.removeprefix(UNTIL).split(", ")
    return [inner, *(inner[:index] for index, character in enumerate(inner) if character == ".")]


def renamed(value: Any, new: Mapping[str, str]) -> Any:
    """Returns the value with symbols of renamed resources under their new names."""
    return _replaced(value, lambda inner: _with_new_name(inner, new)) if new else value


def _with_new_name(inner: str, new: Mapping[str, str]) -> str:
    if inner.startswith(UNTIL):
        return UNTIL + ", ".join(
            new.get(name, name) for name in inner.removeprefix(UNTIL).split(", ")
        )
    for name in _possible_names(inner):
        if name in new:
            return new[name] + inner[len(name) :]
    return inner


def with_unknown_outputs(value: Any, name: str, outputs: tuple[str, ...] = ()) -> Any:
    """Returns the value while the resource `name` is replaced: its outputs, or only
    those in `outputs`, are unknown.

    A `${unknown until name}` gets a different text, so that it counts as a difference.
    """

    def unknown(inner: str) -> str:
        if inner.startswith(UNTIL):
            is_named = name in inner.removeprefix(UNTIL).split(", ")
            return f"{inner} (replaced)" if is_named else inner
        output = inner.removeprefix(f"{name}.")
        is_other = inner != name and output == inner
        is_known = bool(outputs) and re.split(r"[.\[]", output)[0] not in outputs
        return inner if is_other or is_known else UNTIL + name

    return _replaced(value, unknown)


def _replaced(value: Any, replacement: Callable[[str], str]) -> Any:
    """Returns the value with `replacement` applied to the text inside each symbol."""
    if isinstance(value, str):
        if "${" not in value:
            return value
        return SYMBOL.sub(lambda match: symbol(replacement(match[1])), value)
    if isinstance(value, Mapping):
        return {key: _replaced(item, replacement) for key, item in value.items()}
    return [_replaced(item, replacement) for item in value] if isinstance(value, list) else value
