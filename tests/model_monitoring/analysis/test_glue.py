"""A check as a Glue job: started by the function, with metrics in CloudWatch."""

import json
import pathlib
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
import recorded_day
from botocore.stub import Stubber  # type: ignore[import-untyped]
from groundplan.model_monitoring.analysis import engines, glue, handler, names
from groundplan.model_monitoring.analysis.executors import InProcess
from moto import mock_aws


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    with mock_aws():
        yield


def test_arguments_of_glue_are_read_beside_its_own() -> None:
    arguments = ["check.py", "--JOB_NAME", "j", "--time", "2026-11-28", "--settings", "s3://b/k"]
    found = glue.options(arguments)
    assert (found["time"], found["settings"]) == ("2026-11-28", "s3://b/k")


@pytest.mark.usefixtures("aws")
def test_the_job_writes_the_result_and_its_metrics(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded_day.write(tmp_path, shift=6.0)
    asked: list[str] = []

    def executor(engine: str, _workers: int) -> InProcess:
        asked.append(engine)
        return InProcess()

    monkeypatch.setattr(engines, "executor", executor)
    paths = {name: f"{tmp_path}/{name}" for name in ("captures", "labels")}
    job = {"monitor": "loans", "baseline": f"{tmp_path}/baseline.json", **paths}
    settings = {"job": job, "results": f"{tmp_path}/results", "engine": names.SPARK}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    glue.main(["--settings", f"{tmp_path}/settings.json", "--time", "2026-11-28T00:30:00Z"])
    assert asked == ["spark"]
    result = json.loads((tmp_path / "results/2026-11-28T000000Z/check.json").read_text())
    assert result["status"] == "alarm"
    # What workers joined is cleared.
    assert list((tmp_path / "results/work").rglob("*.jsonl")) == []
    metrics = boto3.client("cloudwatch").list_metrics(Namespace=names.NAMESPACE)["Metrics"]
    plain = {m["MetricName"] for m in metrics if len(m["Dimensions"]) == 1}
    assert {names.DRIFT_ALARMS, names.QUALITY_ALARMS, names.NOT_ENOUGH_DATA, "Checks"} <= plain
    assert "_aws" not in capsys.readouterr().out


def test_an_event_that_comes_twice_starts_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"job": {"monitor": "m"}, "results": "s3://b/r", "glue_job": "check"}
    monkeypatch.setenv(names.VARIABLE, json.dumps(settings))
    client = boto3.client("glue", region_name="us-east-1")
    monkeypatch.setattr(boto3, "client", lambda _name: client)
    wanted = {"JobName": "check", "Arguments": {"--time": "2026-11-28T00:00:00Z"}}
    event: dict[str, Any] = {"time": "2026-11-28T00:30:00Z"}
    with Stubber(client) as stub:
        stub.add_response("start_job_run", {"JobRunId": "jr_1"}, wanted)
        running = "ConcurrentRunsExceededException"
        stub.add_client_error("start_job_run", running, expected_params=wanted)
        stub.add_client_error("start_job_run", "InternalServiceException")
        answers = [handler.handle(event, None) for _ in range(2)]
        with pytest.raises(client.exceptions.ClientError):  # the function is tried again
            handler.handle(event, None)
    assert [answer["status"] for answer in answers] == ["started", "running"]
    assert answers[0]["run"] == "jr_1"
