"""The operations of the engine, from the journal of the echo providers."""

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from real_engine import Engine


@dataclass(frozen=True)
class Journal:
    """The file that the echo providers write to."""

    file: pathlib.Path

    def attach(self, engine: Engine) -> None:
        """Makes the engine's providers write to it from now on."""
        engine.environment["ECHO_JOURNAL"] = str(self.file)

    def read(self, verb: str) -> "Order":
        """The creations, updates or deletions since the journal was cleared."""
        lines = self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []
        spans: dict[str, list[int]] = {}
        for position, line in enumerate(lines):
            event, operation, urn = line.split(" ", 2)
            if operation == verb:
                spans.setdefault(urn, [position, len(lines)])[event == "end"] = position
        return Order({urn: (first, last) for urn, (first, last) in spans.items()})

    def clear(self) -> None:
        """Removes all entries."""
        self.file.unlink(missing_ok=True)


@dataclass(frozen=True)
class Order:
    """Beginning and end of the operation on each resource."""

    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Names of the resources, in the order in which their operations began."""
        return [urn.rsplit("::", 1)[-1] for urn in self.spans]

    def of(self, *endings: str) -> set[str]:
        """URNs that end with one of `endings`. Raises `AssertionError` for an ending
        that matches none."""
        urns: set[str] = set()
        for ending in endings:
            matches = {urn for urn in self.spans if urn.endswith(ending)}
            assert matches, f"no resource {ending} among {self.names}"
            urns |= matches
        return urns

    def before(self, first: set[str], then: set[str]) -> list[str]:
        """The pairs that violate the order: every operation on `first` ends before any
        on `then` begins. Empty if the order holds."""
        return [
            f"{a.rsplit('::', 1)[-1]} before {b.rsplit('::', 1)[-1]}"
            for a in sorted(first)
            for b in sorted(then)
            if self.spans[a][1] > self.spans[b][0]
        ]
