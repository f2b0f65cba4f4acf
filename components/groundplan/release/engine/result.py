"""What came of a release, as data and as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.release.engine import history

UNCHANGED, IN_PROGRESS = "unchanged", "in-progress"


@dataclass(frozen=True)
class Result:
    """What came of it: `succeeded`, `rolled-back`, `failed`, `unchanged` (it was live
    already) or `in-progress`."""

    outcome: str
    message: str
    record: Mapping[str, Any] | None = None
    warning: str = ""
    """What a person has to do although the release is over; part of the message."""


def sentence(record: Mapping[str, Any], where: str) -> str:
    """Returns a record as text. `where`: the key of the record."""
    version, to = record.get("version"), record.get("to", {})
    what = f"version {version}" if version is not None else to.get("config")
    name = f"{record.get('kind')} of {what} on {record.get('endpoint')}"
    if record.get("outcome") == history.SUCCEEDED:
        return f"{name} succeeded: it is live, and verified. {where}"
    ended = "was rolled back" if record.get("outcome") == history.ROLLED_BACK else "failed"
    lines = [f"{name} {ended}: {record.get('reason')}."]
    lines += [
        f"  alarm {alarm['alarm']} {alarm['at']}: {alarm['why']}"
        for alarm in record.get("alarms_fired", ())
    ]
    return "\n".join([*lines, f"Live is {record.get('live') or 'nothing'}. {where}"])
