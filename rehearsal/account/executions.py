"""Step Functions: moto's interpreter of the Amazon States Language, in simulated time.

An execution is a process: StartExecution returns when it first waits. Its tasks are
called as the role of its state machine.
"""

import functools
import json
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import moto.stepfunctions.parser.asl.component.common.retry.retrier_decl as retrier
import moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils as lambdas
import moto.stepfunctions.parser.asl.utils.json_path as json_path
import pytest
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_glue as glue,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from rehearsal.permissions.guard import acting
from rehearsal.permissions.policies import Need

if TYPE_CHECKING:
    from rehearsal.account.account import Account

# Parsing, of a definition and of paths, takes longer than all the rest: once for all
# accounts.
PARSE = functools.cache(AmazonStateLanguageParser.parse)
PARSE_PATH = functools.cache(vars(json_path)["parse"])
LOOK_SECONDS = 60
"""Seconds between two looks whether a token was returned, or a job has ended."""


@dataclass(frozen=True)
class Execution:
    """An execution that has ended."""

    machine: str
    status: str
    states: tuple[str, ...]
    """The states that it entered, in order."""
    error: str = ""
    faults: tuple[str, ...] = ()
    """Errors of its tasks, which it may have caught."""


@contextmanager
def synchronous(account: "Account") -> Iterator[None]:
    """The time in which executions run in the process and its clock."""

    def invoke(parameters: Mapping[str, Any], **_: Any) -> Any:
        arn, payload = parameters["FunctionName"], json.loads(parameters["Payload"])
        account.guard.require(Need("lambda:InvokeFunction", arn))
        try:
            answer = {"Payload": account.invoke(arn, payload)}
        except Exception as error:  # noqa: BLE001 (what Lambda does)
            body = {"errorType": type(error).__name__, "errorMessage": str(error)}
            answer = {"Payload": body, "FunctionError": "Unhandled"}
        return {"StatusCode": 200, **answer}

    def wait(_self: Any, env: Any, wait_seconds: int) -> None:  # noqa: ARG001 (by keyword)
        account.clock.advance(wait_seconds)

    def returned(self: Any, timeout: float | None = None) -> Any:
        account.clock.until(lambda: self._outcome is not None, timeout or 0, LOOK_SECONDS)
        return self._outcome

    def ended(self: Any, env: Any, **task: Any) -> None:
        outcome = self._build_sync_resolver(env=env, **task)
        # AWS's policy for this integration has this way to look, too (Step Functions
        # Developer Guide, IAM policies of AWS Glue); moto calls GetJobRun.
        account.client("glue").get_job_runs(JobName=task["normalised_parameters"]["JobName"])
        while (found := outcome()) is None:
            account.clock.advance(LOOK_SECONDS)
        env.stack.append(found)

    def start(worker: Any) -> None:
        account.clock.begin(lambda: _run(account, worker))

    sleep = types.SimpleNamespace(sleep=account.clock.advance)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_path, "parse", PARSE_PATH)
        patch.setattr(AmazonStateLanguageParser, "parse", PARSE)
        patch.setattr(lambdas, "_invoke_lambda_function", invoke)
        patch.setattr(WaitFunction, "_wait_interval", wait)
        patch.setattr(retrier, "time", sleep)
        # moto's own expects a token, which a job of AWS Glue has none of.
        patch.setattr(glue.StateTaskServiceGlue, "_eval_integration_pattern", ended)
        patch.setattr(CallbackEndpoint, "wait", returned)
        patch.setattr(ExecutionWorker, "start", start)
        try:
            yield
        finally:
            account.clock.end()


def _run(account: "Account", worker: Any) -> None:
    execution = worker._execution_communication.execution
    details = worker._evaluation_details
    machine = str(details.state_machine_details.arn)
    assumed = str(details.execution_details.role_arn)
    role = account.guard.require_assumed(assumed, "states.amazonaws.com")
    key = account.keys.others.get(machine)
    account.machines.append(machine)
    with acting(role):
        if key:
            own = {"kms:EncryptionContext:aws:states:stateMachineArn": machine}
            account.guard.require(
                Need("kms:GenerateDataKey", key, own), Need("kms:Decrypt", key, own)
            )
        worker._execution_logic()
    events = worker.env.event_manager.get_event_history()
    states = tuple(e["stateEnteredEventDetails"]["name"] for e in events if "Entered" in e["type"])
    status = str(execution.exec_status.value)
    error = f"{execution.error or ''}: {execution.cause or ''}" if status != "SUCCEEDED" else ""
    faults = tuple(_fault(event) for event in events if "Failed" in event["type"])
    account.ended.append(Execution(machine, status, states, error, faults))
    account.heard("execution", account.ended[-1])
    dimensions = {"StateMachineArn": machine}
    if status == "FAILED":
        account.metrics.put("AWS/States", "ExecutionsFailed", dimensions, 1)


def _fault(event: Mapping[str, Any]) -> str:
    """What went wrong, of an event of an execution's history."""
    failed = (v for k, v in event.items() if k.endswith("FailedEventDetails"))
    details: Mapping[str, Any] = next(failed, {})
    return f"{details.get('error', event['type'])}: {details.get('cause', '')}"
