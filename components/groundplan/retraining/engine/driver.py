"""Carries runs without Step Functions: a CronJob calls `advance` every few minutes, and
so do tests. It takes the same steps as the function.

    python -m groundplan.retraining.engine.driver

Two drivers at once, or a driver beside the state machine, do nothing twice.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from typing import Any

from groundplan.retraining.engine.answers import Answer
from groundplan.retraining.engine.names import ALARMING, LOOK, SEQUENCE, Status, Step
from groundplan.retraining.engine.pipeline import Pipeline

log = logging.getLogger(__name__)


def advance(pipeline: Pipeline, event: Mapping[str, Any] | None = None) -> Answer:
    """Decides for an event, by default a look, and takes all steps of the open run that
    can be taken now. Returns the last answer: what the run waits for, or how it ended.

    A step that fails is recorded (`fault`), and tried again by the next call.
    """
    answer = pipeline.take(Step.DECIDE, {"event": event or {"kind": LOOK}})
    _notify(pipeline, answer)
    if answer.status is not Status.NEXT:
        return answer
    return carry(pipeline, answer.run)


def carry(pipeline: Pipeline, run: str) -> Answer:
    """Takes the steps of a run until it waits or has ended."""
    steps = list(SEQUENCE)
    while True:
        step = steps.pop(0)
        try:
            answer = pipeline.take(step, {"run": run})
        except Exception as error:
            log.exception("Step %s of run %s", step.value, run)
            cause = {"Error": type(error).__name__, "Cause": str(error)}
            answer = pipeline.take(Step.FAULT, {"run": run, "error": cause})
            if answer.status is not Status.ENDED:
                _notify(pipeline, answer)
                return answer
        _notify(pipeline, answer)
        if answer.status is Status.WAIT or step is Step.END:
            return answer
        if answer.status is Status.ENDED:
            steps = [Step.END]


def _notify(pipeline: Pipeline, answer: Answer) -> None:
    """Notifies people. A notification that can't be sent never stops a run."""
    notifications = pipeline.context.services.notifications
    if not answer.notify or notifications is None:
        return
    try:
        notifications.send(answer)
    except Exception:
        log.exception("The notification of %s can't be sent", answer.step.value)


def main() -> int:
    """Advances the pipeline that the environment describes. Returns 1 where a run has
    failed or was rolled back."""
    from groundplan.retraining.engine.sagemaker.services import connect
    from groundplan.retraining.engine.settings import from_environment

    settings = from_environment(os.environ)
    answer = advance(Pipeline(settings, connect(settings)))
    sys.stdout.write(json.dumps(answer.document()) + "\n")
    return int(answer.outcome in ALARMING)


if __name__ == "__main__":
    sys.exit(main())
