"""The step `dataset`: the record of the training run, which differs from the champion's
in its data only."""

import json
from collections.abc import Mapping
from typing import Any

from groundplan.release.engine.objects import Objects
from groundplan.retraining.engine import datasets
from groundplan.retraining.engine.datasets import Tag
from groundplan.retraining.engine.names import Outcome, Step
from groundplan.retraining.engine.plan import run_id
from groundplan.retraining.engine.run import Done, Ends, Result, Run
from groundplan.retraining.engine.services import TrainingRun
from groundplan.training.job import record

NAME_LENGTH = 63
"""Characters of the name of a training job (botocore, sagemaker service-2.json)."""
KEYS = ("name", "training_id", "record", "record_uri", "manifests")


def take(run: Run) -> Result:
    """Writes the record of the training run and the list of its data."""
    settings, plan = run.settings, run.plan
    tag = Tag(plan.dataset, "", plan.digest)
    version = datasets.read(run.services.s3, settings.bucket, tag)
    if not version.passed:
        message = f"The quality checks of {plan.version} failed: no model is trained on it"
        return Ends(Outcome.REJECTED, message)
    listing = f"runs/{plan.run}/data.manifest.json"
    run.context.journal.put_text(listing, json.dumps(datasets.listing(settings.bucket, version)))
    document = following(plan.champion.record, settings.training.input_name, {
        "uri": f"s3://{settings.bucket}/{version.manifest_key}",
        "version": plan.version,
    })  # fmt: skip
    text = record.canonical(document)
    identity = record.run_id(text)
    uri = _write(run, document, identity, text)
    trained = _trained(run, identity)
    known = {
        "name": trained or job_name(run, document, identity),
        "is_trained": bool(trained),
        "training_id": identity,
        "record": document,
        "record_uri": uri,
        "manifests": {settings.training.input_name: run.context.journal.uri(listing)},
    }
    return Done(f"The data is {plan.version}: {len(version.keys)} objects", known)


def training_run(run: Run) -> TrainingRun:
    """Returns the training job of a run whose dataset is resolved."""
    known = run.journal.needed(Step.DATASET.value, *KEYS)
    return TrainingRun(
        known["name"],
        known["training_id"],
        known["record"],
        known["record_uri"],
        known["manifests"],
    )


def following(champion: Mapping[str, Any], name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the champion's record with one other dataset."""
    return {**champion, "datasets": {**champion["datasets"], name: dict(data)}}


def job_name(run: Run, document: Mapping[str, Any], identity: str) -> str:
    """Returns the name of a training job, as `TrainingJob` has it. Another attempt with
    the same record is another job."""
    attempt = f"-{run.plan.sequence}" if run.plan.sequence else ""
    end = f"-{record.short(identity)}{attempt}"
    start = run.settings.training.job_name or str(document["name"])
    return f"{start[: NAME_LENGTH - len(end)].rstrip('-')}{end}"


def _trained(run: Run, identity: str) -> str:
    """Returns the job of a former attempt that has trained the same record, which is
    not trained again; empty if there is none."""
    plan = run.plan
    for sequence in reversed(range(plan.sequence)):
        former = run_id(run.settings.endpoint, plan.digest, plan.champion, sequence)
        journal = run.context.journal.run(former)
        known = journal.noted(Step.DATASET.value)
        if known is None or journal.noted(Step.TRAIN.value) is None:
            continue
        if known.data.get("training_id") == identity:
            return str(known.data["name"])
    return ""


def _write(run: Run, document: Mapping[str, Any], identity: str, text: str) -> str:
    """Writes the record where `TrainingJob` has it. Its name is its content."""
    bucket = str(document["bucket"])
    place = Objects(
        run.services.s3,
        bucket,
        f"runs/{document['name']}/{identity}/",
        run.settings.kms_key_arn or None,
    )
    place.put_text("run.json", text)
    return place.uri("run.json")
