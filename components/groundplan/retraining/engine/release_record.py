"""What the records of releases say of a version."""

import datetime
from collections.abc import Mapping
from typing import Any

from groundplan.release.engine import history
from groundplan.release.engine.plan import DEPLOY
from groundplan.retraining.engine.services import ReleaseState, ReleaseStatus


def is_of(release: Mapping[str, Any], version: str) -> bool:
    """Returns whether a release brings a version live."""
    return (release.get("package_arn"), release.get("kind")) == (version, DEPLOY)


def without(serving: str | None, version: str) -> ReleaseState:
    """Returns the state of a version that no release has brought live."""
    if serving == version:
        return ReleaseState(ReleaseStatus.LIVE, "released elsewhere")
    return ReleaseState(ReleaseStatus.NONE)


def unsuccessful(record: Mapping[str, Any], where: str) -> ReleaseState | None:
    """Returns the state of a version whose last release did not succeed; None if it
    did. `where` the record is."""
    outcome, words = record["outcome"], f"{record.get('reason')}. {where}"
    if outcome == history.ROLLED_BACK:
        return ReleaseState(ReleaseStatus.ROLLED_BACK, words)
    if outcome != history.SUCCEEDED:
        return ReleaseState(ReleaseStatus.FAILED, words)
    return None


def released(
    serving: str | None, version: str, record: Mapping[str, Any], where: str, other: str
) -> ReleaseState:
    """Returns the state of a version whose last release succeeded, by its record.
    `where` the record is; `other`: what serves that has no version."""
    if serving != version:
        message = f"the endpoint serves {serving or other} by now"
        return ReleaseState(ReleaseStatus.ROLLED_BACK, message)
    return ReleaseState(ReleaseStatus.LIVE, where, _time(record.get("started_at")))


def _time(text: Any) -> datetime.datetime | None:
    """Returns a time of a record; None for what is none with a time zone."""
    try:
        time = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo else None
