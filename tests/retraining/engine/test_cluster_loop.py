"""The closed loop on a cluster: drift, training, evaluation, gates, registration,
approval, release by a candidate, watch, rollback. No call goes to SageMaker."""

import dataclasses
import itertools
import json
import os
import random
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import cluster_world as cluster
import pytest
import retraining_world as world
from accepted_settings import examples
from cluster_world import Kubernetes, Unhandled
from groundplan.retraining.engine import person
from groundplan.retraining.engine.answers import Answer
from groundplan.retraining.engine.cluster import connection
from groundplan.retraining.engine.cluster import driver as cluster_driver
from groundplan.retraining.engine.names import Outcome
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.services import Refused
from groundplan.retraining.engine.settings import RetrainingSettings
from moto import mock_aws
from retraining_account import Account, refusal

RESULTS = f"s3://{world.BUCKET}/monitoring/churn"
RUNS = "retraining/churn/runs/"
OURS = {"s3", "sts", "sns"}
LOOKS = 60
WRITES = ("put_object", "patch", "create", "delete", "delete_object", "publish")
EACH = 1 if os.environ.get("GROUNDPLAN_EXAMPLES") else 4
"""Each how many writes a process dies at, of about 50: by night at all of them."""


class Services(Account):
    """An account that only has the services of the loop."""

    def client(self, service: str, **options: Any) -> Any:
        assert service in OURS, service
        return super().client(service, **options)


@pytest.fixture
def place() -> Kubernetes:
    return furnished()


def furnished() -> Kubernetes:
    found = cluster.furnish(Services())
    cluster.champion(found)
    drifts(found)
    found.account.calls.clear()
    found.calls.clear()
    return found


def drifts(found: Kubernetes) -> None:
    result = {
        "monitor": "churn",
        "status": "alarm",
        "statuses": {"data_drift": "alarm", "quality": "ok"},
        "window": {"start": "2026-11-27T00:00:00Z", "end": "2026-11-28T00:00:00Z"},
        "digest": "sha256:abc",
        "baseline": {"digest": "sha256:def", "source": {}},
        "verdicts": [{"family": "data_drift", "status": "alarm", "reason": "distance of age"}],
    }
    found.account.put("monitoring/churn/2026-11-28T000000Z/check.json", json.dumps(result))


def look(found: Kubernetes, settings: RetrainingSettings = cluster.SETTINGS) -> list[Answer]:
    """A look of a pod that has just started."""
    pipeline, releases = cluster.connected(found, settings)
    s3 = pipeline.context.services.s3
    return cluster_driver.advance(pipeline, s3, settings, RESULTS, releases)


def approve(found: Kubernetes) -> None:
    """A person approves what waits, from a computer that does not reach the cluster."""
    account = found.account
    who, account.who = account.who, "assumed-role/approver/kim"
    services = connection.remote(cluster.SETTINGS, account)
    pipeline = Pipeline(cluster.SETTINGS, services)
    try:
        person.approve(person.open_run(pipeline), "better")
    except Refused:
        pass  # nothing waits
    finally:
        account.who = who


def carried(found: Kubernetes, settings: RetrainingSettings = cluster.SETTINGS) -> list[Answer]:
    """Looks, with a person who approves, until nothing is left to do."""
    answers: list[Answer] = []
    for _ in range(LOOKS):
        try:
            now = look(found, settings)
            approve(found)
        except Exception:  # noqa: BLE001 (the next pod, or the person, tries again)
            now = []
        answers += now
        found.settle()
        found.account.pass_time(minutes=6)
        if now and all("Nothing asks for a run" in answer.message for answer in now[1:]):
            return answers
    raise AssertionError(answers[-3:])


def ended(found: Kubernetes) -> dict[str, Any]:
    keys = [key for key in found.account.keys(RUNS) if key.endswith("/ended.json")]
    (key,) = keys
    data: dict[str, Any] = json.loads(found.account.text(key))
    return data


def end(found: Kubernetes) -> dict[str, Any]:
    """What all ways must come to."""
    account = found.account
    records = account.keys("cluster-releases/churn/records/")
    return {
        "serving": found.serving(),
        "candidates": found.candidates(),
        "run": {key: value for key, value in ended(found).items() if key != "usd"},
        "releases": sorted(json.loads(account.text(key))["outcome"] for key in records),
        "versions": account.keys("registry/churn/"),
        "locks": account.keys("retraining/churn/lock")
        + account.keys("cluster-releases/churn/lock"),
        "jobs": sorted(path for path in found.objects if "/jobs/" in path),
    }


def test_drift_leads_to_a_release_without_sagemaker(place: Kubernetes) -> None:
    outcomes = [answer.outcome for answer in carried(place)]
    assert Outcome.RELEASED in outcomes
    state = end(place)
    assert (state["serving"], state["candidates"]) == ("churn/2", 0)
    assert state["run"]["outcome"] == "released"
    assert (state["run"]["champion"], state["run"]["version"]) == ("churn/1", "churn/2")
    assert state["releases"] == ["succeeded"]
    assert state["locks"] == []
    evaluation = next(job for path, job in place.objects.items() if "/jobs/retraining-" in path)
    pod = evaluation["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "churn-retraining-evaluation"
    assert {"describe_endpoint", "create_training_job"}.isdisjoint(place.account.calls)


def test_the_next_run_compares_with_the_version_that_serves(place: Kubernetes) -> None:
    carried(place)
    world.publish(place.account, 3)
    place.account.pass_time(days=2)
    carried_again = carried(place)
    assert Outcome.RELEASED in [answer.outcome for answer in carried_again]
    assert place.serving() == "churn/3"
    plans = [place.account.text(k) for k in place.account.keys(RUNS) if k.endswith("/begun.json")]
    assert {json.loads(text)["champion"]["id"] for text in plans} == {"churn/1", "churn/2"}


def no_better(found: Kubernetes) -> None:
    found.candidate = 0.7


def fails(kind: str) -> Any:
    def change(found: Kubernetes) -> None:
        complete = Kubernetes._complete

        def failing(job: dict[str, Any]) -> None:
            if job["metadata"]["labels"]["app.kubernetes.io/component"] == kind:
                condition = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}
                job["status"] = {"conditions": [condition]}
            else:
                complete(found, job)

        found._complete = failing  # type: ignore[method-assign]

    return change


def changed_record(found: Kubernetes) -> None:
    for key in found.account.keys("runs/churn/"):
        if key.endswith("/run.json"):
            found.account.put(key, "{}")


def stuck(found: Kubernetes) -> None:
    found.stuck = {"churn/2"}


FAILURES = {
    "a gate breaks": (no_better, "rejected", "The candidate breaks gates"),
    "the training fails": (fails("training"), "failed", "BackoffLimitExceeded"),
    "the evaluation fails": (fails("evaluation"), "failed", "BackoffLimitExceeded"),
    "the pods do not start": (stuck, "rolled-back", "ProgressDeadlineExceeded"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_whatever_fails_the_champion_serves_on(place: Kubernetes, name: str) -> None:
    change, outcome, message = FAILURES[name]
    change(place)
    for _ in range(30):
        look(place)
        approve(place)
        place.settle()
        place.account.pass_time(minutes=6)
        runs = [key for key in place.account.keys(RUNS) if key.endswith("/ended.json")]
        if runs:
            break
    first = json.loads(place.account.text(runs[0]))
    assert first["outcome"] == outcome, first
    assert message in first["message"]
    assert (place.serving(), place.candidates()) == ("churn/1", 0)


def test_a_champion_whose_record_was_changed_is_not_followed(place: Kubernetes) -> None:
    changed_record(place)
    messages = [answer.message for answer in look(place)]
    assert any("somebody has changed since" in message for message in messages)
    assert place.account.keys(RUNS) == []


def test_what_the_stack_created_is_no_champion_and_the_fix_is_said() -> None:
    found = cluster.furnish(Services())
    drifts(found)
    messages = [answer.message for answer in look(found)]
    assert any("`groundplan release register` its model" in message for message in messages)


@pytest.mark.parametrize("worse", ["the share", "the watch", "a moment of the watch"])
def test_a_worse_version_is_rolled_back(place: Kubernetes, worse: str) -> None:
    """While its candidate serves a share, and after all pods have it; also for an alert
    that has ended before the next look."""
    for _ in range(LOOKS):
        look(place)
        approve(place)
        place.settle()
        place.account.pass_time(minutes=4)
        at_share = worse == "the share" and place.candidates() > 0
        watched = place.account.keys(RUNS) and any(
            key.endswith("/release.json") for key in place.account.keys(RUNS)
        )
        if at_share or watched:
            break
    place.alert()
    if worse == "a moment of the watch":
        place.account.pass_time(minutes=1)
        place.alert("inactive")
    for _ in range(8):
        look(place)
        place.settle()
        place.account.pass_time(minutes=4)
    place.alert("inactive")
    carried(place)
    state = end(place)
    assert (state["serving"], state["candidates"]) == ("churn/1", 0)
    assert state["run"]["outcome"] == "rolled-back"
    assert "EndpointErrors" in state["run"]["message"]
    assert state["locks"] == []


def test_who_does_not_approve_keeps_the_champion(place: Kubernetes) -> None:
    for _ in range(8):
        look(place)
        place.settle()
        place.account.pass_time(minutes=6)
    place.account.pass_time(days=15)
    look(place)
    assert ended(place)["outcome"] == "refused"
    assert place.serving() == "churn/1"
    assert len(place.account.keys("registry/churn/rejections/")) == 1


def test_where_gates_are_enough_nobody_is_asked(place: Kubernetes) -> None:
    settings = dataclasses.replace(cluster.SETTINGS, approval_required=False)
    for _ in range(LOOKS):
        look(place, settings)
        place.settle()
        place.account.pass_time(minutes=6)
    assert ended(place)["outcome"] == "released"
    assert place.serving() == "churn/2"


def test_two_drivers_lost_looks_and_a_dataset_published_twice_end_the_same() -> None:
    first = furnished()
    carried(first)
    wanted = end(first)
    for seed in range(examples(4)):
        chance, found = random.Random(seed), furnished()  # noqa: S311 (no secret)
        for _ in range(150):
            chosen = chance.random()
            if chosen < 0.4:
                look(found)
            elif chosen < 0.5:
                for _ in range(2):
                    look(found)
            elif chosen < 0.7:
                approve(found)
            elif chosen < 0.8:
                drifts(found)
                world.publish(found.account, 2)
            else:
                found.settle()
                found.account.pass_time(minutes=5)
        carried(found)
        assert end(found) == wanted, seed


def test_a_driver_in_the_middle_of_another_ends_the_same() -> None:
    """Before each write of one driver, a whole other one looks."""
    first = furnished()
    carried(first)
    wanted = end(first)
    for nth in range(0, 24, 6):
        found, count, busy = furnished(), itertools.count(), list[bool]()

        def before(
            operation: str, found: Any = found, count: Any = count, busy: Any = busy, nth: int = nth
        ) -> None:
            if busy or operation not in ("put_object", "patch", "create", "delete_object"):
                return
            if next(count) == nth:
                busy.append(True)
                look(found)
                found.settle()

        found.before, found.account.before = before, before
        carried(found)
        assert end(found) == wanted, nth


def test_a_crash_at_any_write_ends_in_the_same_state() -> None:
    """The process dies after a write, or its answer is lost, or it is refused for a
    moment. What a process that dies at a read leaves is what it has written before."""
    start = furnished()
    first, writes = cluster.snapshot(start), itertools.count()

    def counts(call: str) -> None:
        if call in WRITES:
            next(writes)

    first.before = first.account.before = counts
    carried(first)
    wanted = end(first)
    kinds = itertools.cycle(("died", "lost", "refused"))
    for index, kind in zip(range(0, next(writes), EACH), kinds, strict=False):
        found, count = cluster.snapshot(start), itertools.count()

        def ends(call: str, index: int = index, kind: str = kind, count: Any = count) -> None:
            if call in WRITES and next(count) == index:
                if kind == "died":
                    raise Unhandled
                raise refusal("InternalError", "We encountered an error.", "Call", 500)

        for side in (found, found.account):
            setattr(side, "before" if kind == "refused" else "after", ends)
        try:
            carried(found)
        except Unhandled:
            carried(found)
        assert end(found) == wanted, (index, kind)


# Against moto, whose S3 is the reference of the bucket in memory.


class Bucket:
    """moto's bucket, as the worlds fill it."""

    def __init__(self, session: Any) -> None:
        self._session, self.s3, self.used = session, session.client("s3"), set[str]()

    def client(self, service: str, **options: Any) -> Any:
        self.used.add(service)
        return self._session.client(service, **options)

    def put(self, key: str, body: str | bytes) -> None:
        self.s3.put_object(Bucket=world.BUCKET, Key=key, Body=body)

    def keys(self, prefix: str) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=world.BUCKET, Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", ())]

    who = ""


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with mock_aws():
        session = boto3.session.Session("testing", "testing", region_name=world.REGION)
        found = Bucket(session)
        location = {"LocationConstraint": world.REGION}
        found.s3.create_bucket(Bucket=world.BUCKET, CreateBucketConfiguration=location)
        found.s3.put_bucket_versioning(
            Bucket=world.BUCKET, VersioningConfiguration={"Status": "Enabled"}
        )
        session.client("sns").create_topic(Name="retraining")
        yield found


def test_the_loop_against_motos_s3_pins_the_version_of_the_archive(bucket: Any) -> None:
    limits = dataclasses.replace(cluster.SETTINGS.limits, bake_minutes=0)
    target = {**cluster.TARGET, "bake_minutes": 0}
    settings = dataclasses.replace(
        cluster.SETTINGS, limits=limits, release_target=target, approval_required=False
    )
    found = cluster.furnish(bucket)
    cluster.champion(found)
    drifts(found)
    for _ in range(20):
        answers = look(found, settings)
        found.settle()
        if Outcome.RELEASED in [answer.outcome for answer in answers]:
            break
    assert found.serving() == "churn/2"
    path = cluster.DEPLOYMENT.format("churn")
    annotations = found.objects[path]["spec"]["template"]["metadata"]["annotations"]
    key, version = (annotations[f"groundplan/model-{name}"] for name in ("key", "object-version"))
    stored = bucket.s3.head_object(Bucket=world.BUCKET, Key=key)
    assert version == stored["VersionId"]
    assert bucket.used <= OURS
