"""The states that a run is built of.

A step is one Lambda call and a choice: call it again after a wait, go on, or end the
run. Every task has retries with jitter, a timeout, and a catch that notifies.
"""

from collections.abc import Mapping
from typing import Any

from groundplan.retraining.engine.names import Outcome, Status, Step
from groundplan.state_machines import faults

State = dict[str, Any]

INVOKE = "arn:aws:states:::lambda:invoke"
PUBLISH = "arn:aws:states:::sns:publish"
"""In the partition aws; `definition` replaces it."""

STOPPED = ["States.Timeout", "Lambda.Unknown"]
"""Of functions that did not answer in time, or ran out of memory."""

ANSWER = {
    f"{key}.$": f"$.Payload.{key}"
    for key in ("status", "step", "run", "message", "outcome", "wait_seconds", "notify")
}
"""What a state keeps of the function's result (`Answer.document`)."""


def retries(scale: float, waits: bool = False) -> list[State]:
    """Returns the retries of a task: of AWS's own faults more and longer than of
    others. `scale` shortens them, for tests; a task that `waits` for a token is not
    repeated when its time is up."""

    def retrier(errors: list[str], seconds: int, attempts: int, longest: int) -> State:
        return {
            "ErrorEquals": errors,
            "IntervalSeconds": max(1, int(seconds * scale)),
            "MaxAttempts": attempts,
            "BackoffRate": 2.0,
            "MaxDelaySeconds": max(2, int(longest * scale)),
            "JitterStrategy": "FULL",
        }

    others = ["States.TaskFailed"] if waits else ["States.ALL"]
    aws_faults = faults.LAMBDA if waits else [*faults.LAMBDA, *STOPPED]
    return [retrier(aws_faults, 5, 6, 300), retrier(others, 30, 3, 600)]


def call(
    step: Step,
    function_arn: str,
    payload: Mapping[str, Any],
    *,
    following: str,
    failed: str,
    timeout_seconds: int,
    scale: float = 1.0,
) -> State:
    """Returns the task that calls the function for a step."""
    return {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {
            "FunctionName": function_arn,
            "Payload": {"step": step.value, "execution.$": "$$.Execution.Id", **payload},
        },
        "ResultSelector": dict(ANSWER),
        "TimeoutSeconds": timeout_seconds,
        "Retry": retries(scale),
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": failed}],
        "Next": following,
    }


def callback(
    step: Step,
    function_arn: str,
    *,
    following: str,
    failed: str,
    timeout_seconds: int,
    scale: float = 1.0,
) -> State:
    """Returns the task that calls the function with a token, and waits until somebody
    returns the token. When its time is up, the run looks by itself."""
    return {
        "Type": "Task",
        "Resource": f"{INVOKE}.waitForTaskToken",
        "Parameters": {
            "FunctionName": function_arn,
            "Payload": {
                "step": step.value,
                "execution.$": "$$.Execution.Id",
                "run.$": "$.run",
                "token.$": "$$.Task.Token",
                "seconds": timeout_seconds,
            },
        },
        "ResultPath": None,
        "TimeoutSeconds": timeout_seconds,
        "Retry": retries(scale, waits=True),
        "Catch": [
            {"ErrorEquals": ["States.Timeout"], "ResultPath": None, "Next": following},
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": failed},
        ],
        "Next": following,
    }


def notification(
    topic_arn: str,
    message: Mapping[str, Any],
    *,
    following: str,
    scale: float = 1.0,
) -> State:
    """Returns the task that notifies people. A notification that can't be sent never
    stops a run."""
    return {
        "Type": "Task",
        "Resource": PUBLISH,
        "Parameters": {"TopicArn": topic_arn, **message},
        "ResultPath": None,
        "TimeoutSeconds": 60,
        "Retry": retries(scale),
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": following}],
        "Next": following,
    }


def by_status(cases: Mapping[Status, str], notified: str, otherwise: str) -> State:
    """Returns the choice by an answer's status: first `cases`, then the notification of
    what is new."""
    return {
        "Type": "Choice",
        "Choices": [
            *(
                {"Variable": "$.status", "StringEquals": status.value, "Next": following}
                for status, following in cases.items()
            ),
            {"Variable": "$.notify", "BooleanEquals": True, "Next": notified},
        ],
        "Default": otherwise,
    }


def by_outcome(cases: Mapping[Outcome, str], otherwise: str) -> State:
    """Returns the choice by how a run ended."""
    return {
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.outcome", "StringEquals": outcome.value, "Next": following}
            for outcome, following in cases.items()
        ],
        "Default": otherwise,
    }


def wait(following: str) -> State:
    """Returns the wait for as long as the answer says."""
    return {"Type": "Wait", "SecondsPath": "$.wait_seconds", "Next": following}
