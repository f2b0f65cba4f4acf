"""The results of former checks, as they are in the store of results."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.analysis.stores import Store
from groundplan.model_monitoring.analysis.verdicts import Family, Status

LAST = 30
"""Checks that a page shows."""
RESULT = names.RESULT_FILE


@dataclass(frozen=True)
class Past:
    """What a former check came to."""

    end: str
    status: Status
    digest: str
    baseline: str
    """The digest of its baseline."""
    alarms: tuple[str, ...]
    """The subjects that alarmed."""
    distance: float
    """The largest distance of a column from the baseline."""


def read(place: Store, before: str, last: int = LAST) -> list[Past]:
    """Returns the last checks whose folders come before one, the latest first. What is
    no result is left out: a page never fails for want of a former one."""
    keys = [entry.key for entry in place.entries() if entry.key.endswith(f"/{RESULT}")]
    former = sorted(key for key in keys if key.count("/") == 1 and key < f"{before}/")
    found = (_past(place.read(key)) for key in reversed(former[-last:]))
    return [past for past in found if past is not None]


def _past(content: bytes) -> Past | None:
    try:
        document: Mapping[str, Any] = json.loads(content)
        verdicts = document["verdicts"]
        drift = (Family.DATA_DRIFT.value, Family.PREDICTION_DRIFT.value)
        distances = [v["value"] or 0.0 for v in verdicts if v["family"] in drift]
        return Past(
            str(document["window"]["end"]),
            Status(document["status"]),
            str(document["digest"]),
            str(document["baseline"]["digest"]),
            tuple(
                " ".join(filter(None, (v["subject"], v["slice"])))
                for v in verdicts
                if v["status"] == Status.ALARM.value
            ),
            max(distances, default=0.0),
        )
    except (ValueError, KeyError, TypeError):
        return None
