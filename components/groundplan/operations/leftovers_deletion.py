"""Deletes what a cluster has left behind, in rounds: a security group can go only when
the last network interface is gone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.operations import leftovers
from groundplan.operations.leftovers import Account, Leftover
from groundplan.release.engine.waiting import Patience, Wait

PATIENCE_SECONDS = 900.0
"""The network interfaces of a load balancer, and large instances, take minutes to
go."""

GONE = frozenset({"LoadBalancerNotFound", "TargetGroupNotFound"})
"""Codes that say that it has gone meanwhile, beside EC2's, which all end in
`.NotFound`."""

NOT_YET = frozenset(
    {"DependencyViolation", "InvalidNetworkInterface.InUse", "ResourceInUse", "VolumeInUse"}
)
"""Codes that say that something else has to go first."""


class ClusterIsThere(Exception):
    """The cluster exists: what carries its tag is in use."""


@dataclass
class Outcome:
    """What came of it."""

    deleted: list[Leftover] = field(default_factory=list)
    left: list[Leftover] = field(default_factory=list)
    """What is still there, volumes that nobody asked to delete among it."""
    refused: dict[str, str] = field(default_factory=dict)
    """ID -> why AWS won't delete it."""


def delete(
    account: Account,
    cluster: str,
    *,
    volumes: bool = False,
    progress: Callable[[str], None] = lambda _: None,
    patience: Patience | None = None,
    seconds: float = PATIENCE_SECONDS,
) -> Outcome:
    """Delete all that carries the tags of a cluster that is gone; volumes only if they
    are asked for.

    Raises `ClusterIsThere` while there is a cluster of that name, before anything is
    touched.
    """
    outcome, wait = Outcome(), Wait(patience or Patience(), seconds)
    first: dict[str, Leftover] = {}
    begun: set[str] = set()
    while True:
        if leftovers.is_there(account, cluster):
            raise ClusterIsThere(cluster)
        outcome.left = leftovers.find(account, cluster)
        first |= {found.id: found for found in outcome.left if found.id not in first}
        to_go = [
            found
            for found in outcome.left
            if (volumes or not found.holds_data) and found.id not in outcome.refused
        ]
        for found in to_go:
            if _try(account, found, outcome.refused, progress) and found.id not in begun:
                begun.add(found.id)
                progress(f"{found.kind.value} {found.id} is being deleted")
        if not to_go or not wait.again():
            there = {found.id for found in outcome.left}
            outcome.deleted = [found for id_, found in first.items() if id_ not in there]
            return outcome


def _try(
    account: Account, found: Leftover, refused: dict[str, str], progress: Callable[[str], None]
) -> bool:
    """Begin to delete it; whether AWS has agreed."""
    if found.state in ("in-use", "shutting-down"):  # it goes, or can go, with what it hangs on
        return False
    try:
        leftovers.END[found.kind](account, found.id)
    except ClientError as error:
        code = aws.code(error)
        if code not in GONE | NOT_YET and not code.endswith(".NotFound"):
            refused[found.id] = aws.words(error)
            progress(f"{found.kind.value} {found.id}: {refused[found.id]}")
        return False
    return True


def as_data(found: Leftover) -> Mapping[str, str]:
    """A leftover as JSON has it."""
    return {"kind": found.kind.value, "id": found.id, "state": found.state, "detail": found.detail}
