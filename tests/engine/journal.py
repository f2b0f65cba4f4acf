"""What the engine did, by the journal of the echoing providers."""

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from real_engine import Engine


@dataclass(frozen=True)
class Journal:
    """The file that the providers write to."""

    file: pathlib.Path

    def keep(self, engine: Engine) -> None:
        """Have the engine's providers write to it from now on."""
        engine.environment["ECHO_JOURNAL"] = str(self.file)

    def read(self, verb: str) -> "Order":
        """What was created, updated or deleted since the journal was emptied."""
        lines = self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []
        spans: dict[str, list[int]] = {}
        for moment, line in enumerate(lines):
            when, what, urn = line.split(" ", 2)
            if what == verb:
                spans.setdefault(urn, [moment, len(lines)])[when == "end"] = moment
        return Order({urn: (first, last) for urn, (first, last) in spans.items()})

    def empty(self) -> None:
        """Forget what was done so far."""
        self.file.unlink(missing_ok=True)


@dataclass(frozen=True)
class Order:
    """When each resource had its turn, from beginning to end."""

    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Names of the resources, in the order in which their turns began."""
        return [urn.rsplit("::", 1)[-1] for urn in self.spans]

    def of(self, *endings: str) -> set[str]:
        """URNs of the resources that end like one of these. Raises `AssertionError`
        where one names nothing."""
        found: set[str] = set()
        for ending in endings:
            named = {urn for urn in self.spans if urn.endswith(ending)}
            assert named, f"nothing is called {ending} among {self.names}"
            found |= named
        return found

    def before(self, first: set[str], then: set[str]) -> list[str]:
        """What is wrong with `first` being over before any of `then` begins; empty if
        it is so."""
        return [
            f"{a.rsplit('::', 1)[-1]} before {b.rsplit('::', 1)[-1]}"
            for a in sorted(first)
            for b in sorted(then)
            if self.spans[a][1] > self.spans[b][0]
        ]
