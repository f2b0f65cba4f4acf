"""The steps `register` and `approval`, and the question to a person between them."""

from groundplan.retraining.engine.journal import digest
from groundplan.retraining.engine.names import Outcome, Step
from groundplan.retraining.engine.run import Context, Done, Ends, Result, Run, Wait
from groundplan.retraining.engine.services import Approval, Candidate, Decision, Refused
from groundplan.retraining.engine.steps.dataset import training_run

DAY = 86_400.0
LOOKS = 3600
"""Seconds between two looks at the registry, where nothing wakes the run."""
PASSED = "It keeps to the gates of its retraining run, and none asks for a person"


def register(run: Run) -> Result:
    """Registers the candidate, with the evaluation that it was judged by."""
    candidate = Candidate(
        run=run.plan.run,
        training=training_run(run),
        model_uri=str(run.journal.needed(Step.TRAIN.value, "model_uri")["model_uri"]),
        champion=run.plan.champion,
        metrics=run.journal.needed(Step.EVALUATE.value, "metrics")["metrics"],
        description=f"Retraining run {run.plan.run} on {run.plan.version}",
    )
    version = run.services.models.register(candidate)
    return Done(f"Registered as {version}", {"version": version})


def approval(run: Run) -> Result:
    """Reads the registry's word, or gives it where the gates are enough."""
    models, version = run.services.models, version_of(run)
    found = models.decision(version)
    if found.approval is Approval.PENDING and not run.settings.approval_required:
        found = _approved(run, version)
    if found.approval is Approval.APPROVED:
        message = f"{version} was approved by {found.by or 'somebody'}: {found.reason}"
        return Done(message, {"by": found.by, "reason": found.reason})
    if found.approval is Approval.REJECTED:
        return Ends(Outcome.REFUSED, f"{version} was refused: {found.reason or 'no reason'}")
    registered = run.journal.noted(Step.REGISTER.value)
    days = run.settings.limits.approval_days
    if registered is not None and registered.age > days * DAY:
        reason = f"Nobody approved it within {days:g} days"
        models.reject(version, reason)
        return Ends(Outcome.REFUSED, f"{version}: {reason}")
    fix = f"Fix: `groundplan retraining approve {run.settings.endpoint}`"
    return Wait(LOOKS, f"{version} waits for approval{_because(found.reason)}. {fix}")


def _approved(run: Run, version: str) -> Decision:
    """Approves a version that keeps to the gates. Where the release target demands a
    person's sign-off, the version waits for it."""
    try:
        run.services.models.approve(version, PASSED)
    except Refused as error:
        return Decision(Approval.PENDING, reason=str(error))
    return run.services.models.decision(version)


def ask(run: Run, token: str) -> None:
    """Records the token of a state that waits for the approval. If the decision is
    there already, nobody waits."""
    run.journal.note(f"tokens/{digest(token)}", {"token": token})
    executions = run.services.executions
    if executions is not None and not _is_pending(run):
        executions.wake(token)


def _is_pending(run: Run) -> bool:
    try:
        return isinstance(approval(run), Wait)
    except Refused:
        return False  # which the next look at the approval records


def wake(context: Context, seconds: int) -> int:
    """Wakes the states that wait for an approval of the open run; returns how many
    tokens were tried."""
    held, executions = context.journal.held(), context.services.executions
    if held is None or executions is None:
        return 0
    journal, tried = context.journal.run(str(held.data["run"])), 0
    for entry in journal.entries("tokens"):
        token = str(journal.read(entry).get("token", ""))
        if token and entry.age <= seconds:
            executions.wake(token)
            tried += 1
    return tried


def version_of(run: Run) -> str:
    """Returns the id of the registered candidate."""
    return str(run.journal.needed(Step.REGISTER.value, "version")["version"])


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
