"""What a person does about runs: start, approve, refuse."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.retraining.engine import ending, triggers
from groundplan.retraining.engine.ending import RELEASE_BEGUN
from groundplan.retraining.engine.journal import ENDED, VERDICT
from groundplan.retraining.engine.names import Kind, Outcome, Step
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.run import Run
from groundplan.retraining.engine.services import Approval, Refused
from groundplan.retraining.engine.steps.dataset import training_run
from groundplan.retraining.engine.steps.registering import version_of


def start(
    pipeline: Pipeline,
    identity: str,
    reason: str,
    by: str,
    again: bool = False,
    kind: Kind = Kind.PERSON,
) -> Mapping[str, Any]:
    """Records that a person, or a program, wants a run. Returns the event that the
    state machine, or the next look, acts on. The same identity twice is one request."""
    if not reason.strip():
        raise Refused("A run needs a reason. Fix: --reason")
    trigger = triggers.of_person(identity, reason, by, again, kind)
    pipeline.context.journal.add_trigger(trigger.name, trigger.as_dict())
    return {
        "kind": kind.value,
        "id": identity,
        "reason": reason,
        "by": by,
        "again": again,
    }


def execute(executions: Any, machine_arn: str, event: Mapping[str, Any]) -> str:
    """Starts the execution of what `start` returned, once. Returns its ARN; empty where
    no state machine carries runs. `executions`: a client of Step Functions. The request
    is recorded: if this fails, the next look acts on it, and so does the same call."""
    if not machine_arn:
        return ""
    name = f"{event['kind']}-{event['id']}"
    try:
        executions.start_execution(stateMachineArn=machine_arn, name=name, input=json.dumps(event))
    except ClientError as error:
        if aws.code(error) != "ExecutionAlreadyExists":
            raise
    return f"{machine_arn.replace(':stateMachine:', ':execution:', 1)}:{name}"


def open_run(pipeline: Pipeline, identity: str = "") -> Run:
    """Returns a run that has not ended: the one that is named, or the open one. Raises
    `Refused`."""
    held = pipeline.context.journal.held()
    current = str(held.data["run"]) if held else ""
    endpoint = pipeline.context.settings.endpoint
    if not current or (identity and identity != current):
        what = f"Run {identity} of {endpoint} is not open" if identity else "No run is open"
        raise Refused(f"{what}. Fix: see `groundplan retraining list`")
    if pipeline.context.journal.run(current).noted(ENDED) is not None:
        raise Refused(f"Run {current} has ended. Fix: see `groundplan retraining show`")
    return pipeline.run(current)


def approve(run: Run, reason: str) -> str:
    """Approves the version of a run, as the registry's approvers do. Returns the
    version. Raises `Refused`."""
    if not reason.strip():
        raise Refused("An approval needs a reason. Fix: --reason")
    _require_undecided(run)
    if run.journal.noted(Step.REGISTER.value) is None:
        raise Refused(
            f"Run {run.plan.run} has registered no version yet. Fix: wait until it asks for "
            "approval, see `groundplan retraining status`"
        )
    version = version_of(run)
    run.services.models.approve(version, reason)
    return version


def refuse(run: Run, reason: str, by: str) -> str:
    """Ends a run before its release. Returns what was refused. Raises `Refused` if the
    release has begun."""
    if not reason.strip():
        raise Refused("A refusal needs a reason. Fix: --reason")
    _require_undecided(run)
    if run.journal.noted(RELEASE_BEGUN) is not None:
        raise Refused(
            f"The release of run {run.plan.run} has begun. Fix: `groundplan release rollback`"
        )
    message = f"{by} refused it: {reason}"
    if run.journal.noted(Step.REGISTER.value) is None:
        ending.verdict(run, ending.pending(run), Outcome.REFUSED, message)
        _stop_training(run)
        return f"run {run.plan.run}"
    version = version_of(run)
    run.services.models.reject(version, reason)
    if run.services.models.decision(version).approval is not Approval.REJECTED:
        raise Refused(f"{version} was approved already. Fix: `groundplan release rollback`")
    return version


def _stop_training(run: Run) -> None:
    """Stops the training job on SageMaker. That on a cluster is deleted by the driver,
    at the end of the run: a person's computer may not reach it."""
    if run.journal.noted(Step.DATASET.value) is None or run.journal.noted(Step.TRAIN.value):
        return
    job = training_run(run)
    if job.record.get("sagemaker"):
        run.services.jobs.stop_training(job)


def _require_undecided(run: Run) -> None:
    decided = run.journal.noted(VERDICT)
    if decided is not None:
        outcome, message = decided.data.get("outcome"), decided.data.get("message")
        raise Refused(f"Run {run.plan.run} is decided: {outcome}. {message}")
