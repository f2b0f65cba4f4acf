"""The commands for an endpoint on a cluster: they read and write its registry in the
bucket. What serves is changed by its driver, at the next look."""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groundplan.command_line.errors import CommandError

if TYPE_CHECKING:  # boto3 is slow to load, and `groundplan --help` has no use for it
    from groundplan.release.cluster.registry import BucketRegistry, BucketVersion, Decided
    from groundplan.release.cluster.target import ClusterTarget
    from groundplan.release.engine.clients import Clients
    from groundplan.release.engine.trail import Trail

NEXT_LOOK = "its driver acts on it at the next look, within minutes"
Command = Callable[..., None]


class OnCluster(Exception):
    """The release target is an endpoint on a cluster."""

    def __init__(self, name: str, export: Mapping[str, Any]) -> None:
        super().__init__(name)
        self.name, self.export = name, export


@dataclass(frozen=True)
class Place:
    """What a command works with."""

    target: "ClusterTarget"
    registry: "BucketRegistry"
    trail: "Trail"
    clients: "Clients"

    def live(self) -> str:
        """Returns the id of the version that serves, as the last record says; empty
        before the first release."""
        records = self.trail.records()
        return str(records[-1]["live"]) if records else ""


def or_on_cluster(act: Callable[..., None]) -> Callable[[Command], Command]:
    """Returns a decorator of a command: where its target is on a cluster, `act` is
    called with the place and the command's parameters."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def run(**params: Any) -> None:
            try:
                command(**params)
            except OnCluster as found:
                with place(found) as known:
                    act(known, **params)

        return run

    return decorate


@contextmanager
def place(found: OnCluster) -> Iterator[Place]:
    """What a command works with; errors that the user can mend become messages."""
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    from groundplan import aws
    from groundplan.release.cluster import connection
    from groundplan.release.cluster.releases import registry_of
    from groundplan.release.cluster.target import ClusterTarget
    from groundplan.release.engine.errors import ReleaseError
    from groundplan.release.engine.trail import Trail

    try:
        target = ClusterTarget.read(found.name, found.export)
        # A person reaches the store by the environment's AWS_ENDPOINT_URL_S3.
        who = connection.person() if target.store else ""
        clients = connection.clients(target.region, account=who)
        yield Place(target, registry_of(clients, target), Trail(clients, target), clients)
    except ReleaseError as error:
        raise CommandError(str(error)) from None
    except (ClientError, BotoCoreError) as error:
        raise CommandError(aws.words(error)) from None


def rows(known: Place, limit: int) -> list[dict[str, Any]]:
    """Returns the newest versions, newest first."""
    live = known.live()
    return [{**row(known, version), "live": version.id == live}
            for version in known.registry.versions(limit)]  # fmt: skip


def row(known: Place, version: "BucketVersion") -> dict[str, Any]:
    """Returns a version with the decision on it, in the words of `groundplan
    release`."""
    decided = known.registry.decision(version.number)
    return {
        **version.as_dict(),
        "version": version.number,
        "arn": version.id,
        "status": "Completed",
        "approval": decided.approval,
        "approved_by": decided.by,
        "reason": decided.reason,
        "artifacts": [{"image": version.image, "model_data": version.model_uri}],
        "properties": {
            "groundplan:run": version.run,
            "groundplan:run-record": version.record_uri,
            **{f"groundplan:dataset:{name}": text for name, text in version.datasets.items()},
            **{f"groundplan:metric:{name}": str(v) for name, v in version.metrics.items()},
        },
    }


def status(known: Place) -> dict[str, Any]:
    """Returns what serves, what is under way, and how the last release ended, as the
    records say."""
    records, held = known.trail.records(), known.trail.held()
    last = records[-1] if records else None
    live = str(last["live"]) if last else ""
    return {
        "endpoint": known.target.endpoint,
        "version": known.registry.number(live),
        "live": live,
        "under_way": None if held is None else dict(held.plan),
        "last": last,
    }


def status_text(found: Mapping[str, Any]) -> str:
    """Returns the same for a terminal."""
    lines = [f"{found['endpoint']} serves {found['live'] or 'what its stack created'}"]
    if plan := found["under_way"]:
        lines.append(f"under way: {plan['kind']} of {plan['package_arn']}, {plan['release']}")
    if last := found["last"]:
        lines.append(f"last: {last['release']}, {last['outcome']}: {last['reason']}")
    return "\n".join(lines)


def refused(known: Place, **_params: Any) -> None:
    """Refuses what the driver does by itself."""
    endpoint = known.target.endpoint
    raise CommandError(
        f"{endpoint} is on a cluster, where its driver releases what is approved. Fix: "
        f"`groundplan release approve {endpoint} VERSION`, or `groundplan release rollback "
        f"{endpoint} --reason`"
    )


def approve(known: Place, version: int, reason: str, despite_gates: bool) -> "Decided":
    """Approves a version that keeps to the gates beside the one that serves. The driver
    judges it again, beside what serves then. Raises `Refused`."""
    from groundplan.release.cluster import judgement
    from groundplan.release.engine.errors import Refused

    registry, target = known.registry, known.target
    found = registry.describe(version)
    broken = judgement.broken(known.clients, target, registry, found, known.live())
    if broken and not despite_gates:
        fix = "register a better one, or --despite-gates, which is recorded"
        raise Refused(judgement.refusal(found, target, broken, fix))
    return registry.approve(version, reason, despite_gates)


def gate_report(known: Place, number: int | None) -> dict[str, Any]:
    """Returns the gate report of a version: the one that is named, or the newest that
    is not rejected. Raises `Refused`."""
    from groundplan.release.cluster import judgement

    registry, target = known.registry, known.target
    version = registry.describe(number) if number is not None else _newest(known)
    return judgement.report(known.clients, target, registry, version, known.live())


def _newest(known: Place) -> "BucketVersion":
    from groundplan.release.engine.errors import Refused
    from groundplan.release.engine.registry import REJECTED

    for version in known.registry.versions():
        if known.registry.decision(version.number).approval != REJECTED:
            return version
    raise Refused(
        f"{known.target.endpoint}, which is on a cluster, has no version to judge. Fix: "
        "`groundplan release register`"
    )


def reject_live(known: Place, reason: str, version: int | None) -> "BucketVersion":
    """Rejects the version that serves: what served before serves again."""
    if version is not None:
        raise CommandError(
            "An endpoint on a cluster goes back to what served before. Fix: leave out --to"
        )
    number = known.registry.number(known.live())
    if number is None:
        raise CommandError(
            f"{known.target.endpoint} serves no version of its registry: there is nothing to go "
            "back to"
        )
    known.registry.reject(number, reason)
    return known.registry.describe(number)
