"""The life of a service on a cluster: a good version is released to its pods, a bad one
is rolled back by an alert of Prometheus, and the subscribers hear of it."""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.manifest.model import Manifest
from groundplan.release.cluster.alerts import Alerts

from rehearsal.account.deployment import DEPLOYER
from rehearsal.account.names import UnresolvedReference
from rehearsal.cluster import scraping
from rehearsal.cluster import world as worlds
from rehearsal.cluster.field import Prometheus
from rehearsal.cluster.world import World
from rehearsal.expectations import Unexpected, require
from rehearsal.machine.servers import NotStarted, wait_for
from rehearsal.permissions.guard import acting
from rehearsal.permissions.policies import InvalidPolicy
from rehearsal.report.timeline import Step, StepFailed, Timeline

FACTOR = 100.0
"""A minute of the plan is 0.6 seconds."""
READY_SECONDS = 20.0
HOUR = 3600
HEARD_SECONDS = 25.0
LOOKS = 16
"""Of the driver, after which a release has to be over."""
METRICS = {"auc": 0.95}
BAD_METRICS = {"auc": 0.96}
ERRORS, WATCHDOG = "EndpointErrors", "Watchdog"
SCRAPES, NOTIFIES = "Prometheus scrapes the pods", "Alertmanager notifies the subscribers"
"""The steps that show what the two programs did."""


@dataclass
class Life:
    """One service, from its first pods to a bad version that is rolled back."""

    world: World
    timeline: Timeline
    programs: Mapping[str, str]
    dataset: str = ""
    """The version that all models are trained on: nothing asks for a run."""

    def live(self) -> None:
        """Goes through the life. Raises `StepFailed`."""
        world = self.world
        with self.timeline.step("the cluster's stack is deployed") as step:
            first = functools.partial(world.people.train, 1, imputes=True)
            count = worlds.deploy(world.manifest, world.account, first)
            world.pods.reconcile()
            step.result = f"{count} resources in the account, {len(world.traffic.pods())} pods"
        try:
            with worlds.monitored(world, self.programs):
                self.watched()
                self.good()
                self.bad()
                self.named()
                self.heard()
        except NotStarted as error:
            raise StepFailed("Prometheus and Alertmanager start", str(error)) from error

    def watched(self) -> None:
        """Prometheus reads the plan's rules, and scrapes its pods."""
        with self.timeline.step(SCRAPES) as step:
            wanted = len(self.world.traffic.pods()) + 1  # and kube-state-metrics
            ready = wait_for(lambda: len(self._prometheus.up()) == wanted, READY_SECONDS)
            require(ready, f"{len(self._prometheus.up())} of {wanted} targets are up")
            wait_for(lambda: not self._unhealthy(), READY_SECONDS)
            require(not self._unhealthy(), f"rules are not evaluated: {self._unhealthy()}")
            self.world.traffic.begin()
            count = len(self._prometheus.rules())
            step.result = f"{wanted} targets are up, {count} rules are evaluated"

    def good(self) -> None:
        """A good version is released."""
        number = self._proposed("a good version is approved", imputes=True)
        with self.timeline.step("it is released to the pods") as step:
            record, looks = self._released(number)
            require(record["outcome"] == "succeeded", f"it {record['outcome']}: {record['reason']}")
            traffic = self.world.traffic
            step.result = (
                f"version {number} serves after {looks} looks of the driver; "
                f"{traffic.answered} requests, {traffic.failed} failed"
            )

    def bad(self) -> None:
        """A bad version is rolled back."""
        number = self._proposed("a bad version is approved", imputes=False)
        with self.timeline.step("it is rolled back by an alert of Prometheus") as step:
            record, looks = self._released(number)
            require(record["outcome"] == "rolled-back", f"it {record['outcome']}")
            require(ERRORS in record["reason"], f"its reason is {record['reason']}")
            before = self.world.traffic.failed
            time.sleep(1)
            after = self.world.traffic.failed - before
            require(after == 0, f"{after} requests failed after it")
            step.result = (
                f"{record['reason']}, at look {looks}; {before} requests failed, then none"
            )

    def named(self) -> None:
        """Every series that an alert of the service and its driver names is there: one
        with another label would never fire."""
        with self.timeline.step("the alerts' series exist") as step:
            found = scraping.selectors(self.world.manifest, self.world.account.names)
            # Some were: of the candidate, whose pods are gone.
            counted = {s: self._prometheus.value(f"count(count_over_time({s}[1h]))") for s in found}
            without = [selector for selector, count in counted.items() if not count]
            require(not without, f"nothing has {without[:1]}")
            step.result = f"{len(found)} selectors have series"

    def heard(self) -> None:
        """The subscribers hear of the alert, and of its end."""
        topics = self.world.topics
        with self.timeline.step(NOTIFIES) as step:
            for protocol in sorted({p for found in topics.subscribers.values() for p in found}):
                for status in ("[FIRING]", "[RESOLVED]"):
                    came = wait_for(
                        functools.partial(topics.received, protocol, status, ERRORS), HEARD_SECONDS
                    )
                    why = f"; SNS refused {topics.refused[0]}" if topics.refused else ""
                    require(came, f"{protocol} got no {status} {ERRORS}{why}")
            require(not topics.refused, f"SNS refused {topics.refused[:1]}")
            firing = {rule["name"] for rule in self._prometheus.rules() if rule["alerts"]}
            require(WATCHDOG in firing, f"{WATCHDOG} does not fire")
            others = [each.subject for each in topics.sent if WATCHDOG in each.subject]
            require(not others, f"they got {others[:1]}")
            alerts = Alerts(self.world.driver.target, self._prometheus.fetch)
            require(not alerts.on(), f"alerts are on still: {alerts.on()}")
            require(alerts.fired(HOUR) == [ERRORS], f"{alerts.fired(HOUR)} have fired")
            subjects = sorted({each.subject for each in topics.sent})
            step.result = f"{len(topics.sent)} notifications: {', '.join(subjects)}"

    # What the steps share.

    @property
    def _prometheus(self) -> Prometheus:
        if self.world.prometheus is None:
            raise Unexpected("Prometheus does not run")
        return self.world.prometheus

    def _unhealthy(self) -> list[str]:
        return [rule["name"] for rule in self._prometheus.rules() if rule["health"] != "ok"]

    def _proposed(self, name: str, imputes: bool) -> int:
        """Trains, registers and approves a version. Returns its number."""
        people, dataset = self.world.people, self.world.driver.settings.dataset.partition(":")[0]
        with self.timeline.step(name) as step:
            version = self.dataset = self.dataset or people.publish(dataset)
            record = people.recorded(dataset, version, imputes)
            uri = people.train(2 if imputes else 3, imputes)
            metrics = METRICS if imputes else BAD_METRICS
            found = people.propose(record, uri, metrics)
            step.result = f"version {found.number}"
            return int(found.number)

    def _released(self, number: int) -> tuple[Mapping[str, Any], int]:
        """Has the driver look by its schedule until the release of a version is over.
        Returns the record, and the number of looks."""
        world = self.world
        for look in range(1, LOOKS + 1):
            due = time.monotonic() + world.driver.seconds / world.factor
            world.driver.look(world.api, self._prometheus.fetch, world.factor)
            world.pods.reconcile()
            world.cron_job_succeeded()
            for record in self._records():
                if record["version"] == number:
                    return record, look
            time.sleep(max(0.0, due - time.monotonic()))
        raise Unexpected(f"the release of version {number} is not over after {LOOKS} looks")

    def _records(self) -> list[Mapping[str, Any]]:
        with acting(DEPLOYER):
            world = self.world
            alerts = Alerts(world.driver.target, self._prometheus.fetch)
            return list(world.driver.releases(world.api, alerts).trail.records())


@contextlib.contextmanager
def beginning(
    manifest: Manifest,
    programs: Mapping[str, str],
    changed: Callable[[Step], None] = lambda _step: None,
    factor: float = FACTOR,
) -> Iterator[Life]:
    """A life in a new account and cluster. Raises `StepFailed` for a plan that can't be
    read."""
    with contextlib.ExitStack() as stack:
        try:
            world = stack.enter_context(worlds.opening(manifest, factor))
        except (UnresolvedReference, InvalidPolicy, Unexpected, LookupError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise StepFailed("the cluster's plan is read", reason) from error
        yield Life(world, Timeline(world.account, changed), programs)
