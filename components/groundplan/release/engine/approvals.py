"""Approvals of an endpoint's versions, written down before anything is done about them.

    <prefix><endpoint>/approvals/waiting/<approval>.json    it was approved
    <prefix><endpoint>/approvals/answered/<approval>.json   what came of it

An approval that can't be acted on now, because the endpoint is moved by something else
or the function is killed, so stays known until it is released or refused. The same
event twice is one approval.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.release.engine.trail import Trail

WAITING, ANSWERED = "approvals/waiting/", "approvals/answered/"
NAME = re.compile(r"v(\d+)-([0-9A-Za-z:.+-]+)\.json")


@dataclass(frozen=True)
class Approval:
    """One approval of a version."""

    version: int
    time: str
    """When, as its event says."""
    waits: float = 0.0
    """Seconds since it was written down, by S3's clock."""

    @property
    def name(self) -> str:
        return f"v{self.version}-{self.time}.json"


class Approvals:
    """The approvals of one endpoint."""

    def __init__(self, trail: Trail) -> None:
        self._trail = trail

    def add(self, approval: Approval, about: Mapping[str, Any]) -> None:
        """Writes an approval down."""
        self._trail.put(f"{WAITING}{approval.name}", about)

    def answer(self, approval: Approval, outcome: str, message: str) -> None:
        """Writes down what came of it, after which it waits no more."""
        answer = {"outcome": outcome, "message": message}
        self._trail.put(f"{ANSWERED}{approval.name}", answer)

    def is_answered(self, approval: Approval) -> bool:
        """Returns whether something came of it."""
        name = f"{ANSWERED}{approval.name}"
        return any(entry.name == name for entry in self._trail.entries(name))

    def is_known(self, version: int) -> bool:
        """Returns whether there is any approval of a version."""
        return bool(self._trail.entries(f"{WAITING}v{version}-"))

    def waiting(self) -> list[Approval]:
        """Returns those that nothing came of yet, the newest version first."""
        entries = self._trail.entries("approvals/")
        answered = {
            entry.name.removeprefix(ANSWERED)
            for entry in entries
            if entry.name.startswith(ANSWERED)
        }
        found = []
        for entry in entries:
            name = entry.name.removeprefix(WAITING)
            match = NAME.fullmatch(name)
            if match is not None and name not in answered:
                found.append(Approval(int(match[1]), match[2], entry.age))
        return sorted(found, key=lambda each: (each.version, each.time), reverse=True)
