"""The Lambda function of a retraining pipeline: one call is one step of a run.

The payload names the step: `{"step": "train", "run": "..."}`, with the trigger's event
for `decide`, the token for `ask`, the error for `fault`. What EventBridge sends
directly is an event of the registry: it wakes the states that wait for an approval. The
answer is `Answer.document`. Errors that may pass are raised: the state machine retries.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from groundplan.retraining.engine.names import Step
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.sagemaker.services import connect
from groundplan.retraining.engine.settings import RetrainingSettings, from_environment

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Handles an invocation of Lambda."""
    return answered(_pipeline(), event)


def answered(pipeline: Pipeline, event: Mapping[str, Any]) -> dict[str, Any]:
    """Takes the step of an event, and logs what it came to."""
    step = Step(event["step"]) if "step" in event else Step.WAKE
    answer = pipeline.take(step, event).document()
    log.info(json.dumps(answer))
    return answer


def pipeline(
    settings: RetrainingSettings, connected: Callable[[RetrainingSettings], Any] = connect
) -> Pipeline:
    """Returns the pipeline of settings, on SageMaker."""
    return Pipeline(settings, connected(settings))


@cache
def _pipeline() -> Pipeline:
    """Returns the function's own: clients outlive a call."""
    return pipeline(from_environment(os.environ))
