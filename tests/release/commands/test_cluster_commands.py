"""`groundplan release` and `groundplan retraining` of an endpoint on a cluster: they
need the bucket, and neither SageMaker nor the cluster."""

import dataclasses
import json
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import cluster_world as cluster
import pytest
import retraining_world as world
from click.testing import CliRunner, Result
from cluster_world import Kubernetes
from groundplan.cli import main
from groundplan.release.cluster import promotion
from groundplan.retraining.engine.cluster import connection
from groundplan.retraining.engine.cluster import driver as cluster_driver
from retraining_account import Account

Run = Callable[..., Result]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kubernetes]:
    found = cluster.furnish(Account())

    def session(*_args: Any, **_kwargs: Any) -> Account:
        return found.account

    monkeypatch.setattr(boto3.session, "Session", session)
    yield found
    assert not [call for call in found.account.calls if "endpoint" in call or "package" in call]


@pytest.fixture
def run(place: Kubernetes, tmp_path: pathlib.Path) -> Run:
    outputs = tmp_path / "outputs.json"
    settings = json.loads(cluster.SETTINGS.text())
    outputs.write_text(
        json.dumps(
            {"releaseTargets": {"offers": cluster.TARGET}, "retraining": {"offers": settings}}
        )
    )

    def invoke(*args: str) -> Result:
        found: Result = CliRunner().invoke(main, [*args, "--outputs", str(outputs)])
        return found

    return invoke


def register(place: Kubernetes, run: Run, *more: str) -> Result:
    account = place.account
    (key,) = (key for key in account.keys("runs/churn/") if key.endswith("/run.json"))
    return run(
        *("release", "register", "offers", "--record", f"s3://artifacts/{key}"),
        *("--model", "s3://artifacts/models/churn/1/model.tar.gz"),
        *("--image", world.MODEL_IMAGE, "--manifest", "s3://artifacts/manifests/prod.json"),
        *("--metric", "auc=0.9", "--slice", "data=recent:auc=0.9", *more),
    )


def test_a_version_is_registered_approved_released_and_taken_back(
    place: Kubernetes, run: Run
) -> None:
    found = register(place, run)
    assert found.exit_code == 0, found.output
    assert "churn/1 waits for approval: groundplan release approve offers 1" in found.stdout
    assert json.loads(register(place, run, "--json").stdout)["number"] == 1  # the same
    (row,) = json.loads(run("release", "list", "offers", "--json").stdout)
    assert (row["version"], row["approval"], row["live"]) == (1, "PendingManualApproval", False)
    approved = run("release", "approve", "offers", "1", "--reason", "the first")
    assert "churn/1 is Approved: the first; its driver acts on it" in approved.stdout
    for _ in range(12):
        promotion.look(cluster.connected(place)[1])
        place.settle()
        place.account.pass_time(minutes=6)
    assert place.serving() == "churn/1"
    status = json.loads(run("release", "status", "offers", "--json").stdout)
    assert (status["version"], status["under_way"]) == (1, None)
    assert "live" in run("release", "list", "offers").stdout
    shown = json.loads(run("release", "show", "offers", "1", "--json").stdout)
    assert shown["releases"][0]["outcome"] == "succeeded"
    assert "succeeded" in run("release", "show", "offers", "1").stdout
    back = run("release", "rollback", "offers", "--reason", "it answers nonsense")
    assert "churn/1 is rejected" in back.stdout
    for _ in range(4):
        promotion.look(cluster.connected(place)[1])
        place.settle()
    assert place.serving() == "models/churn/1/model.tar.gz@null"
    assert "models/churn/1/model.tar.gz" in run("release", "status", "offers").stdout
    assert run("release", "approve", "offers", "1", "--reason", "no").exit_code == 1


def test_an_approval_of_a_version_that_breaks_gates_has_to_say_so(
    place: Kubernetes, run: Run
) -> None:
    register(place, run, "--metric", "auc=0.7", "--slice", "data=recent:auc=0.9")
    approve = ("release", "approve", "offers", "1", "--reason", "the first")
    refused = run(*approve)
    assert refused.exit_code == 1
    assert "Version churn/1 breaks 1 of the gates of churn" in refused.output
    assert "auc: 0.7" in refused.output
    assert "--despite-gates" in refused.output
    assert place.account.keys("registry/churn/approvals/") == []
    assert "churn/1 is Approved" in run(*approve, "--despite-gates").stdout
    decided = json.loads(place.account.text("registry/churn/approvals/00000001.json"))
    assert decided["despite_gates"] is True
    wrong = register(place, run, "--slice", "auc=0.9")
    assert "--slice auc=0.9 is no SLICE:NAME=VALUE. Fix: --slice country=DE:auc=0.91" in (
        wrong.output
    )


def test_a_version_is_compared_with_the_one_that_serves_by_the_gates(
    place: Kubernetes, run: Run, tmp_path: pathlib.Path
) -> None:
    register(place, run)
    run("release", "approve", "offers", "1", "--reason", "the first")
    first = json.loads(run("release", "gate", "offers", "--json").stdout)
    assert (first["passed"], first["champion"]) == (True, None)
    for _ in range(12):
        promotion.look(cluster.connected(place)[1])
        place.settle()
        place.account.pass_time(minutes=6)
    assert place.serving() == "churn/1"
    register(place, run, "--metric", "auc=0.85")
    page = tmp_path / "gate.md"
    found = run("release", "gate", "offers", "2", "--json", "--markdown", str(page))
    assert found.exit_code == 3
    report = json.loads(found.stdout)
    assert report["champion"] == {"version": 1, "package_arn": "churn/1"}
    assert report["broken"] == ["auc: 0.05 worse than the champion, allowed 0.01"]
    assert "champion 1" in page.read_text(encoding="utf-8")
    assert "1 gate is broken" in run("release", "gate", "offers").output  # the newest
    run("release", "approve", "offers", "2", "--reject", "--reason", "worse")
    assert run("release", "gate", "offers").exit_code == 0  # the newest that is left
    smoke = run("release", "gate", "offers", "--smoke")
    assert (smoke.exit_code, "Fix: leave out --smoke" in smoke.output) == (1, True)


def test_what_the_driver_does_is_refused_with_the_fix(place: Kubernetes, run: Run) -> None:
    for command in (("deploy", "offers"), ("resume", "offers"), ("prune", "offers")):
        found = run("release", *command)
        assert (found.exit_code, found.stdout) == (1, ""), command
        assert "its driver releases what is approved" in found.output
    gate = run("release", "gate", "offers")
    assert gate.exit_code == 1
    assert "is on a cluster" in gate.output
    nothing = run("release", "rollback", "offers", "--reason", "worse")
    assert "nothing to go back to" in nothing.output
    other = run("release", "rollback", "offers", "--to", "1", "--reason", "worse")
    assert "Fix: leave out --to" in other.output
    wrong = register(place, run, "--metric", "f1=high")
    assert "is no NAME=VALUE" in wrong.output
    missing = run("release", "show", "offers", "7")
    assert "has no version 7" in missing.output


def test_runs_are_started_and_approved_from_a_computer_without_the_cluster(
    place: Kubernetes, run: Run
) -> None:
    cluster.champion(place)
    started = run("retraining", "start", "offers", "--reason", "a new season", "--id", "1")
    assert "the next look of the CronJob" in started.stdout
    for _ in range(8):
        pipeline, releases = cluster.connected(place)
        s3 = pipeline.context.services.s3
        cluster_driver.advance(pipeline, s3, cluster.SETTINGS, "", releases)
        place.settle()
        place.account.pass_time(minutes=6)
    assert "is open, at approval" in run("retraining", "status", "offers").stdout
    place.account.who = "assumed-role/approver/kim"
    approved = run("retraining", "approve", "offers", "--reason", "better")
    assert "churn/2 is approved" in approved.stdout
    assert place.account.keys("registry/churn/approvals/")[-1].endswith("00000002.json")


def test_a_target_of_another_version_is_reported(place: Kubernetes, tmp_path: pathlib.Path) -> None:
    outputs = tmp_path / "other.json"
    target = {**cluster.TARGET, "share": 3, "models": None}
    outputs.write_text(json.dumps({"releaseTargets": {"offers": target}}))
    found = CliRunner().invoke(main, ["release", "list", "--outputs", str(outputs)])
    assert found.exit_code == 1
    assert "share" in found.output
    assert "models" in found.output


def test_without_aws_decisions_name_the_user_and_ask_no_sts(
    place: Kubernetes, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.champion(place)
    monkeypatch.setattr("getpass.getuser", lambda: "kim")
    account = "system:serviceaccount:loop:churn-retraining"
    local = dataclasses.replace(cluster.SETTINGS, account=account, topic_arn="")
    outputs = tmp_path / "local.json"
    target = {**cluster.TARGET, "store": "http://minio.minio.svc:9000"}
    own = json.loads(local.text())
    exported = {"releaseTargets": {"offers": target}, "retraining": {"offers": own}}
    outputs.write_text(json.dumps(exported))
    place.account.calls.clear()

    def run(*args: str) -> Result:
        found: Result = CliRunner().invoke(main, [*args, "--outputs", str(outputs)])
        return found

    rejected = run("release", "approve", "offers", "1", "--reject", "--reason", "biased")
    assert rejected.exit_code == 0, rejected.output
    started = run("retraining", "start", "offers", "--reason", "a new season", "--id", "1")
    assert started.exit_code == 0, started.output
    (rejection,) = place.account.keys("registry/churn/rejections/")
    assert json.loads(place.account.text(rejection))["by"] == "user:kim"
    (trigger,) = place.account.keys("retraining/churn/triggers/")
    assert json.loads(place.account.text(trigger))["by"] == "user:kim"
    driver = connection.clients(local, place.account)
    assert driver.caller() == account
    assert "get_caller_identity" not in place.account.calls
