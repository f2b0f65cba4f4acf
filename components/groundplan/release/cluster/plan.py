"""The plan of a release on a cluster: decided once, written into the lock, and followed
to its end by all that carry the release."""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from groundplan.release.cluster.target import ClusterTarget
from groundplan.release.cluster.workloads import Model, Snapshot
from groundplan.release.engine.errors import Unreadable
from groundplan.release.engine.plan import DEPLOY as DEPLOY
from groundplan.release.engine.plan import ROLLBACK as ROLLBACK

SCHEMA = 1


@dataclass(frozen=True)
class Plan:
    """One release."""

    release: str
    kind: str
    version: int | None
    """Of the registry; None for what the stack created."""
    package_arn: str | None
    """The version's id, under the name that records of all releases have."""
    before: Model
    after: Model
    canary_replicas: int
    """Pods of the candidate; 0 for none."""
    bake_minutes: int
    reason: str
    started_at: str
    started_by: str
    schema: int = SCHEMA

    def as_dict(self) -> dict[str, Any]:
        """Returns the plan as the lock keeps it."""
        return asdict(self)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Plan":
        """Returns the plan of a lock. Raises `Unreadable` if another version of
        groundplan wrote it."""
        try:
            models = {key: Model(**data[key]) for key in ("before", "after")}
            plan = cls(**{**data, **models})
        except (KeyError, TypeError) as error:
            raise _unreadable(data, str(error)) from None
        if plan.schema != SCHEMA:
            raise _unreadable(data, f"its schema is {plan.schema}")
        return plan


def plan(
    kind: str,
    number: int | None,
    after: Model,
    stable: Snapshot,
    target: ClusterTarget,
    *,
    by: str,
    reason: str,
) -> Plan:
    """Returns the plan of a release from what serves now."""
    now = datetime.datetime.now(datetime.UTC)
    return Plan(
        release=f"{now:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}",
        kind=kind,
        version=number,
        package_arn=after.version if number is not None else None,
        before=stable.model,
        after=after,
        canary_replicas=candidates(stable.replicas, target) if kind == DEPLOY else 0,
        bake_minutes=target.bake_minutes,
        reason=reason,
        started_at=now.isoformat(timespec="seconds"),
        started_by=by,
    )


def candidates(replicas: int, target: ClusterTarget) -> int:
    """Returns the number of a candidate's pods: the numbers of pods are the share of
    the requests."""
    if not target.has_canary:
        return 0
    share = target.canary_percent
    return max(1, round(replicas * share / (100 - share)))


def _unreadable(data: Mapping[str, Any], why: str) -> Unreadable:
    return Unreadable(
        f"The plan of release {data.get('release')} can't be read: {why}. Another version of "
        "groundplan began it. Fix: let that version end it"
    )
