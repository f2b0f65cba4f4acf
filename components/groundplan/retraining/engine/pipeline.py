"""The pipeline of one endpoint: takes a step, records what it came to, and answers.

What is recorded is not done again: a step that the journal has, or a run that has a
verdict, is answered from there.
"""

from collections.abc import Callable, Mapping
from typing import Any

from groundplan.retraining.engine import ending
from groundplan.retraining.engine.answers import Answer
from groundplan.retraining.engine.beginning import Beginning
from groundplan.retraining.engine.journal import BEGUN, VERDICT, Journal
from groundplan.retraining.engine.names import Outcome, Status, Step
from groundplan.retraining.engine.plan import Plan
from groundplan.retraining.engine.run import Context, Done, Ends, Result, Run, Wait
from groundplan.retraining.engine.services import Busy, Refused, Services
from groundplan.retraining.engine.settings import RetrainingSettings
from groundplan.retraining.engine.steps import (
    dataset,
    evaluation,
    gates,
    registering,
    releasing,
    training,
)

STEPS: Mapping[Step, Callable[[Run], Result]] = {
    Step.DATASET: dataset.take,
    Step.TRAIN: training.take,
    Step.EVALUATE: evaluation.take,
    Step.GATES: gates.take,
    Step.REGISTER: registering.register,
    Step.APPROVAL: registering.approval,
    Step.RELEASE: releasing.release,
    Step.WATCH: releasing.watch,
}
ASKED = "approval-asked"
ASKED_WITHIN = 86_400
"""Seconds after which a token is no longer tried."""


class Pipeline:
    """The pipeline of one endpoint."""

    def __init__(self, settings: RetrainingSettings, services: Services) -> None:
        self.context = Context(settings, services, Journal(services.s3, settings))

    def take(self, step: Step, event: Mapping[str, Any]) -> Answer:
        """Takes a step. `event` is the function's payload. Raises what may pass: the
        caller tries again, then calls `fault`."""
        if step is Step.DECIDE:
            beginning = Beginning(self.context)
            return beginning.decide(event.get("event", {}), str(event.get("execution", "")))
        if step is Step.WAKE:
            tried = registering.wake(self.context, ASKED_WITHIN)
            return Answer(Status.IDLE, step, message=f"{tried} states wait for an approval")
        run = self.run(str(event["run"]))
        if step is Step.ASK:
            registering.ask(run, str(event["token"]))
            return Answer(Status.NEXT, step, run.plan.run, "The token is recorded")
        if step is Step.FAULT:
            return ending.fault(run, event.get("error", {}))
        if step is Step.END:
            return ending.end(run)
        return self._step(step, run)

    def run(self, identity: str) -> Run:
        """Returns a run that was begun. Raises `Unreadable`."""
        journal = self.context.journal.run(identity)
        return Run(self.context, Plan.read(journal.needed(BEGUN, "run")), journal)

    def _step(self, step: Step, run: Run) -> Answer:
        identity = run.plan.run
        decided = run.journal.noted(VERDICT, ("outcome", "message"))
        if decided is not None:
            outcome, message = Outcome(decided.data["outcome"]), str(decided.data["message"])
            return Answer(Status.ENDED, step, identity, message, outcome)
        known = run.journal.noted(step.value)
        if known is not None:
            return Answer(Status.NEXT, step, identity, str(known.data.get("message", "")))
        try:
            result: Result = STEPS[step](run)
        except Refused as error:
            result = Ends(Outcome.FAILED, str(error))
        except Busy as busy:
            result = Wait(300, str(busy))
        if isinstance(result, Wait):
            # People are asked for an approval, once; of other waits nobody is notified.
            asks = step is Step.APPROVAL and run.journal.note(ASKED, {"message": result.message})
            seconds = max(1, result.seconds)
            return Answer(
                Status.WAIT, step, identity, result.message, wait_seconds=seconds, notify=asks
            )
        if isinstance(result, Done):
            return self._done(step, run, result)
        # Another process may have carried the run on meanwhile, to a world in which
        # this step would end it: a candidate that serves is not another champion.
        if run.journal.noted(step.value) is not None:
            return Answer(Status.NEXT, step, identity, "Another process has taken the step")
        return ending.verdict(run, step, result.outcome, result.message, result.data)

    def _done(self, step: Step, run: Run, result: Done) -> Answer:
        is_new = run.journal.note(step.value, {**result.data, "message": result.message})
        return Answer(Status.NEXT, step, run.plan.run, result.message, notify=is_new)
