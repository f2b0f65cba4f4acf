"""Values that a deployment renews, and values that aren't known, in few words.

A replaced resource has new outputs: `${vpc.id}` changes to `${unknown until vpc}`. What
a reader wants to know of that is one side: `new ${vpc.id}`.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from groundplan.diff.changes import PropertyChange
from groundplan.manifest.symbol_names import SYMBOL, UNTIL

MOST_NAMES = 2
"""Resources that a value which isn't known names."""

UNKNOWN = re.compile(r"\$\{" + UNTIL + r"([^{}]*)\}(?: \(replaced\))?")
LIST_INDEX = re.compile(r"\[\d+\]$")


def renewed(old: Any, new: Any) -> str:
    """Returns the old text where `new` is the same with outputs that a deployment
    renews; else empty."""
    if not (isinstance(old, str) and isinstance(new, str)) or UNTIL not in new:
        return ""
    before, after = SYMBOL.split(old), SYMBOL.split(new)
    if len(before) != len(after) or before[::2] != after[::2]:
        return ""
    pairs = list(zip(before[1::2], after[1::2], strict=True))
    return old if all(_same(one, other) for one, other in pairs) else ""


def _same(old: str, new: str) -> bool:
    """Returns whether a symbol is the same, or that of an output which is renewed."""
    if old == new:
        return True
    names = new.removesuffix(" (replaced)").removeprefix(UNTIL).split(", ")
    if not new.startswith(UNTIL):
        return False
    return any(old == name or old.startswith((f"{name}.", f"{name}[")) for name in names) or (
        old.startswith(UNTIL) and set(old.removeprefix(UNTIL).split(", ")) == set(names)
    )


def brief(text: str) -> str:
    """A text in which values that aren't known name what they come from:
    `(from vpc and 2 more)`."""
    return UNKNOWN.sub(_from, text) if UNTIL in text else text


def _from(match: "re.Match[str]") -> str:
    names = match[1].removesuffix(" (replaced)").split(", ")
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"(from {', '.join(names[:MOST_NAMES])}{more})"


def renewed_inputs(properties: Iterable[PropertyChange]) -> Iterator[tuple[str, list[str]]]:
    """Each input whose values are renewed, with its old values: `subnetIds`,
    `[${a.id}, ${b.id}]`."""
    found: dict[str, list[str]] = {}
    for change in properties:
        if old := renewed(change.old, change.new):
            found.setdefault(input_path(change), []).append(old)
    yield from found.items()


def input_path(change: PropertyChange) -> str:
    """Returns the path of a property; of an item of a list that of the list."""
    return LIST_INDEX.sub("", change.path)
