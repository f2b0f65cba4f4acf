"""The journal of a guard in S3: what each run counted, decided and announced.

    <prefix>runs/<year-month>/<number>.json     a run: written before it acts
    <prefix>announced/<year-month>/<number>     its notification is sent

All are written once. Of two runs at the same time one gets the number, and the other
ends: the next decides again.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.release.engine.errors import Unreadable
from groundplan.release.engine.objects import Objects


@dataclass(frozen=True)
class Run:
    """A recorded run."""

    month: str
    number: int
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.month}/{self.number:06d}"


class Journal(Objects):
    """The runs of one guard."""

    def last(self, now: datetime.datetime) -> Run | None:
        """Returns the last run of this month or the one before."""
        first = now.replace(day=1)
        for month in (f"{first:%Y-%m}", f"{first - datetime.timedelta(days=1):%Y-%m}"):
            entries = self.entries(f"runs/{month}/")
            if entries:
                return self._run(entries[-1].name)
        return None

    def add(self, last: Run | None, now: datetime.datetime, data: Mapping[str, Any]) -> Run | None:
        """Records a run; None if another run was first."""
        month = f"{now:%Y-%m}"
        number = last.number + 1 if last is not None and last.month == month else 1
        run = Run(month, number, data)
        return run if self.put(f"runs/{run.name}.json", data) else None

    def is_announced(self, run: Run) -> bool:
        """Returns whether the notification of a run is sent."""
        return bool(self.entries(f"announced/{run.name}"))

    def announce(self, run: Run) -> None:
        """Records that the notification of a run is sent."""
        self.put(f"announced/{run.name}", {})

    def _run(self, name: str) -> Run:
        found = self._get(name)
        if found is None or "ledger" not in found[0]:
            raise Unreadable(f"{self.uri(name)} is no run of a cost guard")
        _, month, file = name.split("/")
        return Run(month, int(file.removesuffix(".json")), found[0])
