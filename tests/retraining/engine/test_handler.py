"""The Lambda function: its archive is complete, and it answers what the paths of the
state machine read."""

import json

import boto3  # type: ignore[import-untyped]
import pytest
from groundplan.lambda_functions import source_archive
from groundplan.retraining.engine import driver, handler, names
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.machine.states import ANSWER
from retraining_account import Account
from retraining_world import DRIFT, SETTINGS


def test_archive_has_all_that_runs_and_nothing_of_pulumi() -> None:
    sources = source_archive.sources(names.ENTRY)
    assert {
        "groundplan/retraining/engine/sagemaker/jobs.py",
        "groundplan/release/engine/releases.py",
        "groundplan/training/job/record.py",
    } <= sources.keys()
    for path, text in sources.items():
        assert "import pulumi" not in text, path
        assert "component" not in path


def test_step_is_answered_with_every_key_that_the_state_machine_reads(
    retraining: Pipeline,
) -> None:
    answer = handler.answered(retraining, {"step": "decide", "event": DRIFT, "execution": "arn:1"})
    assert {f"{key}.$" for key in answer} == ANSWER.keys()
    assert json.loads(json.dumps(answer)) == answer


def test_event_of_the_registry_wakes_what_waits(retraining: Pipeline) -> None:
    answer = handler.answered(retraining, {"source": "aws.sagemaker", "detail": {}})
    assert (answer["status"], answer["step"]) == ("idle", "wake")


def test_driver_s_command_advances_the_pipeline_that_the_environment_describes(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boto3.session, "Session", lambda: account)
    monkeypatch.setenv(names.VARIABLE, SETTINGS.text())
    assert driver.main() == 0
    assert json.loads(capsys.readouterr().out)["step"] == "train"
    account.training_ends.append("Failed")
    account.training.clear()
    assert [driver.main() for _ in range(3)][-1] == 1


def test_settings_connect_a_pipeline_without_a_call() -> None:
    pipeline = handler.pipeline(SETTINGS)
    assert pipeline.context.settings == SETTINGS
