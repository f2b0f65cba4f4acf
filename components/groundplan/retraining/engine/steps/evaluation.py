"""The step `evaluate`: candidate and champion are measured on the same data, held out
and recent."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws, s3_uris
from groundplan.release.engine import metrics
from groundplan.release.engine.errors import Refused as Unsound
from groundplan.retraining.engine import datasets
from groundplan.retraining.engine.names import Outcome, Step
from groundplan.retraining.engine.run import Done, Ends, Result, Run, Wait, patience
from groundplan.retraining.engine.services import Evaluation, JobState, JobStatus, Refused

HOUR = 3600.0
REQUESTED, DATA = "evaluate-requested", "evaluate-data"
NAMES = ("held_out", "recent")
RECENT = "data=recent"
"""The slice with the metrics of recent data."""


def take(run: Run) -> Result:
    """Starts the evaluation, and looks at it."""
    job = _job(run)
    state = run.services.jobs.evaluation(job)
    if state.status is JobStatus.SUCCEEDED:
        return _measured(run, job, state)
    if state.status is JobStatus.FAILED:
        message = f"Evaluation {job.name} has failed: {state.reason}"
        return Ends(Outcome.FAILED, message, {"usd": _usd(run, state)})
    run.journal.note(REQUESTED, {"job": job.name})
    requested = run.journal.noted(REQUESTED)
    age = requested.age if requested else 0.0
    if state.status is JobStatus.ABSENT:
        _write_lists(run)
        run.services.jobs.start_evaluation(job)
        return Wait(patience(age), f"Evaluation {job.name} is started")
    hours = limit_hours(run)
    if age > hours * HOUR:
        message = f"Evaluation {job.name} has not ended within {hours:g} hours"
        return Ends(Outcome.FAILED, message, {"usd": _usd(run, state)})
    return Wait(patience(age), f"Evaluation {job.name}: {state.reason or 'running'}")


def limit_hours(run: Run) -> float:
    """Returns how long an evaluation may take, with its wait for capacity."""
    runtime = run.settings.evaluation.max_runtime_seconds
    return run.settings.limits.evaluation_hours + runtime / HOUR


def _job(run: Run) -> Evaluation:
    """Returns the evaluation. What the data is now is recorded first, so that another
    look measures the same."""
    settings, champion = run.settings.evaluation, run.plan.champion
    sources = {name: str(source) for name, source in _sources(run).items() if source}
    return Evaluation(
        name=f"{run.settings.training.job_name or 'retraining'}-{run.plan.run}",
        run=run.plan.run,
        image=settings.image or str(champion.record.get("image", "")),
        command=settings.command,
        candidate_uri=str(run.journal.needed(Step.TRAIN.value, "model_uri")["model_uri"]),
        champion_uri=champion.model_uri,
        champion_id=champion.id,
        data={name: _located(run, name, source) for name, source in sources.items()},
        output_uri=run.journal.uri("evaluation/"),
    )


def _sources(run: Run) -> Mapping[str, Any]:
    """Returns where the data is: folders, and references of versions by digest. Tags
    are resolved once, so that another look measures the same, and garbage collections
    find the versions."""
    settings = run.settings.evaluation
    if not settings.held_out:
        raise Refused("There is no data to evaluate on. Fix: set evaluation.held_out")
    if run.journal.noted(DATA) is None:
        sources = zip(NAMES, (settings.held_out, settings.recent), strict=True)
        run.journal.note(DATA, {name: _resolved(run, source) for name, source in sources})
    found = run.journal.needed(DATA, *NAMES)
    if run.plan.version in found.values():
        raise Refused(
            f"{run.plan.version} is what the candidate was trained on, and can't judge it. Fix: "
            "evaluate on data that no run trains on"
        )
    return found


def _resolved(run: Run, source: str) -> str:
    if not source or source.startswith("s3://"):
        return source
    return datasets.resolve(run.services.s3, run.settings.bucket, source).version


def _located(run: Run, name: str, source: str) -> str:
    """Returns the folder, or the list of a version's objects."""
    return source if source.startswith("s3://") else run.context.journal.uri(_list(run, name))


def _write_lists(run: Run) -> None:
    """Writes the lists of the versions' objects, which jobs read."""
    bucket, s3 = run.settings.bucket, run.services.s3
    for name, source in _sources(run).items():
        if source and not source.startswith("s3://"):
            version = datasets.read(s3, bucket, datasets.resolve(s3, bucket, source))
            text = json.dumps(datasets.listing(bucket, version))
            run.context.journal.put_text(_list(run, name), text)


def _list(run: Run, name: str) -> str:
    return f"runs/{run.plan.run}/{name}.manifest.json"


def _measured(run: Run, job: Evaluation, state: JobState) -> Result:
    uri = f"{job.output_uri}metrics.json"
    usd = _usd(run, state)
    try:
        document = _document(run, uri)
        found = metrics.parse(document, uri)
    except (Refused, Unsound) as error:
        return Ends(Outcome.FAILED, f"Evaluation {job.name} is of no use: {error}", {"usd": usd})
    wrong = _lacking(found, job)
    if wrong:
        message = f"Evaluation {job.name} is of no use: {wrong}"
        return Ends(Outcome.FAILED, message, {"usd": usd})
    return Done(f"Evaluation {job.name} has measured both", {"metrics": document, "usd": usd})


def _document(run: Run, uri: str) -> Mapping[str, Any]:
    bucket, key = s3_uris.split(uri)
    try:
        body = run.services.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if aws.is_missing(error):
            raise Refused(f"it wrote no {uri}") from None
        raise
    try:
        data = json.loads(body)
    except ValueError:
        raise Refused(f"{uri} is no JSON") from None
    if not isinstance(data, Mapping):
        raise Refused(f"{uri} is no JSON object")
    return data


def _lacking(found: metrics.Document, job: Evaluation) -> str:
    """Returns what an evaluation must say of both models; empty if it does."""
    if found.champion is None or found.champion_arn != job.champion_id:
        return f"it does not measure the champion, {job.champion_id}"
    if "recent" not in job.data:
        return ""
    for name, side in (("candidate", found.measured), ("champion", found.champion)):
        if RECENT not in side.slices:
            return f"it does not measure the {name} on recent data, the slice {RECENT}"
    return ""


def _usd(run: Run, state: JobState) -> float:
    settings = run.settings.evaluation
    if settings.usd_per_hour is None:
        return 0.0
    hours = state.node_hours
    return settings.usd_per_hour * (settings.max_runtime_seconds / HOUR if hours is None else hours)
