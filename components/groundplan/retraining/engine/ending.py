"""The end of a run: its verdict, its record, and steps that fail."""

from collections.abc import Mapping
from typing import Any

from groundplan.retraining.engine.answers import Answer
from groundplan.retraining.engine.journal import BEGUN, ENDED, VERDICT
from groundplan.retraining.engine.names import RETRIED, SEQUENCE, Kind, Outcome, Status, Step
from groundplan.retraining.engine.run import Context, Run
from groundplan.retraining.engine.steps import training

RELEASE_BEGUN = "release-begun"
"""The note before the endpoint is asked to move: from then on no fault ends a run, as
the endpoint may still get there."""


def verdict(run: Run, step: Step, outcome: Outcome, message: str, data: Any = None) -> Answer:
    """Records the outcome of a run, if none is recorded yet. Returns the recorded
    one."""
    content = {**(data or {}), "outcome": outcome.value, "message": message, "step": step.value}
    run.journal.note(VERDICT, content)
    known = run.journal.needed(VERDICT, "outcome", "message")
    return Answer(
        Status.ENDED, step, run.plan.run, str(known["message"]), Outcome(known["outcome"])
    )


def end(run: Run) -> Answer:
    """Writes the record of a run whose outcome is decided, and removes the lock."""
    known = run.journal.noted(VERDICT, ("outcome", "message"))
    watched = run.journal.noted(Step.WATCH.value)
    if known is None:
        if watched is None:
            raise run.context.journal.unreadable(f"runs/{run.plan.run}/verdict.json", "it is gone")
        outcome, message = Outcome.RELEASED, str(watched.data.get("message", ""))
    else:
        outcome, message = Outcome(known.data["outcome"]), str(known.data["message"])
    training.stop(run)
    version = run.journal.noted(Step.REGISTER.value)
    trained = run.journal.noted(Step.DATASET.value)
    record = {
        "run": run.plan.run,
        "outcome": outcome.value,
        "message": message,
        "dataset": run.plan.version,
        "champion": run.plan.champion.id,
        "record_uri": trained.data.get("record_uri", "") if trained else "",
        "version": version.data.get("version", "") if version else "",
        "usd": _cost(run),
    }
    run.journal.note(ENDED, record)
    close(run.context, run.plan.run)
    held = run.context.journal.held()
    if held is not None and held.data["run"] == run.plan.run:
        run.context.journal.unlock(held)
    return Answer(Status.ENDED, Step.END, run.plan.run, message, outcome, notify=True)


def close(context: Context, run: str) -> None:
    """Answers the triggers of a run that has ended."""
    journal = context.journal.run(run)
    ended = journal.needed(ENDED, "outcome", "message")
    for name in journal.needed(BEGUN, "triggers")["triggers"]:
        kind = context.journal.trigger(name).get("kind")
        if ended["outcome"] in RETRIED and kind not in (Kind.PERSON.value, Kind.API.value):
            continue
        context.journal.answer(
            name, {"run": run, "outcome": ended["outcome"], "message": ended["message"]}
        )


def fault(run: Run, error: Mapping[str, Any]) -> Answer:
    """Records that a step failed after all its retries. The run stays open for the next
    look, or fails if that happens too often."""
    step = pending(run)
    known = run.journal.entries(f"faults/{step.value}")
    run.journal.note(f"faults/{step.value}/{len(known) + 1}", error)
    cause = str(error.get("Cause") or error.get("Error") or error)[:500]
    message = f"Step {step.value} failed: {cause}"
    is_often = len(known) + 1 >= run.settings.limits.faults
    is_undecided = run.journal.noted(VERDICT) is None and run.journal.noted(RELEASE_BEGUN) is None
    if is_often and is_undecided:
        times = f"{message}, {len(known) + 1} times with all retries"
        return verdict(run, step, Outcome.FAILED, times)
    message = f"{message}. The champion serves on; the next look continues the run"
    return Answer(Status.IDLE, Step.FAULT, run.plan.run, message, Outcome.FAILED, notify=True)


def pending(run: Run) -> Step:
    """Returns the first step of a run that is not recorded."""
    if run.journal.noted(VERDICT) is not None:
        return Step.END
    return next((step for step in SEQUENCE if run.journal.noted(_entry(step)) is None), Step.END)


def _entry(step: Step) -> str:
    return ENDED if step is Step.END else step.value


def _cost(run: Run) -> float:
    """US dollars of a run's jobs, as their platform reports them."""
    notes = [run.journal.noted(name) for name in (Step.TRAIN.value, Step.EVALUATE.value, VERDICT)]
    return round(sum(float(note.data.get("usd", 0.0)) for note in notes if note), 4)
