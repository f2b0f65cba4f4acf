"""The step `decide`: records a trigger, and begins a run, continues the open one, or
says why there is none."""

from collections.abc import Mapping
from typing import Any

from groundplan.retraining.engine import datasets, ending, triggers
from groundplan.retraining.engine.answers import Answer
from groundplan.retraining.engine.datasets import Tag
from groundplan.retraining.engine.decision import Decision, Verdict, is_trained_on
from groundplan.retraining.engine.journal import BEGUN, ENDED, Note, digest
from groundplan.retraining.engine.names import Kind, Outcome, Status, Step
from groundplan.retraining.engine.plan import Plan
from groundplan.retraining.engine.run import Context
from groundplan.retraining.engine.services import Refused
from groundplan.retraining.engine.triggers import Irrelevant

ATTEMPTS = 10
"""How often a decision is repeated that met another's run at its very end."""


class Beginning:
    """Decides for the events of one endpoint."""

    def __init__(self, context: Context) -> None:
        self._context, self._journal = context, context.journal
        self._decision = Decision(context.settings, context.services, context.journal)

    def decide(self, event: Mapping[str, Any], execution: str) -> Answer:
        """Records what an event asks for, then looks at all that waits."""
        try:
            return self._look(self._record(event), execution)
        except Irrelevant as reason:
            return _idle(Outcome.NOT_NEEDED, str(reason), notify=False)
        except Refused as error:
            message = f"{error}. What waits is considered again"
            return _idle(Outcome.NOT_ALLOWED, message, notify=self._is_news("refused", message))

    def _record(self, event: Mapping[str, Any]) -> bool:
        """Records the trigger of an event, if it is one; whether it is new. A look adds
        the trigger of a dataset's tag whose event was lost."""
        settings = self._context.settings
        tag = self._tag()
        trigger = triggers.read(event, settings, tag)
        if trigger is None:
            if tag is None or Kind.DATASET.value not in settings.triggers:
                return False
            if is_trained_on(self._context.services.models.champion(), settings, tag):
                return False
            trigger = triggers.of_tag(tag)
        return self._journal.add_trigger(trigger.name, trigger.as_dict())

    def _tag(self) -> Tag | None:
        settings = self._context.settings
        try:
            return datasets.resolve(self._context.services.s3, settings.bucket, settings.dataset)
        except Refused:
            return None

    def _look(self, is_new: bool, execution: str) -> Answer:
        for _ in range(ATTEMPTS):
            held = self._journal.held()
            if held is not None:
                if not self._is_open(held):
                    continue
                return self._carry(held, execution, is_new)
            waiting = self._journal.waiting()
            if not waiting:
                return _idle(Outcome.NOT_NEEDED, "Nothing asks for a run", notify=False)
            verdict = self._decision.decide(waiting, execution)
            if verdict.plan is None:
                return self._refuse(verdict, waiting)
            held = self._journal.lock(verdict.plan.as_dict())
            if held.data["run"] == verdict.plan.run and self._is_open(held):
                self._note_carrier(verdict.plan.run, execution)
                message = f"Run {verdict.plan.run} on {verdict.plan.version}: {verdict.plan.reason}"
                return Answer(Status.NEXT, Step.DECIDE, verdict.plan.run, message, notify=True)
        return _idle(Outcome.RECORDED, "Other runs begin and end: the trigger waits", notify=False)

    def _is_open(self, held: Note) -> bool:
        """Returns whether the run of a lock was begun and has not ended. One that was
        only locked is decided again, now that nothing else can begin; a lock that
        should not be there is removed."""
        plan = Plan.read(held.data)
        run = self._journal.run(plan.run)
        if run.noted(ENDED) is not None:
            ending.close(self._context, plan.run)
            self._journal.unlock(held)
            return False
        if run.noted(BEGUN) is not None:
            return True
        wanted = self._decision.decide(plan.triggers).plan
        if wanted is None or wanted.run != plan.run:
            self._journal.unlock(held)
            return False
        run.note(BEGUN, held.data)
        return True

    def _carry(self, held: Note, execution: str, is_new: bool) -> Answer:
        """Continues the open run, unless an execution does that already."""
        run = str(held.data["run"])
        executions = self._context.services.executions
        if executions is not None:
            journal = self._journal.run(run)
            for entry in journal.entries("carriers"):
                carrier = str(journal.read(entry).get("execution", ""))
                if carrier not in ("", execution) and executions.is_running(carrier):
                    message = f"Run {run} is open: what waits is considered when it has ended"
                    return _idle(Outcome.RECORDED, message, notify=is_new, run=run)
        self._note_carrier(run, execution)
        return Answer(Status.NEXT, Step.DECIDE, run, f"Run {run} is continued")

    def _note_carrier(self, run: str, execution: str) -> None:
        if execution:
            name = f"carriers/{digest(execution)}"
            self._journal.run(run).note(name, {"execution": execution})

    def _refuse(self, verdict: Verdict, waiting: list[str]) -> Answer:
        """Answers what no run is needed for. What is not allowed waits."""
        outcome = verdict.outcome or Outcome.NOT_NEEDED
        is_news = self._is_news(outcome.value, "\n".join(waiting))
        if outcome is Outcome.NOT_NEEDED:
            for name in waiting:
                self._journal.answer(name, {"outcome": outcome.value, "message": verdict.message})
        return _idle(outcome, verdict.message, notify=is_news)

    def _is_news(self, kind: str, text: str) -> bool:
        """Returns whether people were not notified of it yet."""
        return self._journal.put(f"notices/{kind}-{digest(text)}.json", {"text": text})


def _idle(outcome: Outcome, message: str, notify: bool, run: str = "") -> Answer:
    return Answer(Status.IDLE, Step.DECIDE, run, message, outcome, notify=notify)
