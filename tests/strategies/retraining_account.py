"""An AWS account in memory: what a retraining run calls of S3, SageMaker, CloudWatch,
STS, Step Functions and SNS.

It is quick, so that runs can be repeated hundreds of times; `test_interpreter` runs the
same against moto. What it does is documented in the API references: conditional writes
of S3, jobs and endpoints that take time, names that exist. Requests of SageMaker are
validated by botocore's model. Each call of DescribeTrainingJob, DescribeProcessingJob
and DescribeEndpoint advances what is under way by one tick.
"""

import copy
import datetime
import email.utils
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.session  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.validate import ParamValidator  # type: ignore[import-untyped]

ACCOUNT, REGION = "123456789012", "eu-west-1"
READS = ("describe", "list", "get", "head")


def refusal(code: str, message: str, operation: str, status: int = 400) -> ClientError:
    """Returns an AWS error."""
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)


@dataclass
class Stored:
    """An object in S3."""

    body: bytes
    at: datetime.datetime
    number: int

    @property
    def etag(self) -> str:
        return f'"{self.number}"'


@dataclass
class Endpoint:
    """An endpoint, and its update under way."""

    config: str
    status: str = "InService"
    pending: str = ""
    ticks: int = 0
    ends: str = "done"
    reason: str = ""
    modified: int = 0


@dataclass
class Job:
    """A training or processing job."""

    request: Mapping[str, Any]
    ticks: int
    ends: str
    stopped: bool = False


@dataclass
class Account:
    """One account and region."""

    calls: list[str] = field(default_factory=list)
    now: datetime.datetime = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
    before: Callable[[str], None] = lambda _operation: None
    after: Callable[[str], None] = lambda _operation: None
    objects: dict[tuple[str, str], Stored] = field(default_factory=dict)
    training: dict[str, Job] = field(default_factory=dict)
    processing: dict[str, Job] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    alarms: set[str] = field(default_factory=set)
    alarm_history: list[tuple[str, datetime.datetime]] = field(default_factory=list)
    """Alarms that went on, and when."""
    who: str = "assumed-role/retraining/function"
    ticks: int = 2
    """How often a job or an update is looked at before it has ended."""
    training_ends: list[str] = field(default_factory=list)
    processing_ends: list[str] = field(default_factory=list)
    update_ends: list[str] = field(default_factory=list)
    """How the next ones end: `Completed` and `done` by default."""
    evaluate: Callable[["Account", Mapping[str, Any]], Any] = lambda _account, _request: None
    """Writes the metrics of an evaluation that completes."""
    running: set[str] = field(default_factory=set)
    woken: list[str] = field(default_factory=list)
    published: list[dict[str, Any]] = field(default_factory=list)
    number: int = 0
    updates: int = 0
    """Updates of endpoints that were accepted."""

    # For tests.

    def client(self, service: str, **_: Any) -> "Client":
        """What a session of boto3 has."""
        return Client(self, service)

    def serve(self, name: str, config: str) -> None:
        """Creates an endpoint."""
        self.endpoints[name] = Endpoint(config)

    def writes(self) -> list[str]:
        return [call for call in self.calls if not call.startswith(READS)]

    def put(self, key: str, body: str | bytes, bucket: str = "artifacts") -> None:
        """Stores an object."""
        data = body.encode() if isinstance(body, str) else body
        self.number += 1
        self.objects[bucket, key] = Stored(data, self.now, self.number)

    def text(self, key: str, bucket: str = "artifacts") -> str:
        return self.objects[bucket, key].body.decode()

    def keys(self, prefix: str) -> list[str]:
        return sorted(key for _, key in self.objects if key.startswith(prefix))

    def pass_time(self, **duration: float) -> None:
        self.now += datetime.timedelta(**duration)

    def snapshot(self) -> "Account":
        """Returns the account as it is, to start from several times."""
        return copy.deepcopy(self)

    def call(self, service: str, operation: str, params: dict[str, Any]) -> Any:
        self.calls.append(operation)
        self.before(operation)
        if service == "sagemaker" and not operation.startswith(READS):
            _validate(operation, params)
        try:
            return getattr(self, f"_{operation}")(params)
        finally:
            self.after(operation)

    # S3.

    def _dated(self) -> dict[str, Any]:
        return {"ResponseMetadata": {"HTTPHeaders": {"date": _date(self.now)}}}

    def _get_object(self, params: dict[str, Any]) -> dict[str, Any]:
        found = self.objects.get((params["Bucket"], params["Key"]))
        if found is None:
            raise refusal("NoSuchKey", "The specified key does not exist.", "GetObject", 404)
        return {
            "Body": io.BytesIO(found.body),
            "ETag": found.etag,
            "LastModified": found.at,
            **self._dated(),
        }

    def _head_object(self, params: dict[str, Any]) -> dict[str, Any]:
        found = self.objects.get((params["Bucket"], params["Key"]))
        if found is None:
            raise refusal("404", "Not Found", "HeadObject", 404)
        return {"ContentLength": 1, "ETag": found.etag}

    def _put_object(self, params: dict[str, Any]) -> dict[str, Any]:
        place = params["Bucket"], params["Key"]
        if params.get("IfNoneMatch") == "*" and place in self.objects:
            raise refusal("PreconditionFailed", "It is there.", "PutObject", 412)
        self.put(params["Key"], params["Body"], params["Bucket"])
        return {"ETag": self.objects[place].etag}

    def _delete_object(self, params: dict[str, Any]) -> dict[str, Any]:
        place = params["Bucket"], params["Key"]
        found = self.objects.get(place)
        if found is not None and params.get("IfMatch") not in (None, found.etag):
            raise refusal("PreconditionFailed", "It is another.", "DeleteObject", 412)
        self.objects.pop(place, None)
        return {}

    def _list_objects_v2(self, params: dict[str, Any]) -> dict[str, Any]:
        prefix, bucket = params["Prefix"], params["Bucket"]
        contents = [
            {"Key": key, "LastModified": stored.at}
            for (place, key), stored in self.objects.items()
            if place == bucket
            and key.startswith(prefix)
            and not ("Delimiter" in params and "/" in key[len(prefix) :])
        ]
        return {"Contents": contents, "KeyCount": len(contents), **self._dated()}

    # SageMaker's jobs.

    def _create_training_job(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["TrainingJobName"]
        if name in self.training:
            raise refusal("ResourceInUse", "Training job names must be unique", "CreateTrainingJob")
        ends = self.training_ends.pop(0) if self.training_ends else "Completed"
        self.training[name] = Job(params, self.ticks, ends)
        return {}

    def _describe_training_job(self, params: dict[str, Any]) -> dict[str, Any]:
        job = _existing(self.training, params["TrainingJobName"], "Requested resource not found.")
        job.ticks -= 1
        answer = {
            "TrainingJobStatus": "InProgress",
            "SecondaryStatus": "Training",
            "ResourceConfig": job.request["ResourceConfig"],
        }
        if job.stopped:
            return {**answer, "TrainingJobStatus": "Stopped"}
        if job.ticks > 0:
            return answer
        answer |= {"TrainingJobStatus": job.ends, "BillableTimeInSeconds": 1800}
        if job.ends == "Completed":
            folder = job.request["OutputDataConfig"]["S3OutputPath"]
            uri = f"{folder}/{params['TrainingJobName']}/output/model.tar.gz"
            self.put(uri.split("/", 3)[3], "model", uri.split("/")[2])
            return {**answer, "ModelArtifacts": {"S3ModelArtifacts": uri}}
        return {**answer, "FailureReason": "AlgorithmError: exit code 1"}

    def _stop_training_job(self, params: dict[str, Any]) -> dict[str, Any]:
        self.training[params["TrainingJobName"]].stopped = True
        return {}

    def _create_processing_job(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["ProcessingJobName"]
        if name in self.processing:
            raise refusal("ResourceInUse", "Processing job already exists", "CreateProcessingJob")
        ends = self.processing_ends.pop(0) if self.processing_ends else "Completed"
        self.processing[name] = Job(params, self.ticks, ends)
        return {}

    def _describe_processing_job(self, params: dict[str, Any]) -> dict[str, Any]:
        job = _existing(
            self.processing, params["ProcessingJobName"], "Could not find requested job with name"
        )
        job.ticks -= 1
        if job.ticks > 0:
            return {"ProcessingJobStatus": "InProgress"}
        if job.ends == "Completed":
            self.evaluate(self, job.request)
        minutes = datetime.timedelta(minutes=30)
        return {
            "ProcessingJobStatus": job.ends,
            "FailureReason": "" if job.ends == "Completed" else "exit code 1",
            "ProcessingStartTime": self.now - minutes,
            "ProcessingEndTime": self.now,
        }

    # SageMaker's registry.

    def _create_model_package(self, params: dict[str, Any]) -> dict[str, Any]:
        group = params["ModelPackageGroupName"]
        for arn, package in self.packages.items():
            if params.get("ClientToken") and package.get("ClientToken") == params["ClientToken"]:
                return {"ModelPackageArn": arn}
        number = 1 + sum(p["ModelPackageGroupName"] == group for p in self.packages.values())
        arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{group}/{number}"
        self.packages[arn] = {
            **copy.deepcopy(params),
            "ModelPackageArn": arn,
            "ModelPackageVersion": number,
            "ModelPackageStatus": "Completed",
            "CreationTime": self.now,
        }
        return {"ModelPackageArn": arn}

    def _describe_model_package(self, params: dict[str, Any]) -> dict[str, Any]:
        return dict(_existing(self.packages, params["ModelPackageName"], "does not exist"))

    def _list_model_packages(self, params: dict[str, Any]) -> dict[str, Any]:
        group = params["ModelPackageGroupName"]
        found = [p for p in self.packages.values() if p["ModelPackageGroupName"] == group]
        return {"ModelPackageSummaryList": found[::-1]}

    def _update_model_package(self, params: dict[str, Any]) -> dict[str, Any]:
        package = self.packages[params["ModelPackageArn"]]
        properties = params.get("CustomerMetadataProperties", {})
        package["CustomerMetadataProperties"] = {
            **package.get("CustomerMetadataProperties", {}),
            **properties,
        }
        for key in ("ModelApprovalStatus", "ApprovalDescription"):
            if key in params:
                package[key] = params[key]
        return {}

    # SageMaker's endpoints.

    def _create_model(self, params: dict[str, Any]) -> dict[str, Any]:
        return _create(self.models, params, "ModelName", "model")

    def _describe_model(self, params: dict[str, Any]) -> dict[str, Any]:
        return dict(_existing(self.models, params["ModelName"], "Could not find model"))

    def _create_endpoint_config(self, params: dict[str, Any]) -> dict[str, Any]:
        return _create(self.configs, params, "EndpointConfigName", "endpoint configuration")

    def _describe_endpoint_config(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["EndpointConfigName"]
        return dict(_existing(self.configs, name, "Could not find config"))

    def _update_endpoint(self, params: dict[str, Any]) -> dict[str, Any]:
        endpoint = self.endpoints[params["EndpointName"]]
        if endpoint.status != "InService":
            raise refusal(
                "ValidationException", "Cannot update in-progress endpoint", "UpdateEndpoint"
            )
        self.number += 1
        self.updates += 1
        endpoint.status, endpoint.pending = "Updating", params["EndpointConfigName"]
        endpoint.ticks, endpoint.modified = self.ticks, self.number
        endpoint.ends = self.update_ends.pop(0) if self.update_ends else "done"
        return {}

    def _describe_endpoint(self, params: dict[str, Any]) -> dict[str, Any]:
        endpoint = _existing(self.endpoints, params["EndpointName"], "Could not find endpoint")
        if endpoint.pending:
            endpoint.ticks -= 1
            if endpoint.ticks < 0:
                self._settle(endpoint)
        answer: dict[str, Any] = {
            "EndpointName": params["EndpointName"],
            "EndpointConfigName": endpoint.config,
            "EndpointStatus": endpoint.status,
            "LastModifiedTime": endpoint.modified,
            "ProductionVariants": [],
        }
        if endpoint.reason:
            answer["FailureReason"] = endpoint.reason
        if endpoint.pending:
            answer["PendingDeploymentSummary"] = {"EndpointConfigName": endpoint.pending}
        return answer

    def _settle(self, endpoint: Endpoint) -> None:
        self.number += 1
        endpoint.status, endpoint.modified, endpoint.reason = "InService", self.number, ""
        if endpoint.ends == "done":
            endpoint.config = endpoint.pending
        else:
            endpoint.reason = f"One or more configured alarms were triggered ({self.number})."
        endpoint.pending = ""

    # The others.

    def _get_caller_identity(self, _params: dict[str, Any]) -> dict[str, Any]:
        return {"Arn": f"arn:aws:sts::{ACCOUNT}:{self.who}"}

    def _describe_alarms(self, params: dict[str, Any]) -> dict[str, Any]:
        on = [name for name in params["AlarmNames"] if name in self.alarms]
        return {"MetricAlarms": [{"AlarmName": name, "StateReason": "high"} for name in on]}

    def _describe_alarm_history(self, params: dict[str, Any]) -> dict[str, Any]:
        """Answers a page for each change."""
        went_on = [
            {"Timestamp": at, "HistorySummary": "Alarm updated from OK to ALARM"}
            for name, at in self.alarm_history
            if name == params["AlarmName"] and at >= params["StartDate"]
        ]
        page = int(params.get("NextToken", 0))
        more = {"NextToken": str(page + 1)} if page < len(went_on) else {}
        return {"AlarmHistoryItems": went_on[page - 1 : page] if page else [], **more}

    def _describe_execution(self, params: dict[str, Any]) -> dict[str, Any]:
        is_running = params["executionArn"] in self.running
        return {"status": "RUNNING" if is_running else "SUCCEEDED"}

    def _send_task_success(self, params: dict[str, Any]) -> dict[str, Any]:
        self.woken.append(params["taskToken"])
        return {}

    def _publish(self, params: dict[str, Any]) -> dict[str, Any]:
        self.published.append(params)
        return {}


class Client:
    """A client of one service."""

    def __init__(self, account: Account, service: str) -> None:
        self._account, self._service = account, service
        self.meta = type("Meta", (), {"region_name": REGION})()

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        if operation.startswith("_"):
            raise AttributeError(operation)
        return lambda **params: self._account.call(self._service, operation, params)

    def get_paginator(self, operation: str) -> "Pages":
        return Pages(self, operation)


@dataclass
class Pages:
    """The only page of a list."""

    client: Client
    operation: str

    def paginate(self, **params: Any) -> Iterator[Any]:
        yield getattr(self.client, self.operation)(**params)


@cache
def _date(now: datetime.datetime) -> str:
    return email.utils.format_datetime(now, usegmt=True)


def _existing(things: Mapping[str, Any], name: str, message: str) -> Any:
    if name not in things:
        raise refusal("ValidationException", f"{message}: {name}", "Describe")
    return things[name]


def _create(
    things: dict[str, dict[str, Any]], params: dict[str, Any], key: str, kind: str
) -> dict[str, Any]:
    if params[key] in things:
        message = f"Cannot create already existing {kind}"
        raise refusal("ValidationException", message, "Create")
    things[params[key]] = dict(params)
    return {}


@cache
def _shapes() -> Mapping[str, Any]:
    model = botocore.session.get_session().get_service_model("sagemaker")
    names = {name.lower(): name for name in model.operation_names}
    return {low: model.operation_model(name).input_shape for low, name in names.items()}


def _validate(operation: str, params: Mapping[str, Any]) -> None:
    report = ParamValidator().validate(params, _shapes()[operation.replace("_", "")])
    assert not report.has_errors(), report.generate_report()
