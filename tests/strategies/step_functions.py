"""moto's interpreter of the Amazon States Language, with the real steps as its Lambda
function and without waiting: an execution runs to its end within StartExecution, waits
move the account's clock, and a token that nobody returned times out."""

import json
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3  # type: ignore[import-untyped]
import moto.stepfunctions.parser.asl.component.common.retry.retrier_decl as retrier
import moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils as lambdas
import moto.stepfunctions.parser.asl.utils.json_path as json_path
import pytest
from moto import mock_aws
from moto.backends import get_backend
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

ACCOUNT, REGION = "123456789012", "eu-west-1"
SESSION = boto3.session.Session("testing", "testing", region_name=REGION)
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:retraining"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:retraining"


@dataclass
class Execution:
    """An execution that has ended."""

    arn: str
    status: str
    states: list[str]
    """The states that it entered, in order."""
    end: str = field(init=False)

    def __post_init__(self) -> None:
        self.end = self.states[-1]


@dataclass
class Interpreter:
    """A state machine that runs."""

    client: Any
    machine: str
    call: Callable[[Mapping[str, Any]], Any] = lambda _payload: None
    """The function."""
    passed: Callable[[float], None] = lambda _seconds: None
    """What a wait does."""
    waited: list[float] = field(default_factory=list)
    number: int = 0

    def run(self, event: Mapping[str, Any]) -> Execution:
        """Runs an execution to its end."""
        self.number += 1
        arn = self.client.start_execution(
            stateMachineArn=self.machine, name=f"run-{self.number}", input=json.dumps(event)
        )["executionArn"]
        execution: Any = stepfunctions_parser_backends[ACCOUNT][REGION].describe_execution(arn)
        events = execution.exec_worker.env.event_manager.get_event_history()
        entered = [e["stateEnteredEventDetails"]["name"] for e in events if "Entered" in e["type"]]
        return Execution(arn, str(execution.exec_status.value), entered)

    def notifications(self) -> list[tuple[str, str]]:
        """Subject and message of all that was published."""
        topic = get_backend("sns")[ACCOUNT][REGION].topics[TOPIC]
        return [(sent[2] or "", sent[1]) for sent in topic.sent_notifications]

    def forget(self) -> None:
        """Forgets what was published."""
        get_backend("sns")[ACCOUNT][REGION].topics[TOPIC].sent_notifications.clear()


@contextmanager
def interpreter(definition: Mapping[str, Any]) -> Iterator[Interpreter]:
    """A state machine of a definition."""
    config: Any = {"stepfunctions": {"execute_state_machine": True}}
    with pytest.MonkeyPatch.context() as patch, mock_aws(config=config):
        client = SESSION.client("stepfunctions")
        SESSION.client("sns").create_topic(Name="retraining")
        machine = client.create_state_machine(
            name="retraining",
            definition=json.dumps(definition),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/machine",
        )["stateMachineArn"]
        running = Interpreter(client, machine)
        _patch(patch, running)
        yield running


def _patch(patch: pytest.MonkeyPatch, running: Interpreter) -> None:
    def invoke(parameters: Mapping[str, Any], **_: Any) -> Any:
        payload = json.loads(parameters["Payload"])
        try:
            answer = {"Payload": running.call(payload)}
        except Exception as error:  # noqa: BLE001 (what Lambda does)
            body = {"errorType": type(error).__name__, "errorMessage": str(error)}
            answer = {"Payload": body, "FunctionError": "Unhandled"}
        return {"StatusCode": 200, **answer}

    def wait(_self: Any, env: Any, wait_seconds: int) -> None:
        running.waited.append(wait_seconds)
        running.passed(wait_seconds)

    def returned(self: Any, timeout: float | None = None) -> Any:
        if self._outcome is None:
            running.passed(timeout or 0)
        return self._outcome

    # Parsing, of a definition and of paths, takes longer than all the rest.
    patch.setattr(json_path, "parse", cache(vars(json_path)["parse"]))
    patch.setattr(AmazonStateLanguageParser, "parse", cache(AmazonStateLanguageParser.parse))
    patch.setattr(lambdas, "_invoke_lambda_function", invoke)
    patch.setattr(WaitFunction, "_wait_interval", wait)
    patch.setattr(retrier, "time", types.SimpleNamespace(sleep=lambda _seconds: None))
    patch.setattr(CallbackEndpoint, "wait", returned)
    patch.setattr(ExecutionWorker, "start", lambda self: self._execution_logic())
