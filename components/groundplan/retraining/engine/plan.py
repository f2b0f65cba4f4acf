"""The plan of a run: decided once, written into the lock, and followed to its end by
all that carry the run.

A run's id is derived from the endpoint, the dataset version, the champion and the
number of the attempt. So two triggers for the same thing are one run.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from groundplan.release.engine.errors import Unreadable
from groundplan.retraining.engine import journal
from groundplan.retraining.engine.services import Champion
from groundplan.training.job import record

NEEDED = ("run", "dataset", "digest", "sequence", "champion", "triggers", "reserved_usd")


@dataclass(frozen=True)
class Plan:
    """One run."""

    run: str
    dataset: str
    digest: str
    sequence: int
    """0 for the first attempt with this data and this champion."""
    champion: Champion
    triggers: tuple[str, ...]
    """Names of what asked for it."""
    reserved_usd: float
    """The most that it can cost."""
    reason: str
    execution: str = ""
    """Which execution began it."""

    @property
    def version(self) -> str:
        """The dataset version as records name it."""
        return f"{self.dataset}@sha256:{self.digest}"

    def as_dict(self) -> dict[str, Any]:
        """As the lock and the journal keep it, with the reference of the dataset
        version: garbage collections read that (`groundplan.data.versions.uses`)."""
        return {**asdict(self), "version": self.version}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Plan":
        """From what the journal keeps. Raises `Unreadable` if another version of
        groundplan wrote it: to leave out what it does not know could be wrong."""
        try:
            own = {key: value for key, value in data.items() if key != "version"}
            champion, triggers = Champion(**own["champion"]), tuple(own["triggers"])
            return cls(**{**own, "champion": champion, "triggers": triggers})
        except (KeyError, TypeError) as error:
            raise Unreadable(
                f"The plan of run {data.get('run')} can't be read: {error}. Another version of "
                "groundplan began it. Fix: let that version end it"
            ) from None


def run_id(endpoint: str, digest: str, champion: Champion, sequence: int) -> str:
    """Returns the id of a run: 16 hexadecimal digits."""
    trained = record.run_id(record.canonical(champion.record))
    return journal.digest("\n".join((endpoint, digest, champion.id, trained, str(sequence))))
