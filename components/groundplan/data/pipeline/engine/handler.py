"""The function of a pipeline: what its state machine calls for each step."""

import datetime
import os
from collections.abc import Mapping
from typing import Any

from groundplan.data import versions
from groundplan.data.pipeline.engine import (
    judgement,
    last_version,
    month,
    publication,
    raw_inputs,
    repetition,
    turns,
)
from groundplan.data.pipeline.engine.names import TABLES, VARIABLE, Status, Step
from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.quality.result import RESULT


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Takes the step that the event names."""
    import boto3  # type: ignore[import-untyped]

    settings = PipelineSettings.read(os.environ[VARIABLE])
    if event["step"] == Step.BEGIN.value:
        now = datetime.datetime.now(datetime.UTC)
        return begin(settings, event, boto3.client, now)
    if event["step"] == Step.JUDGE.value:
        return judge(settings, event, boto3.client)
    return publish(settings, event, boto3.client)


def begin(
    settings: PipelineSettings, event: Mapping[str, Any], client: Any, now: datetime.datetime
) -> dict[str, Any]:
    """Returns whether the execution carries a run, and the arguments of its job. One
    that would repeat the last run joins that.

    The folder of the run is named after the execution: all its tries write there.
    """
    execution = str(event["execution"])
    status = turns.turn(client("stepfunctions"), str(event["machine"]), execution)
    if status is not Status.GO_ON:
        return {"status": status.value}
    run = execution.rsplit(":", 1)[-1]
    if run == TABLES:
        raise ValueError(
            f"An execution named {run} would write to the folder of the tables. Fix: start it "
            "under another name"
        )
    base, s3 = f"s3://{settings.bucket}/", client("s3")
    bucket = versions.Bucket(s3, settings.bucket)
    parents = {
        reference: versions.resolve(s3, settings.bucket, reference)
        for reference in settings.datasets
    }
    objects, read = raw_inputs.current(bucket, settings), sorted(parents.values())
    if repetition.is_one(bucket, settings, event.get("began"), objects, read):
        return {"status": Status.JOINED.value}
    month.require_room(client("glue"), settings, now)
    raw_inputs.record(bucket, settings, run, objects)
    return {
        "status": status.value,
        "run": run,
        "parents": read,
        **({"check": _check(s3, settings, run)} if settings.results else {}),
        "arguments": {
            "--run": run,
            "--output": f"{base}{settings.folder}{run}/",
            **{f"--input-{name}": f"{base}{key}" for name, key in settings.inputs.items()},
            **{
                f"--version-{reference.partition(':')[0]}": digest
                for reference, digest in parents.items()
            },
        },
    }


def _check(s3: Any, settings: PipelineSettings, run: str) -> dict[str, str]:
    base, before = f"s3://{settings.bucket}/", last_version.statistics(s3, settings)
    return {
        **({"--before": before} if before else {}),
        "--run": run,
        "--data": f"{base}{settings.folder}{run}/",
        "--result": f"{base}{settings.results}{run}/{RESULT}",
    }


def judge(settings: PipelineSettings, event: Mapping[str, Any], client: Any) -> dict[str, Any]:
    """Judges what the job of a run wrote."""
    run = str(event["run"])
    result = judgement.judge(client("s3"), client("cloudwatch"), settings, run)
    status = Status.PASSED if result.passed else Status.QUARANTINED
    return {
        "status": status.value,
        "failed": [rule.rule for rule in result.failed],
        "quality": judgement.summary(settings, run, result),
    }


def publish(settings: PipelineSettings, event: Mapping[str, Any], client: Any) -> dict[str, Any]:
    """Publishes what the job of a run wrote."""
    run, s3 = str(event["run"]), client("s3")
    reference = publication.publish(
        s3,
        settings,
        run=run,
        by=str(event["execution"]),
        parents=event.get("parents", ()),
        quality=event.get("quality", {}),
        inputs=raw_inputs.recorded(versions.Bucket(s3, settings.bucket), settings, run),
    )
    return {"status": Status.PUBLISHED.value, "version": reference}
