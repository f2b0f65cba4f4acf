"""The document of the state machine.

    Settle -> Begin <-> Wait
                |-> Joined
                v
             Transform -> Check -> Judge -> Verdict -> Publish -> Published
                                              |-> Quarantined

Without quality rules, Publish follows Transform. Whatever fails after its retries ends
in `Failed`; a run that could exceed the DPU hours of the month ends in `OverLimit`,
before its job starts.
"""

from typing import Any

from groundplan.data.pipeline.engine.names import OverLimit, Status, Step
from groundplan.state_machines import faults

State = dict[str, Any]
INVOKE = "arn:{0}:states:::lambda:invoke"
GLUE = "arn:{0}:states:::glue:startJobRun.sync"
FUNCTION_SECONDS = 960
"""Lambda's longest time, and a minute for the call."""
WAIT_SECONDS, LONG_WAIT_SECONDS, LONG_MINUTES = 60, 600, 240
"""How often an execution that waits asks for its turn; less often where a job may take
longer: each time is 9 events of its history, of 25,000 (Step Functions quotas)."""
LONGEST_SECONDS = 14 * 24 * 3600
"""An execution that waits for another one ends after all tries of its longest job."""
GLUE_FAULTS = ["Glue.ConcurrentRunsExceededException", "Glue.ThrottlingException"]
"""The run has not begun: another one of the job ends in a moment."""
PUBLISHED, QUARANTINED = "Published", "Quarantined"


def definition(
    function_arn: str,
    job_name: str,
    *,
    settle_seconds: int,
    timeout_minutes: int,
    retries: int,
    check_name: str = "",
    check_minutes: int = 60,
    partition: str = "aws",
    scale: float = 1.0,
) -> dict[str, Any]:
    """Returns the state machine as a dict; `json.dumps` of it is its definition.
    `check_name`: the job that checks what a run wrote; empty for none. `scale` shortens
    waits and retries, for tests."""
    wait_seconds = LONG_WAIT_SECONDS if timeout_minutes > LONG_MINUTES else WAIT_SECONDS
    go_on = {"Variable": "$.begun.answer.status", "StringEquals": Status.GO_ON.value}
    waits = {"Variable": "$.begun.answer.status", "StringEquals": Status.WAIT.value}
    return {
        "Comment": "Carries a run of a data pipeline out, and publishes what it wrote",
        "StartAt": "Settle",
        "TimeoutSeconds": LONGEST_SECONDS,
        "States": {
            "Settle": _wait(int(settle_seconds * scale), "Begin"),
            "Begin": _call(
                Step.BEGIN,
                function_arn,
                {"machine.$": "$$.StateMachine.Id", "began.$": "$$.Execution.Input"},
                "$.begun",
                "Turn",
                partition,
                scale,
            ),
            "Turn": {
                "Type": "Choice",
                "Choices": [{**go_on, "Next": "Transform"}, {**waits, "Next": "Wait"}],
                "Default": "Joined",
            },
            "Wait": _wait(int(wait_seconds * scale), "Begin"),
            "Joined": {"Type": "Succeed"},
            "Transform": _job(
                job_name,
                "arguments",
                "Check" if check_name else "Publish",
                timeout_minutes,
                retries,
                partition,
                scale,
            ),
            **(
                _check(check_name, check_minutes, function_arn, retries, partition, scale)
                if check_name
                else {}
            ),
            "Publish": _call(
                Step.PUBLISH,
                function_arn,
                {
                    "run.$": "$.begun.answer.run",
                    "parents.$": "$.begun.answer.parents",
                    **({"quality.$": "$.judged.answer.quality"} if check_name else {}),
                },
                "$.published",
                PUBLISHED,
                partition,
                scale,
            ),
            PUBLISHED: {"Type": "Succeed"},
            "OverLimit": _end("The month's DPU hours are used", OverLimit.__name__),
            "Failed": _end("A run failed: the execution's history has the error", "Failed"),
        },
    }


def _wait(seconds: int, following: str) -> State:
    return {"Type": "Wait", "Seconds": seconds, "Next": following}


def _end(cause: str, error: str) -> State:
    return {"Type": "Fail", "Error": f"DataPipeline.{error}", "Cause": cause}


def _call(
    step: Step,
    function_arn: str,
    payload: dict[str, Any],
    result_path: str,
    following: str,
    partition: str,
    scale: float,
) -> State:
    """Returns the task that calls the function for a step."""
    caught = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}]
    if step is Step.BEGIN:
        over = {"ErrorEquals": [OverLimit.__name__], "ResultPath": "$.error", "Next": "OverLimit"}
        caught = [over, *caught]
    return {
        "Type": "Task",
        "Resource": INVOKE.format(partition),
        "Parameters": {
            "FunctionName": function_arn,
            "Payload": {"step": step.value, "execution.$": "$$.Execution.Id", **payload},
        },
        "ResultSelector": {"answer.$": "$.Payload"},
        "ResultPath": result_path,
        "TimeoutSeconds": FUNCTION_SECONDS,
        "Retry": [
            {"ErrorEquals": [OverLimit.__name__], "MaxAttempts": 0},
            _retrier(faults.LAMBDA, 5, 6, scale),
            _retrier(["States.ALL"], 30, 2, scale),
        ],
        "Catch": caught,
        "Next": following,
    }


def _check(
    check_name: str,
    check_minutes: int,
    function_arn: str,
    retries: int,
    partition: str,
    scale: float,
) -> dict[str, State]:
    """Returns the states between a job and its publication: only what passed its rules
    goes on."""
    passed = {"Variable": "$.judged.answer.status", "StringEquals": Status.PASSED.value}
    run = {"run.$": "$.begun.answer.run"}
    return {
        "Check": _job(check_name, "check", "Judge", check_minutes, retries, partition, scale),
        "Judge": _call(Step.JUDGE, function_arn, run, "$.judged", "Verdict", partition, scale),
        "Verdict": {
            "Type": "Choice",
            "Choices": [{**passed, "Next": "Publish"}],
            "Default": QUARANTINED,
        },
        QUARANTINED: _end("The data broke rules: the report names them", QUARANTINED),
    }


def _job(
    job_name: str,
    arguments: str,
    following: str,
    timeout_minutes: int,
    retries: int,
    partition: str,
    scale: float,
) -> State:
    """Returns the task that carries a job out, with the arguments that the run began
    with: all its tries write to the same place."""
    retry = [_retrier(GLUE_FAULTS, 60, 10, scale)]
    if retries:
        retry.append(_retrier(["States.TaskFailed"], 60, retries, scale))
    return {
        "Type": "Task",
        "Resource": GLUE.format(partition),
        "Parameters": {"JobName": job_name, "Arguments.$": f"$.begun.answer.{arguments}"},
        "ResultPath": None,
        # Glue stops the job itself; this is for a run whose end is never reported.
        "TimeoutSeconds": timeout_minutes * 60 + 3600,
        "Retry": retry,
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}],
        "Next": following,
    }


def _retrier(errors: list[str], seconds: int, attempts: int, scale: float) -> State:
    return {
        "ErrorEquals": errors,
        "IntervalSeconds": max(1, int(seconds * scale)),
        "MaxAttempts": attempts,
        "BackoffRate": 2.0,
        "MaxDelaySeconds": max(2, int(600 * scale)),
        "JitterStrategy": "FULL",
    }
