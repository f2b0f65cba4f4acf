"""Late in a life: MLflow has each training run, with what its record says."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from groundplan.training.job.record import parameters

from rehearsal.account.deployment import DEPLOYER
from rehearsal.account.jobs import Job
from rehearsal.account.tracking import App, Invalid
from rehearsal.expectations import require
from rehearsal.machine import mlflow_server
from rehearsal.machine.servers import NotStarted
from rehearsal.machine.tools import MISSING, Used
from rehearsal.permissions.guard import acting
from rehearsal.report.timeline import StepFailed

if TYPE_CHECKING:
    from rehearsal.life.life import Life

STEP = "MLflow has the training runs"
URI = "MLFLOW_TRACKING_URI"


def check(life: "Life") -> None:
    """Compares the runs of MLflow with the records of the training jobs; nothing where
    the stack has no MLflow."""
    for app in life.account.tracking.apps.values():
        with life.timeline.step(STEP) as step:
            jobs = list(_logging(life, app))
            runs = {run["info"]["run_name"]: run for run in _runs(life, app)}
            require(len(runs) == len(jobs), f"it has {len(runs)} runs of {len(jobs)} jobs")
            for job in jobs:
                variables = job.request["Environment"]
                compare(runs, variables["GROUNDPLAN_RUN_ID"], _record(life, variables))
            life.account.tracking.show(app)
            where = "its server" if life.mlflow else "the account's stand-in"
            step.result = f"{len(runs)} runs on {where}: parameters, metrics, code and data"


def used(life: "Life") -> Used:
    """Returns what MLflow said."""
    said = {step.name: step.result for step in life.timeline.steps}
    if life.mlflow is None:
        return Used(mlflow_server.PROGRAM, MISSING)
    return Used(mlflow_server.PROGRAM, said.get(STEP, "skipped: the stack has no MLflow"))


def _logging(life: "Life", app: App) -> Iterator[Job]:
    for job in life.account.jobs.jobs.values():
        if job.request.get("Environment", {}).get(URI) == app.arn and job.status == "Completed":
            yield job


def _runs(life: "Life", app: App) -> list[Mapping[str, Any]]:
    if life.mlflow is None:
        return list(app.runs.values())
    try:
        return life.mlflow.receive(app)
    except (NotStarted, Invalid, OSError) as error:
        raise StepFailed(STEP, f"{type(error).__name__}: {error}") from error


def _record(life: "Life", variables: Mapping[str, str]) -> Mapping[str, Any]:
    bucket, _, key = variables["GROUNDPLAN_RECORD"].removeprefix("s3://").partition("/")
    with acting(DEPLOYER):
        body = life.account.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    found: Mapping[str, Any] = json.loads(body)
    return found


def compare(
    runs: Mapping[str, Mapping[str, Any]], identity: str, record: Mapping[str, Any]
) -> None:
    """Requires that a run has what its record says."""
    run = runs.get(identity)
    require(run, f"it has no run {identity[:10]}")
    assert run is not None  # noqa: S101 (required)
    require(run["info"]["status"] == "FINISHED", f"run {identity[:10]} {run['info']['status']}")
    params, tags = (_values(run["data"].get(kind, ())) for kind in ("params", "tags"))
    wanted = {
        "groundplan.code_revision": record["code"]["revision"],
        **{f"groundplan.dataset.{n}": d["version"] for n, d in record["datasets"].items()},
    }
    require(params == parameters(record["parameters"]), f"run {identity[:10]} has {params}")
    missing = wanted.items() - tags.items()
    require(not missing, f"run {identity[:10]} lacks {sorted(missing)[:1]}")
    require(run["data"].get("metrics"), f"run {identity[:10]} has no metrics")


def _values(pairs: Any) -> dict[str, str]:
    return {pair["key"]: pair["value"] for pair in pairs}
