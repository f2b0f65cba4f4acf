"""A run that trains and evaluates on a cluster, from drift to the release: carried by a
CronJob, with no event bus."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import retraining_world as world
from groundplan.model_monitoring.analysis import names
from groundplan.retraining.engine import person
from groundplan.retraining.engine.answers import Answer
from groundplan.retraining.engine.cluster import asked
from groundplan.retraining.engine.cluster.driver import advance, on_cluster
from groundplan.retraining.engine.names import Outcome, Step
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.sagemaker.services import connect
from retraining_account import Account

RESULTS = f"s3://{world.BUCKET}/monitoring/churn"
CLUSTER = {
    "namespace": "churn",
    "queue": "churn",
    "pool": None,
    "priority": None,
    "service_account": "trainer",
    "efa_interfaces": 0,
    "user_id": 1000,
}
ON_CLUSTER = {
    "on": "cluster",
    "accelerators": 0,
    "accelerator_kind": "nvidia",
    "cpu": 4,
    "memory_gib": 16,
    "cluster": CLUSTER,
}


@dataclass
class Api:
    """The API server of the cluster, and what its jobs write."""

    account: Account
    jobs: dict[str, Any] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    def create(self, path: str, manifest: Mapping[str, Any]) -> bool:
        name = f"{path}/{manifest['metadata']['name']}"
        if name in self.jobs or manifest["kind"] != "Job":
            return False
        self.order.append(str(manifest["metadata"]["labels"]["app.kubernetes.io/component"]))
        self.jobs[name] = copy.deepcopy(dict(manifest))
        return True

    def get(self, path: str) -> dict[str, Any] | None:
        return self.jobs.get(path)

    def delete(self, path: str) -> None:
        self.jobs.pop(path, None)

    def finish(self) -> None:
        """Completes all jobs, as Kueue and the kubelet would."""
        for job in self.jobs.values():
            (container,) = job["spec"]["template"]["spec"]["containers"]
            variables = {entry["name"]: entry.get("value", "") for entry in container["env"]}
            output = variables["GROUNDPLAN_OUTPUT"].split("/", 3)[3]
            if job["metadata"]["labels"]["app.kubernetes.io/component"] == "training":
                self.account.put(f"{output}model.tar.gz", "model")
            else:
                champion = variables["GROUNDPLAN_CHAMPION_ID"]
                document = world.metrics(champion_arn=champion)
                self.account.put(f"{output}metrics.json", json.dumps(document))
            job["status"] = {"conditions": [{"type": "Complete", "status": "True"}]}


def result(status: str) -> str:
    return json.dumps(
        {
            "monitor": "churn",
            "status": status,
            "statuses": {"data_drift": status, "quality": "ok"},
            "window": {"start": "2026-11-27T00:00:00Z", "end": "2026-11-28T00:00:00Z"},
            "digest": "sha256:abc",
            "baseline": {"digest": "sha256:def", "source": {}},
            "verdicts": [{"family": "data_drift", "subject": "age", "status": status,
                          "reason": "distance 0.3 of age"}],
        }
    )  # fmt: skip


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    trained = world.trained

    def on_cluster_trained(number: int, **changes: Any) -> dict[str, Any]:
        record = {**trained(number, **changes), **ON_CLUSTER}
        del record["sagemaker"]
        return record

    monkeypatch.setattr(world, "trained", on_cluster_trained)
    found: Account = world.furnish(Account())
    return found


def carried(account: Account, api: Api) -> tuple[Pipeline, Any]:
    cluster: Any = api
    services = on_cluster(connect(world.SETTINGS, account), cluster, world.SETTINGS)
    return Pipeline(world.SETTINGS, services), services.s3


def look(account: Account, api: Api) -> list[Answer]:
    """Advances, as a pod that has just started."""
    pipeline, s3 = carried(account, api)
    return advance(pipeline, s3, world.SETTINGS, RESULTS)


def test_drift_leads_to_a_release_by_jobs_of_the_queue(account: Account) -> None:
    account.put("monitoring/churn/2026-11-27T000000Z/check.json", result("ok"))
    account.put("monitoring/churn/2026-11-28T000000Z/check.json", result("alarm"))
    api, answers = Api(account), list[Answer]()
    before = world.serving(account)
    while Outcome.RELEASED not in (outcomes := [answer.outcome for answer in answers]):
        assert len(answers) < 90, outcomes
        found = look(account, api)
        if any(answer.step is Step.APPROVAL for answer in found):
            world.approve(account)
        answers += found
        api.finish()
    assert api.order == ["training", "evaluation"]
    assert world.serving(account) != before
    job = next(iter(api.jobs.values()))
    assert job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "churn"
    assert account.training == {}
    assert account.processing == {}


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"verdicts": [{}]}', '{"verdicts": 1}'])
def test_result_that_cannot_be_read_stops_no_run(account: Account, text: str) -> None:
    api = Api(account)
    look(account, api)
    account.put("monitoring/churn/2026-11-28T000000Z/check.json", text)
    api.finish()
    answers = [answer for _ in range(3) for answer in look(account, api)]
    assert Step.EVALUATE in [answer.step for answer in answers]


def test_job_of_a_run_that_a_person_refuses_is_deleted_by_the_next_look(account: Account) -> None:
    api = Api(account)
    account.put("monitoring/churn/2026-11-28T000000Z/check.json", result("alarm"))
    look(account, api)
    assert api.jobs
    # A person's computer reaches AWS, and not the cluster.
    run = person.open_run(world.pipeline(account))
    person.refuse(run, "the data is wrong", "jo")
    assert "stop_training_job" not in account.calls
    outcomes = [answer.outcome for answer in look(account, api)]
    assert Outcome.REFUSED in outcomes
    assert api.jobs == {}


def test_run_goes_on_where_the_dataset_has_lost_its_tag(account: Account) -> None:
    api = Api(account)
    look(account, api)
    account.objects.pop((world.BUCKET, "datasets/churn/tags/latest.json"))
    api.finish()
    answers = look(account, api)
    assert Step.EVALUATE in [answer.step for answer in answers]


def test_looking_again_asks_for_nothing_new(account: Account) -> None:
    account.put("monitoring/churn/2026-11-28T000000Z/check.json", result("alarm"))
    api = Api(account)
    for _ in range(4):
        look(account, api)
    assert api.order == ["training"]


def test_the_events_are_those_that_an_event_bus_would_bring(account: Account) -> None:
    s3 = account.client("s3")
    assert [e["source"] for e in asked.events(s3, world.SETTINGS)] == ["aws.s3"]
    assert [e["source"] for e in asked.events(s3, world.SETTINGS, RESULTS)] == ["aws.s3"]
    account.put("monitoring/churn/2026-11-28T000000Z/check.json", result("alarm"))
    first, second = asked.events(s3, world.SETTINGS, RESULTS)
    assert first["source"] == names.SOURCE
    assert first["detail"]["alarms"][0]["reason"] == "distance 0.3 of age"
    assert second == {k: v for k, v in world.tag_event().items() if k != "detail-type"}
