"""Symbols in values: which resources they speak of, and the same value after a rename
or a replacement."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from groundplan.manifest.model import symbol
from groundplan.manifest.property_paths import leaves

SYMBOL = re.compile(r"\$\{([^{}]*)\}")
UNTIL = "unknown until "


def names(value: Any) -> Iterator[str]:
    """The names of the resources whose outputs are in a value."""
    for text in leaves(value):
        if "${" in text:
            for found in SYMBOL.finditer(text):
                yield from _speaks_of(found[1])


def _speaks_of(inner: str) -> list[str]:
    if inner.startswith(UNTIL):
        return inner.removeprefix(UNTIL).split(", ")
    return [
        inner,
        *(inner[:at] for at, sign in enumerate(inner) if sign == "."),
    ]  # names may hold dots


def renamed(value: Any, new: Mapping[str, str]) -> Any:
    """A value in which symbols of renamed resources have their new names."""
    return _changed(value, lambda inner: _with_names(inner, new)) if new else value


def _with_names(inner: str, new: Mapping[str, str]) -> str:
    if inner.startswith(UNTIL):
        return UNTIL + ", ".join(
            new.get(name, name) for name in inner.removeprefix(UNTIL).split(", ")
        )
    for name in _speaks_of(inner):
        if name in new:
            return new[name] + inner[len(name) :]
    return inner


def unsettled(value: Any, name: str, outputs: tuple[str, ...] = ()) -> Any:
    """A value as it is while the resource `name` is made anew: its outputs, or only
    these, aren't known yet.

    What already reads `${unknown until name}` is told by another text, so that it
    counts as a difference.
    """

    def until(inner: str) -> str:
        if inner.startswith(UNTIL):
            return (
                f"{inner} (made anew)" if name in inner.removeprefix(UNTIL).split(", ") else inner
            )
        output = inner.removeprefix(f"{name}.")
        other = inner != name and output == inner
        kept = bool(outputs) and re.split(r"[.\[]", output)[0] not in outputs
        return inner if other or kept else UNTIL + name

    return _changed(value, until)


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return SYMBOL.sub(lambda found: symbol(change(found[1])), value) if "${" in value else value
    if isinstance(value, Mapping):
        return {key: _changed(item, change) for key, item in value.items()}
    return [_changed(item, change) for item in value] if isinstance(value, list) else value
