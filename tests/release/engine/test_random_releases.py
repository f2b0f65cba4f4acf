"""Random sequences of approvals, updates and events with faults: at their end the
newest approved version serves, or somebody was called.

Few in CI; GROUNDPLAN_EXAMPLES asks for more.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from groundplan.release.engine import handler, live
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

ENDPOINT = "ml-prod-churn"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/"
SETTLED = {
    "detail-type": "SageMaker Endpoint State Change",
    "detail": {"EndpointName": ENDPOINT, "EndpointStatus": "IN_SERVICE"},
}
HOUR = {"detail-type": "Scheduled Event", "detail": {}}
TRIES = 3
"""Lambda invokes a function that failed twice more."""

OPERATIONS = [
    "PutObject",
    "GetObject",
    "ListObjectsV2",
    "DeleteObject",
    "CreateModel",
    "CreateEndpointConfig",
    "UpdateEndpoint",
    "DescribeEndpoint",
    "DescribeModel",
    "ListModelPackages",
]
FAULTS = st.tuples(
    st.just("fault"),
    st.sampled_from(OPERATIONS),
    st.sampled_from(
        [("ThrottlingException", False), ("ReadTimeout", True), ("AccessDenied", False)]
    ),
    st.integers(1, 4),
)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("approve"), st.integers(1, 3)),
        st.tuples(st.just("approve"), st.integers(1, 3)),
        st.tuples(st.just("pulumi up"), st.sampled_from(["done", "rolled-back"])),
        st.tuples(st.just("ends"), st.sampled_from(["rolled-back", "failed"])),
        st.tuples(st.just("time passes"), st.integers(1, 4)),
        st.tuples(st.just("settled")),
        st.tuples(st.just("hour")),
        st.tuples(st.just("dies"), st.sampled_from(OPERATIONS), st.booleans()),
        st.tuples(st.just("lost approval"), st.integers(1, 3)),
        FAULTS,
    ),
    max_size=14,
)


class Killed(BaseException):
    """The function's process ends here: Lambda invokes it again."""


@dataclass
class World:
    """An account, the function, and what it called people for."""

    cloud: Any
    releases: Releases
    target: Target
    calls: list[str] = field(default_factory=list)
    approved: set[int] = field(default_factory=set)
    moment: int = 0

    def send(self, event: dict[str, Any]) -> None:
        """Invokes the function as Lambda does: what fails three times is given up,
        which the queue's alarm reports."""
        for _ in range(TRIES):
            try:
                handler.answer(event, [self.target], lambda _target: self.releases._clients)
            except Exception as error:  # noqa: BLE001 (any error makes Lambda try again)
                failure = f"error: {error}"
            except Killed:
                failure = "killed"
            else:
                return
        self.calls.append(failure)

    def decide(self, version: int, status: str) -> None:
        with self.undisturbed():
            self.cloud.client("sagemaker").update_model_package(
                ModelPackageArn=f"{ARN}{version}", ModelApprovalStatus=status
            )

    def approve(self, version: int, *, lost: bool = False) -> None:
        self.approved.add(version)
        self.decide(version, "Approved")
        self.moment += 1
        if lost:  # best-effort delivery: nobody can act on it but by looking
            self.calls.append("an event that AWS lost")
            return
        detail = {
            "ModelPackageGroupName": "churn",
            "ModelPackageVersion": version,
            "ModelPackageArn": f"{ARN}{version}",
            "ModelApprovalStatus": "Approved",
        }
        time = f"2030-01-01T00:00:{self.moment:02}Z"
        self.send(
            {"detail-type": "SageMaker Model Package State Change", "time": time, "detail": detail}
        )

    def pulumi_up(self, ends: str) -> None:
        """Updates the endpoint to another configuration of the same model."""
        client, name = self.cloud.client("sagemaker"), f"by-pulumi-{self.moment}"
        self.moment += 1
        current = self.cloud.endpoint(ENDPOINT).endpoint_config_name
        variants = self.cloud.backend.endpoint_configs[current].production_variants
        with suppress(ClientError), self.undisturbed():
            client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
            self.cloud.ends.insert(0, ends)
            client.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName=name)

    def pass_time(self, ticks: int) -> None:
        with self.undisturbed():
            for _ in range(ticks):
                self.cloud.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT)

    def die(self, operation: str, after: bool) -> None:
        """Ends the process at the next call of an operation."""

        def ends(name: str) -> None:
            if name == operation:
                self.calm()
                raise Killed

        setattr(self.cloud, "after" if after else "before", ends)

    def calm(self) -> None:
        self.cloud.before = self.cloud.after = lambda _operation: None

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """What others do: the faults are the function's."""
        before, after, faults = self.cloud.before, self.cloud.after, self.cloud.faults
        self.calm()
        self.cloud.faults = []
        yield
        self.cloud.before, self.cloud.after, self.cloud.faults = before, after, faults

    def act(self, kind: str, *rest: Any) -> None:
        if kind == "approve":
            self.approve(*rest)
        elif kind == "lost approval":
            self.approve(*rest, lost=True)
        elif kind == "pulumi up":
            self.pulumi_up(*rest)
        elif kind == "ends":
            self.cloud.ends.append(*rest)
        elif kind == "time passes":
            self.pass_time(*rest)
        elif kind == "dies":
            self.die(*rest)
        elif kind == "fault":
            operation, (error, after), times = rest
            self.cloud.fail(operation, error, after=after, times=times)
        else:
            self.send(SETTLED if kind == "settled" else HOUR)

    def serving(self) -> int | None:
        clients = self.releases._clients
        config = live.config(clients, self.cloud.endpoint(ENDPOINT).endpoint_config_name)
        return live.version_of(live.package_of(clients, live.model_of(config, "primary")))


class Calls(logging.Handler):
    """The alarm that counts the errors of the function's log."""

    def __init__(self, calls: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.calls = calls

    def emit(self, record: logging.LogRecord) -> None:
        self.calls.append(record.getMessage())


@settings(
    max_examples=int(os.environ.get("GROUNDPLAN_EXAMPLES", "20")),
    suppress_health_check=list(HealthCheck),
)
@given(events=EVENTS)
@example(events=[("pulumi up", "done"), ("approve", 2)])
@example(events=[("approve", 1), ("approve", 3), ("approve", 2)])
@example(events=[("approve", 1), ("time passes", 1), ("pulumi up", "done")])
@example(events=[("fault", "CreateModel", ("AccessDenied", False), 1), ("approve", 1)])
def test_the_newest_approved_version_serves_or_somebody_was_called(
    undisturbed: Callable[[], Any], export: dict[str, Any], events: list[tuple[Any, ...]]
) -> None:
    with undisturbed() as (cloud, releases):
        world = World(cloud, releases, Target.read("churn", export))
        for version in (1, 2):
            world.decide(version, "PendingManualApproval")
        listener = Calls(world.calls)
        handler.log.addHandler(listener)
        try:
            for event in events:
                world.act(*event)
            # AWS recovers, and time passes.
            world.calm()
            cloud.faults.clear()
            cloud.ends.clear()
            for _ in range(6):
                world.pass_time(cloud.ticks + 1)
                world.send(HOUR)
        finally:
            handler.log.removeHandler(listener)

        serving = world.serving()
        if not world.calls and world.approved:
            assert serving == max(world.approved)
        assert releases.trail.held() is None
        records = releases.trail.records()
        names = [record["release"] for record in records]
        assert len(names) == len(set(names))
        last = [record for record in records if record["outcome"] == "succeeded"]
        recorded = {None, *(record["version"] for record in last)}
        if serving not in recorded:
            # `pulumi up` kept the model of a release that was not verified yet: the
            # release failed then, and somebody was called.
            moved_by = cloud.endpoint(ENDPOINT).endpoint_config_name
            assert (moved_by.startswith("by-pulumi-"), bool(world.calls)) == (True, True)
