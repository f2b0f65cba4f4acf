"""Where the value of an output comes from: one that was computed of symbols may not
show it (a digest, base64, a number), but isn't known any more than they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pulumi

ATTRIBUTE = "_symbolic_origin"


@dataclass
class Origin:
    """The origin of one output."""

    sources: list[Any]
    """The outputs that its value is computed of."""
    names: tuple[str, ...] = ()
    """What its own callback depended on when it ran on symbols."""

    def source_names(self) -> tuple[str, ...]:
        """Returns the names that the sources depend on."""
        found: dict[str, None] = {}
        pending, seen = list(self.sources), set()
        while pending:
            origin = vars(pending.pop()).get(ATTRIBUTE)
            if origin is None or id(origin) in seen:
                continue
            seen.add(id(origin))
            found.update(dict.fromkeys(origin.names))
            if not origin.names:
                pending += origin.sources
        return tuple(sorted(found))


def originates(output: Any, origin: Origin) -> Any:
    """Returns the output, with its origin."""
    vars(output)[ATTRIBUTE] = origin
    return output


def outputs_in(value: Any) -> Iterator[Any]:
    """Yields the outputs inside of a value."""
    if isinstance(value, pulumi.Output):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from outputs_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from outputs_in(item)
