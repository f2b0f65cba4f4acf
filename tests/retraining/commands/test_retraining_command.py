"""`groundplan retraining`: what it shows, what it asks for, and what it refuses."""

import json
import pathlib
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from typing import Any

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.retraining.engine import driver
from groundplan.retraining.engine.names import Step
from groundplan.retraining.engine.pipeline import Pipeline
from retraining_account import Account, refusal
from retraining_world import (
    DRIFT,
    ENDPOINT,
    LOOK,
    SETTINGS,
    TARGET,
    furnish,
    pipeline,
    serving,
    version,
)

ROOT = f"retraining/{ENDPOINT}/"
CANDIDATE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/2"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:retraining"
EXPORT: dict[str, Any] = {**asdict(SETTINGS), "state_machine_arn": MACHINE}
Ran = Callable[..., Result]


@cache
def furnished() -> Account:
    return furnish(Account(ticks=1))  # type: ignore[no-any-return]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    import boto3  # type: ignore[import-untyped]

    own = furnished().snapshot()
    own.who = "assumed-role/approver/kim"
    own.started = []  # type: ignore[attr-defined]

    def start(params: dict[str, Any]) -> dict[str, Any]:
        own.started.append(params)  # type: ignore[attr-defined]
        return {"executionArn": f"{MACHINE}:{params['name']}"}

    own._start_execution = start  # type: ignore[attr-defined]
    monkeypatch.setattr(boto3.session, "Session", lambda: own)
    return own


@pytest.fixture
def retraining(account: Account) -> Pipeline:
    """The function's pipeline."""
    return pipeline(account)


@pytest.fixture
def run(tmp_path: pathlib.Path) -> Ran:
    """Runs `groundplan retraining` with the exports of an environment."""

    def ran(*arguments: str, pipelines: Any = None) -> Result:
        file = tmp_path / "outputs.json"
        known = {"churn": EXPORT} if pipelines is None else pipelines
        file.write_text(json.dumps({"retraining": known, "endpoints": {}}))
        return CliRunner().invoke(
            main, ["retraining", *arguments, "--outputs", str(file)], catch_exceptions=False
        )

    return ran


def until(retraining: Pipeline, step: Step) -> str:
    """As the function does, by its own role."""
    for _ in range(20):
        answer = driver.advance(retraining, DRIFT)
        if answer.step in (step, Step.END):
            return answer.run
    raise AssertionError(answer)


def test_start_records_the_request_and_starts_an_execution(run: Ran, account: Account) -> None:
    result = run("start", "churn", "--reason", "a new season", "--id", "7", "--json")
    assert result.exit_code == 0
    (key,) = account.keys(f"{ROOT}triggers/")
    assert key.endswith("person-7.json")
    (started,) = account.started  # type: ignore[attr-defined]
    assert started["name"] == "person-7"
    event = json.loads(started["input"])
    answer = pipeline(account).take(Step.DECIDE, {"event": event})
    assert (answer.status.value, "a new season" in answer.message) == ("next", True)
    assert len(account.keys(f"{ROOT}triggers/")) == 1


def test_start_twice_is_one_request(run: Ran, account: Account) -> None:
    first = run("start", "--reason", "new", "--id", "7", "--json")

    def exists(_params: Any) -> Any:
        raise refusal("ExecutionAlreadyExists", "Execution Already Exists", "StartExecution")

    account._start_execution = exists  # type: ignore[attr-defined]
    second = run("start", "--reason", "new", "--id", "7", "--json")
    assert (second.exit_code, second.output) == (0, first.output)
    assert len(account.keys(f"{ROOT}triggers/")) == 1


def test_request_is_recorded_where_the_person_may_not_start_executions(
    run: Ran, account: Account
) -> None:
    def denied(_params: Any) -> Any:
        raise refusal("AccessDeniedException", "not authorized", "StartExecution")

    account._start_execution = denied  # type: ignore[attr-defined]
    result = run("start", "--reason", "new")
    assert (result.exit_code, "The request is recorded" in result.output) == (1, True)
    assert driver.advance(pipeline(account), LOOK).run


def test_start_where_no_state_machine_carries_runs_waits_for_the_next_look(
    run: Ran, account: Account
) -> None:
    export = {key: value for key, value in EXPORT.items() if key != "state_machine_arn"}
    result = run("start", "--reason", "new", pipelines={"churn": export})
    assert (result.exit_code, "next look" in result.output) == (0, True)
    assert driver.advance(pipeline(account), LOOK).run
    assert account.started == []  # type: ignore[attr-defined]


def test_status_shows_what_is_open_and_what_waits(
    run: Ran, retraining: Pipeline, account: Account
) -> None:
    assert "no run is open" in run("status").output
    identity = until(retraining, Step.APPROVAL)
    run("start", "--reason", "sooner", "--id", "7")
    result = run("status", "churn")
    assert result.exit_code == 0
    assert f"run {identity} is open, at approval" in result.output
    assert "waits: person-7: sooner" in result.output
    data = json.loads(run("status", "churn", "--json").output)
    assert data["open"]["dataset"] == version(2)
    assert account.updates == 0


def test_status_of_a_run_that_failed_exits_with_1(
    run: Ran, retraining: Pipeline, account: Account
) -> None:
    account.training_ends.append("Failed")
    until(retraining, Step.END)
    result = run("status")
    assert (result.exit_code, "AlgorithmError" in result.output) == (1, True)


def test_show_is_the_timeline_of_a_run(run: Ran, retraining: Pipeline) -> None:
    identity = until(retraining, Step.APPROVAL)
    run("approve", "--reason", "better")
    until(retraining, Step.END)
    data = json.loads(run("show", "churn", "--json").output)
    assert data["run"] == identity
    assert [event["step"] for event in data["events"]] == [
        "begun",
        "dataset",
        "train",
        "evaluate",
        "gates",
        "register",
        "approval",
        "release",
        "watch",
        "ended",
    ]
    assert (data["outcome"], data["version"], data["usd"]) == ("released", CANDIDATE, 2.25)
    assert "better" in run("show", "--run", identity).output


def test_show_has_faults_in_their_place(run: Ran, retraining: Pipeline, account: Account) -> None:
    identity = until(retraining, Step.TRAIN)
    retraining.take(Step.FAULT, {"run": identity, "error": {"Cause": "AWS is down"}})
    data = json.loads(run("show", "--json").output)
    assert {"step": "faults/train/1", "message": "AWS is down"}.items() <= {
        key: event[key] for event in data["events"][-1:] for key in ("step", "message")
    }.items()
    assert account.training


def test_list_has_the_newest_run_first(run: Ran, retraining: Pipeline, account: Account) -> None:
    assert "has no runs yet" in run("list").output
    account.training_ends += ["Failed", "Failed"]
    first = until(retraining, Step.END)
    account.pass_time(days=2)
    second = until(retraining, Step.END)
    rows = json.loads(run("list", "--json").output)
    assert [row["run"] for row in rows] == [second, first]
    assert len(json.loads(run("list", "--limit", "1", "--json").output)) == 1
    assert first in run("list").output


def test_approve_releases_the_version_as_the_person(
    run: Ran, retraining: Pipeline, account: Account
) -> None:
    until(retraining, Step.APPROVAL)
    result = run("approve", "churn", "--reason", "AUC 0.92")
    assert (result.exit_code, CANDIDATE in result.output) == (0, True)
    properties = account.packages[CANDIDATE]["CustomerMetadataProperties"]
    assert properties["groundplan:approved-by"].endswith("approver/kim")
    until(retraining, Step.END)
    assert serving(account) == CANDIDATE


def test_approve_binds_a_sign_off_to_the_report_where_the_endpoint_demands_one(
    run: Ran, account: Account
) -> None:
    gates = {**TARGET["gates"], "sign_off": {"required": True}}
    target = {**TARGET, "gates": gates}
    retraining = pipeline(account, release_target=target)
    account.who = "assumed-role/retraining/function"
    until(retraining, Step.APPROVAL)
    pipelines = {"churn": {**EXPORT, "release_target": target}}
    own = run("approve", "--reason", "mine", pipelines=pipelines)
    assert (own.exit_code, "can't sign it off too" in own.output) == (1, True)

    account.who = "assumed-role/approver/kim"
    assert run("approve", "--reason", "better", pipelines=pipelines).exit_code == 0
    until(retraining, Step.END)
    assert serving(account) == CANDIDATE


def test_refuse_ends_the_run_and_the_champion_serves_on(
    run: Ran, retraining: Pipeline, account: Account
) -> None:
    until(retraining, Step.APPROVAL)
    assert run("refuse", "--reason", "biased").exit_code == 0
    until(retraining, Step.END)
    data = json.loads(run("show", "--json").output)
    assert (data["outcome"], "biased" in data["message"]) == ("refused", True)
    assert account.updates == 0


def test_refuse_before_there_is_a_version_stops_the_training(
    run: Ran, retraining: Pipeline, account: Account
) -> None:
    account.ticks = 10
    until(retraining, Step.TRAIN)
    assert run("refuse", "--reason", "wrong data").exit_code == 0
    assert [job.stopped for job in account.training.values()] == [True]
    until(retraining, Step.END)
    assert json.loads(run("show", "--json").output)["outcome"] == "refused"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("approve", "--reason", "x"), "No run is open"),
        (("refuse", "--run", "abc", "--reason", "x"), "Run abc of ml-prod-churn is not open"),
        (("show",), "There are no runs yet"),
        (("show", "--run", "abc"), "There is no run abc"),
        (("start", "chrun", "--reason", "x"), "did you mean"),
        (("start", "--reason", " "), "needs a reason"),
    ],
)
def test_what_can_not_be_done_is_refused_with_a_fix(
    run: Ran, account: Account, arguments: tuple[str, ...], message: str
) -> None:
    result = run(*arguments)
    assert (result.exit_code, message in result.output) == (1, True), result.output
    assert account.writes() == []


def test_approve_before_there_is_a_version_and_after_the_verdict_is_refused(
    run: Ran, retraining: Pipeline
) -> None:
    until(retraining, Step.TRAIN)
    assert "registered no version yet" in run("approve", "--reason", "x").output
    run("refuse", "--reason", "wrong data")
    assert "is decided: refused" in run("approve", "--reason", "x").output


def test_refuse_after_the_release_began_names_the_rollback(run: Ran, retraining: Pipeline) -> None:
    until(retraining, Step.APPROVAL)
    run("approve", "--reason", "better")
    until(retraining, Step.RELEASE)
    result = run("refuse", "--reason", "too late")
    assert (result.exit_code, "groundplan release rollback" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("pipelines", "message"),
    [
        ({}, "exports no retraining"),
        ({"a": EXPORT, "b": EXPORT}, "has 2 pipelines. Fix: name one of a, b"),
        ({"a": {**EXPORT, "colour": 1}}, "colour: unknown"),
    ],
)
def test_exports_that_name_no_pipeline_are_refused(run: Ran, pipelines: Any, message: str) -> None:
    result = run("status", pipelines=pipelines)
    assert (result.exit_code, message in result.output) == (1, True)
