"""The step `train`: one training job, however often it is asked for."""

import logging

from groundplan.retraining.engine.names import Outcome, Step
from groundplan.retraining.engine.run import Done, Ends, Result, Run, Wait, patience
from groundplan.retraining.engine.services import JobState, JobStatus
from groundplan.retraining.engine.steps.dataset import training_run

log = logging.getLogger(__name__)

HOUR = 3600.0
REQUESTED = "train-requested"


def take(run: Run) -> Result:
    """Starts the training job, and looks at it."""
    job = training_run(run)
    state = run.services.jobs.training(job)
    if state.status is JobStatus.SUCCEEDED:
        if not state.model_uri:
            return Ends(Outcome.FAILED, f"Training job {job.name} wrote no model")
        paid = run.journal.needed(Step.DATASET.value).get("is_trained") is True
        data = {"model_uri": state.model_uri, "usd": 0.0 if paid else _usd(run, state)}
        return Done(f"Training job {job.name} has succeeded", data)
    if state.status is JobStatus.FAILED:
        message = f"Training job {job.name} has failed: {state.reason}"
        return Ends(Outcome.FAILED, message, {"usd": _usd(run, state)})
    run.journal.note(REQUESTED, {"job": job.name})
    requested = run.journal.noted(REQUESTED)
    age = requested.age if requested else 0.0
    if state.status is JobStatus.ABSENT:
        run.services.jobs.start_training(job)
        return Wait(patience(age), f"Training job {job.name} is started")
    hours = limit_hours(run)
    if age > hours * HOUR:
        run.services.jobs.stop_training(job)
        message = f"Training job {job.name} has not ended within {hours:g} hours: {state.reason}"
        return Ends(Outcome.FAILED, message, {"usd": run.plan.reserved_usd})
    return Wait(patience(age), f"Training job {job.name}: {state.reason or 'running'}")


def stop(run: Run) -> None:
    """Stops the job of a run that has ended without it. One that can't be stopped ends
    by its own limit: it must not keep the run open."""
    if run.journal.noted(REQUESTED) is None or run.journal.noted(Step.TRAIN.value) is not None:
        return
    job = training_run(run)
    try:
        if run.services.jobs.training(job).status is JobStatus.RUNNING:
            run.services.jobs.stop_training(job)
    except Exception:
        log.exception("Training job %s can't be stopped", job.name)


def limit_hours(run: Run) -> float:
    """Returns how long a training job may take, with its wait for capacity."""
    runtime = int(run.plan.champion.record.get("max_runtime_seconds", 0))
    return run.settings.training.max_wait_hours + runtime / HOUR


def _usd(run: Run, state: JobState) -> float:
    price = run.settings.training.usd_per_hour
    if price is None:
        return 0.0
    return run.plan.reserved_usd if state.node_hours is None else price * state.node_hours
