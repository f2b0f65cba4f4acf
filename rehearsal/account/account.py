"""The account in memory: what a manifest registers, deployed.

S3, SNS, SQS and Step Functions are moto's. SageMaker, Lambda, CloudWatch and
EventBridge are stand-ins that really train, serve, call, evaluate and match. Between
every client and its service is the guard.
"""

import contextlib
import datetime
import email.utils
import io
import json
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import boto3  # type: ignore[import-untyped]
import botocore.client  # type: ignore[import-untyped]
import moto_lookups
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.response import StreamingBody  # type: ignore[import-untyped]
from groundplan.manifest.model import Manifest
from moto import mock_aws

from rehearsal.account import clients, executions, images
from rehearsal.account.alarms import ALARM, Alarm, Metrics
from rehearsal.account.cloud_control import CloudControl
from rehearsal.account.endpoints import Endpoints, ModelFailed
from rehearsal.account.events import Bus, Rule, Target
from rehearsal.account.functions import Function, LogFilter, embedded, logged
from rehearsal.account.gateway import HttpApi
from rehearsal.account.glue import Glue
from rehearsal.account.jobs import Jobs
from rehearsal.account.names import ACCOUNT, Names
from rehearsal.account.sagemaker import SageMaker, refusal
from rehearsal.account.tokens import Issuer
from rehearsal.account.tracking import Tracking
from rehearsal.clock import Clock
from rehearsal.life import pipelines
from rehearsal.permissions.guard import Guard, Principal, acting, current, denied
from rehearsal.permissions.policies import Need, Policies
from rehearsal.permissions.requests import Keys, needs

VARIABLES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}
MISSING = ("NoSuchKey", "404")
EVENTS, CLOUDWATCH = "events.amazonaws.com", "cloudwatch.amazonaws.com"


@dataclass(eq=False)
class Account:
    """One account and region."""

    names: Names
    guard: Guard
    clock: Clock = field(default_factory=Clock)
    keys: Keys = field(default_factory=lambda: Keys({}, {}))
    functions: dict[str, Function] = field(default_factory=dict)
    """By ARN."""
    apis: dict[str, HttpApi] = field(default_factory=dict)
    """By ID."""
    issuers: dict[str, Issuer] = field(default_factory=dict)
    """Issuers of tokens that API Gateway reaches, by URL."""
    filters: list[LogFilter] = field(default_factory=list)
    notified: list[tuple[datetime.datetime, str]] = field(default_factory=list)
    """What subscribers of topics received."""
    heard: Callable[[str, Any], None] = lambda _kind, _what: None
    """Called with what happens: a function was called, an alarm changed."""
    ended: list[executions.Execution] = field(default_factory=list)
    schedules: list[Mapping[str, Any]] = field(default_factory=list)
    """The targets of schedules."""
    notifying_buckets: set[str] = field(default_factory=set)
    """Buckets that send their events to EventBridge."""
    subnets: dict[str, str] = field(default_factory=dict)
    held: list[Callable[[], None]] | None = None
    """Executions that wait to be started, while somebody holds them; else None."""
    machines: list[str] = field(default_factory=list)
    """The state machines of the executions, the last one last."""
    calls: int = 0
    folder: pathlib.Path = field(default_factory=pathlib.Path)

    def __post_init__(self) -> None:
        region = self.names.region
        self.metrics = Metrics(lambda: self.clock.now, self._alarm_changed)
        self.bus = Bus(self._deliver)
        self.tracking = Tracking(self.clock, self.guard, lambda: self.client("s3"))
        self.jobs = Jobs(self.clock, self.guard, self.client, region, self.tracking)
        self.glue = Glue(self.clock, self.guard, self.client, region)
        models: dict[str, dict[str, Any]] = {}
        configs: dict[str, dict[str, Any]] = {}
        packages: dict[str, dict[str, Any]] = {}
        self.endpoints = Endpoints(
            self.clock,
            self.guard,
            self.metrics,
            self.client,
            region,
            models,
            configs,
            packages,
            self.subnets,
            self._of_sagemaker,
        )
        self.sagemaker = SageMaker(
            self.jobs,
            self.endpoints,
            self._of_sagemaker,
            lambda: self.clock.now,
            region,
            models,
            configs,
            packages,
        )
        self.cloud_control = CloudControl(self.guard, self.names, region)
        self.stand_ins: dict[str, Callable[[str, Mapping[str, Any]], Any]] = {
            "cloudcontrol": self.cloud_control.call,
            "cloudwatch": self._cloudwatch,
            "ecr": images.Layers().call,
            "events": lambda _operation, params: self._put_events(params),
            "glue": self.glue.call,
            "resourcegroupstaggingapi": self.cloud_control.tagged,
            "sagemaker": self.sagemaker.call,
            "sagemaker-runtime": lambda _operation, params: self._invoke(params),
            "sts": lambda _operation, _params: self._caller(),
        }
        """Service -> what answers its calls; `None` leaves them to moto."""

    def client(self, service_name: str, **_: Any) -> Any:
        """Returns a client: one for each service, as a session has it."""
        return clients.of(service_name, self.names.region)

    # Calls.

    def call(self, original: Any, client: Any, operation: str, params: Mapping[str, Any]) -> Any:
        """Answers a call, if the caller may make it."""
        service = client.meta.service_model.service_name
        self.calls += 1
        wanted = needs(self.names.region, self.keys, service, operation, params)
        if operation == "SendTaskSuccess":
            wanted.append(Need("states:SendTaskSuccess", self.machines[-1]))
        self.guard.require(*wanted)
        stand_in = self.stand_ins.get(service)
        if stand_in is not None and (found := stand_in(operation, params)) is not None:
            return found
        answer = self._wire(original, client, operation, dict(params))
        if service == "s3":
            date = email.utils.format_datetime(self.clock.now, usegmt=True)
            answer["ResponseMetadata"].setdefault("HTTPHeaders", {})["date"] = date
            self._of_s3(operation, params)
        elif service == "sns" and operation == "Publish":
            self._notify(params["TopicArn"], str(params.get("Message", "")))
        return answer

    def _wire(self, original: Any, client: Any, operation: str, params: dict[str, Any]) -> Any:
        try:
            return original(client, operation, params)
        except ClientError as error:
            # Who may not list a bucket is not told that an object is missing (API
            # reference, GetObject).
            if error.response["Error"]["Code"] in MISSING and "Key" in params:
                need = Need("s3:ListBucket", f"arn:aws:s3:::{params['Bucket']}")
                if not self.guard.allows(need):
                    raise denied(need, f"{current().arn} may not list it") from error
            raise

    def _caller(self) -> Any:
        return {"Arn": current().caller, "Account": ACCOUNT, "UserId": "X"}

    def _invoke(self, params: Mapping[str, Any]) -> Any:
        try:
            answer = self.endpoints.invoke(params).encode()
        except ModelFailed as error:
            raise refusal("ModelError", str(error), "InvokeEndpoint", 424) from error
        return {"Body": StreamingBody(io.BytesIO(answer), len(answer)), "ContentType": "text/csv"}

    def _cloudwatch(self, operation: str, params: Mapping[str, Any]) -> Any:
        if operation == "DescribeAlarms":
            return self.metrics.describe(params)
        if operation == "DescribeAlarmHistory":
            return self.metrics.describe_history(params)
        if operation != "PutMetricData":
            raise refusal("InternalFailure", f"{operation} is not rehearsed", operation, 500)
        for data in params["MetricData"]:
            dimensions = {d["Name"]: d["Value"] for d in data.get("Dimensions", ())}
            self.metrics.put(params["Namespace"], data["MetricName"], dimensions, data["Value"])
        return {}

    # Events.

    def _put_events(self, params: Mapping[str, Any]) -> Any:
        for entry in params["Entries"]:
            self.event(entry["Source"], entry["DetailType"], json.loads(entry["Detail"]))
        return {"FailedEntryCount": 0, "Entries": [{}]}

    def event(self, source: str, kind: str, detail: Mapping[str, Any]) -> None:
        """Sends an event to the bus, a second later: whoever sends it does not wait for
        what it brings about."""
        event = {
            "id": f"event-{len(self.bus.sent)}",
            "source": source,
            "detail-type": kind,
            "account": ACCOUNT,
            "time": self.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self.names.region,
            "detail": detail,
        }
        self.clock.after(1, lambda: self.bus.put(event))

    def _of_sagemaker(self, kind: str, detail: Mapping[str, Any]) -> None:
        self.event("aws.sagemaker", kind, detail)

    def _of_s3(self, operation: str, params: Mapping[str, Any]) -> None:
        created = ("PutObject", "CopyObject", "CompleteMultipartUpload")
        if operation in created and params["Bucket"] in self.notifying_buckets:
            detail = {"bucket": {"name": params["Bucket"]}, "object": {"key": params["Key"]}}
            self.event("aws.s3", "Object Created", detail)

    def _deliver(self, rule: Rule, target: Target, payload: Any) -> None:
        service = target.arn.split(":")[2]
        context = {"aws:SourceArn": rule.arn, "aws:SourceAccount": ACCOUNT}
        self.heard("event", f"{rule.name} -> {target.arn.rpartition(':')[2]}")
        if service == "states":
            self._start_later(target, payload)
            return
        with acting(Principal(EVENTS)):
            if service == "sns":
                self._publish(target.arn, str(payload), context)
            elif service == "lambda":
                need = Need("lambda:InvokeFunction", target.arn, context)
                self.guard.require(need)
                self.invoke_later(target.arn, payload)
            else:
                raise ValueError(f"Targets of {service} are not rehearsed")

    def _start_later(self, target: Target, payload: Any) -> None:
        def start() -> None:
            with acting(self.guard.require_assumed(target.role_arn, EVENTS)):
                self.start(target.arn, payload)

        if self.held is None:
            start()
        else:
            self.held.append(start)

    def start_held(self) -> int:
        """Starts the executions that were held, and holds no more; returns how many."""
        found, self.held = self.held or [], None
        for start in found:
            start()
        return len(found)

    def start(self, machine: str, payload: Any) -> None:
        """Starts an execution."""
        self.client("stepfunctions").start_execution(
            stateMachineArn=machine,
            name=f"run-{len(self.ended) + 1}-{self.calls}",
            input=json.dumps(payload),
        )

    # Notifications.

    def _alarm_changed(self, alarm: Alarm) -> None:
        self.heard("alarm", alarm)
        context = {"aws:SourceArn": alarm.arn, "aws:SourceAccount": ACCOUNT}
        for action in alarm.actions:
            with acting(Principal(CLOUDWATCH)):
                state = "is on" if alarm.state == ALARM else "is off"
                self._publish(action, f"{alarm.name} {state} {alarm.reason}".strip(), context)

    def _publish(self, topic: str, message: str, context: Mapping[str, str]) -> None:
        """What a service publishes, with the permissions of the topic and its key."""
        whole = {**context, "aws:SecureTransport": "true"}
        wanted = [Need("sns:Publish", topic, whole)]
        if key := self.keys.others.get(topic):
            wanted += [Need("kms:GenerateDataKey", key, whole), Need("kms:Decrypt", key, whole)]
        self.guard.require(*wanted)
        self._notify(topic, message)

    def _notify(self, topic: str, message: str) -> None:
        self.notified.append((self.clock.now, message))
        self.heard("notification", (topic, message))

    # Functions.

    def invoke_later(self, arn: str, payload: Any) -> None:
        """Calls a function asynchronously: after its retries, the event ends in its
        queue."""
        function = self.functions[arn]
        for attempt in range(function.retries + 1):
            try:
                self.invoke(arn, payload)
            except Exception:  # noqa: BLE001 (what Lambda does)
                self.clock.advance(60 * (attempt + 1))
            else:
                return
        self.give_up(function)

    def give_up(self, function: Function) -> None:
        """Keeps the event of a function that has failed each time, in its queue."""
        self.keep(function.queue_arn, function.role_arn, "lambda.amazonaws.com")

    def keep(self, queue: str, role: str, service: str) -> None:
        """A service writes an event into a queue, with a role."""
        with acting(self.guard.require_assumed(role, service)):
            key = self.keys.others.get(queue)
            encrypted = [Need("kms:GenerateDataKey", key), Need("kms:Decrypt", key)] if key else []
            secure = {"aws:SecureTransport": "true"}
            self.guard.require(Need("sqs:SendMessage", queue, secure), *encrypted)
        dimensions = {"QueueName": queue.rpartition(":")[2]}
        self.metrics.put("AWS/SQS", "ApproximateNumberOfMessagesVisible", dimensions, 1)

    def require_invoke(self, arn: str) -> None:
        """Requires that the caller may call a function."""
        self.guard.require(Need("lambda:InvokeFunction", arn))

    def invoke(self, arn: str, payload: Any) -> Any:
        """Calls a function, as its role, and returns its answer."""
        function = self.functions[arn]
        function.calls += 1
        self.heard("function", function.name)
        dimensions = {"FunctionName": function.name}
        group = f"arn:aws:logs:{self.names.region}:{ACCOUNT}:log-group:{function.log_group}"
        role = self.guard.require_assumed(function.role_arn, "lambda.amazonaws.com")
        lines: list[dict[str, Any]] = []
        with acting(role):
            self.guard.require(
                Need("logs:CreateLogStream", f"{group}:log-stream:one"),
                Need("logs:PutLogEvents", f"{group}:log-stream:one"),
            )
            try:
                with logged(function.unpack(self.folder)) as lines:
                    answer = function.load()(json.loads(json.dumps(payload)), None)
            except Exception as error:
                function.errors.append(f"{type(error).__name__}: {error}")
                self.metrics.put("AWS/Lambda", "Errors", dimensions, 1)
                raise
            finally:
                self.read_log(function.log_group, lines)
        plain = json.loads(json.dumps(answer))
        self.heard("answer", (function.name, plain))
        return plain

    def read_log(self, group: str, lines: list[dict[str, Any]]) -> None:
        """Adds lines to a log group: metrics come of them."""
        for line in lines:
            for space, name, dimensions, value in embedded(line):
                self.metrics.put(space, name, dimensions, value)
            for found in self.filters:
                if found.group == group and found.counts(line):
                    self.metrics.put(found.space, found.name, {}, found.value)


@contextlib.contextmanager
def opened(manifest: Manifest, clock: Clock | None = None) -> Iterator[Account]:
    """An account in which nothing is deployed yet. `clock`: simulated time by
    default."""
    names = Names(manifest)
    _, _, access = pipelines.access(manifest.stack, names.region)
    policies = Policies(manifest, names, access.managed)
    policies.merge(access)
    account = Account(names, Guard(policies), clock or Clock())
    original = botocore.client.BaseClient._make_api_call
    config: Any = {"stepfunctions": {"execute_state_machine": True}}

    def call(client: Any, operation: str, params: dict[str, Any]) -> Any:
        return account.call(original, client, operation, params)

    class Session:
        """The session of whatever code asks for one."""

        region_name = names.region
        client = staticmethod(account.client)

        def __init__(self, *_: Any, **__: Any) -> None: ...

    variables = {**VARIABLES, "AWS_DEFAULT_REGION": names.region}
    with contextlib.ExitStack() as stack:
        account.folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(mock.patch.dict(os.environ, variables))
        stack.enter_context(mock_aws(config=config))
        stack.enter_context(moto_lookups.once())
        stack.enter_context(mock.patch.object(boto3.session, "Session", Session))
        stack.enter_context(mock.patch.object(boto3, "client", account.client))
        patched = mock.patch.object(botocore.client.BaseClient, "_make_api_call", call)
        stack.enter_context(patched)
        stack.enter_context(executions.synchronous(account))
        stack.enter_context(account.clock.patched())
        yield account
