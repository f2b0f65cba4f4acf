"""A fake of SageMaker behavior that moto 5.2.5 lacks: endpoints that take time to
update, roll back, and refuse.

moto stores models, configurations, packages, buckets and alarms. The fake wraps it,
between botocore's client and the wire, and adds what the API reference documents:

- UpdateEndpoint sets `Updating`; DescribeEndpoint names the new configuration in
  `PendingDeploymentSummary` until it ends, and still the old one as
  `EndpointConfigName`. An update in progress refuses another ("Cannot update
  in-progress endpoint").
- It ends `InService` with the new configuration, or, rolled back, `InService` with the
  OLD one and a `FailureReason`; or `Failed`, or `UpdateRollbackFailed`.
  `RetainAllVariantProperties` keeps the instance counts.
- What exists can't be created again ("Cannot create already existing model"). moto
  overwrites it without an error.
- UpdateModelPackage retains properties that a request omits. moto deletes them.
- S3's clock: `Date` of an answer and `LastModified` of an object, in whole seconds.
  Tests put it forward with `s3_clock`.
- DescribeAlarmHistory, which moto lacks, and DescribeAlarms with more than one filter.

Each DescribeEndpoint call during an update advances time by one tick.
"""

import datetime
import email.utils
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3  # type: ignore[import-untyped]
import botocore.client  # type: ignore[import-untyped]
import moto_lookups
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError  # type: ignore[import-untyped]
from botocore.response import StreamingBody  # type: ignore[import-untyped]
from moto import mock_aws
from moto.backends import get_backend
from repeated_reads import RepeatedReads

REGION = "eu-west-1"
DEFAULT_ACCOUNT_ID = "123456789012"
"""moto's account."""
SESSION = boto3.session.Session("testing", "testing", region_name=REGION)
"""One for all tests: reading the models of the services takes longer than anything
else."""


@cache
def client(service: str) -> Any:
    """A client of the fake cloud."""
    return SESSION.client(service, region_name=REGION)


READS = ("Describe", "List", "Get", "Head")


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Update:
    """An update under way."""

    request: Mapping[str, Any]
    ticks: int
    ends: str


@dataclass
class Fault:
    """A failure of a call."""

    operation: str
    error: Callable[[str], BaseException]
    after: bool = False
    """Whether the call took effect, and only its answer is lost."""
    times: int = 1


@dataclass
class Cloud:
    """One account and region."""

    calls: list[str] = field(default_factory=list)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    """How the next updates end: `done` (default), `rolled-back`, `failed`,
    `rollback-failed`."""
    ticks: int = 3
    reason: str = "One or more configured alarms were triggered."
    alarm_history: list[dict[str, Any]] = field(default_factory=list)
    broken_models: set[str] = field(default_factory=set)
    """Configurations whose model answers with an error."""
    answer: bytes = b'{"score": 0.5}'
    before: Callable[[str], None] = lambda _operation: None
    after: Callable[[str], None] = lambda _operation: None
    who: str = "assumed-role/deployer/jo"
    updates: dict[str, Update] = field(default_factory=dict)
    moment: int = 0
    began: datetime.datetime = field(
        default_factory=lambda: datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    )
    s3_clock: datetime.timedelta = datetime.timedelta()
    """How far S3's clock has come since: it advances only where a test says so."""
    stored: dict[str, datetime.datetime] = field(default_factory=dict)
    """When S3 stored each object."""
    reads: RepeatedReads = field(default_factory=RepeatedReads)

    # What tests set up and look at.

    client = staticmethod(client)

    @property
    def backend(self) -> Any:
        return get_backend("sagemaker")[DEFAULT_ACCOUNT_ID][REGION]

    def endpoint(self, name: str) -> Any:
        return self.backend.endpoints[name]

    def package(self, group: str, approved: bool = True, by: str = "", **more: Any) -> str:
        """Registers a version."""
        if group not in self.backend.model_package_groups:
            client("sagemaker").create_model_package_group(ModelPackageGroupName=group)
        properties = {"groundplan:registered-by": by} if by else {}
        properties |= more.pop("properties", {})
        number = (
            sum(p.model_package_group_name == group for p in self.backend.model_packages.values())
            + 1
        )
        arn = client("sagemaker").create_model_package(
            ModelPackageGroupName=group,
            InferenceSpecification={
                "Containers": [
                    {
                        "Image": f"1.dkr.ecr.{REGION}.amazonaws.com/churn@sha256:{number:064d}",
                        "ImageDigest": f"sha256:{number:064d}",
                        "ModelDataUrl": f"s3://artifacts/models/churn/{number}/model.tar.gz",
                    }
                ],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            ModelApprovalStatus="Approved" if approved else "PendingManualApproval",
            CustomerMetadataProperties=properties,
            **more,
        )["ModelPackageArn"]
        return str(arn)

    def serve(self, name: str, count: int = 2, variant: str = "primary", **more: Any) -> None:
        """Creates an endpoint as `pulumi up` does."""
        container = {"Image": "1.dkr.ecr.eu-west-1.amazonaws.com/churn:0"}
        client("sagemaker").create_model(
            ModelName=f"{name}-model",
            PrimaryContainer=container,
            ExecutionRoleArn="arn:aws:iam::1:role/x-role",
        )
        client("sagemaker").create_endpoint_config(
            EndpointConfigName=f"{name}-config",
            ProductionVariants=[
                {
                    "VariantName": variant,
                    "ModelName": f"{name}-model",
                    "InstanceType": "ml.m5.xlarge",
                    "InitialInstanceCount": count,
                    "ContainerStartupHealthCheckTimeoutInSeconds": 600,
                }
            ],
            **more,
        )
        client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-config")

    def fail(
        self,
        operation: str,
        error: str = "ThrottlingException",
        after: bool = False,
        times: int = 1,
    ) -> None:
        """Fails the next calls of an operation, after all retries of botocore."""

        def raised(name: str) -> BaseException:
            if error == "ReadTimeout":
                return ReadTimeoutError(endpoint_url=f"https://{name}")  # type: ignore[no-any-return]
            return refusal(
                error,
                "Rate exceeded" if error == "ThrottlingException" else "refused by the test",
                name,
            )

        self.faults.append(Fault(operation, raised, after, times))

    def writes(self) -> list[str]:
        return [name for name in self.calls if not name.startswith(READS)]

    # Between client and wire.

    def call(
        self, original: Callable[..., Any], caller: Any, operation: str, params: dict[str, Any]
    ) -> Any:
        self.calls.append(operation)
        self.requests.append((operation, params))
        self.before(operation)
        fault = next((f for f in self.faults if f.operation == operation and f.times > 0), None)
        if fault:
            fault.times -= 1
            if not fault.after:
                raise fault.error(operation)
        own = getattr(
            self, f"_{caller.meta.service_model.service_name.replace('-', '_')}_{operation}", None
        )
        try:
            result = (
                own(params, lambda: original(caller, operation, params))
                if own
                else original(caller, operation, params)
            )
        finally:
            self.after(operation)
        if fault:
            raise fault.error(operation)
        return result

    def _time(self) -> datetime.datetime:
        self.moment += 1
        return datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC) + datetime.timedelta(
            seconds=self.moment
        )

    def s3_now(self) -> datetime.datetime:
        """S3's time."""
        return self.began + self.s3_clock

    def _s3_PutObject(self, params: Any, moto: Callable[[], Any]) -> Any:  # noqa: N802
        answer = moto()
        self.stored[params["Key"]] = self.s3_now()
        return answer

    def _s3_GetObject(self, params: Any, moto: Callable[[], Any]) -> Any:  # noqa: N802
        bucket, key = params["Bucket"], params["Key"]
        held = get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"].buckets.get(bucket)
        if held is None or params.keys() != {"Bucket", "Key"} or held.is_versioned:
            return self._dated(moto())
        if key not in held.keys:
            raise refusal("NoSuchKey", "The specified key does not exist.", "GetObject", 404)

        def read() -> tuple[Any, bytes]:
            answer = moto()
            return answer, answer.pop("Body").read()

        answer, body = self.reads.answer(f"s3 {bucket} {key}", held.keys[key].etag, read)
        answer["Body"] = StreamingBody(io.BytesIO(body), len(body))
        answer["LastModified"] = self.stored.get(key, answer["LastModified"])
        return self._dated(answer)

    def _s3_ListObjectsV2(self, params: Any, moto: Callable[[], Any]) -> Any:  # noqa: N802, ARG002
        answer = self._dated(moto())
        for entry in answer.get("Contents", ()):
            entry["LastModified"] = self.stored.get(entry["Key"], entry["LastModified"])
        return answer

    def _dated(self, answer: Any) -> Any:
        date = email.utils.format_datetime(self.s3_now(), usegmt=True)
        answer["ResponseMetadata"]["HTTPHeaders"]["date"] = date
        return answer

    def _sts_GetCallerIdentity(self, params: Any, moto: Callable[[], Any]) -> Any:  # noqa: N802, ARG002
        answer = self.reads.answer("sts", None, moto)
        return {**answer, "Arn": f"arn:aws:sts::{DEFAULT_ACCOUNT_ID}:{self.who}"}

    def _sagemaker_CreateModel(self, params: Any, moto: Callable[[], Any]) -> Any:  # noqa: N802
        name = params["ModelName"]
        if name in self.backend._models:
            raise refusal(
                "ValidationException",
                f'Cannot create already existing model "arn:x:model/{name}".',
                "CreateModel",
            )
        response = moto()
        self.backend._models[name].enable_network_isolation = params.get(
            "EnableNetworkIsolation", False
        )
        return response

    def _sagemaker_CreateEndpointConfig(self, params: Any, moto: Callable[[], Any]) -> Any:  # noqa: N802
        name = params["EndpointConfigName"]
        if name in self.backend.endpoint_configs:
            message = (
                "Cannot create already existing endpoint configuration "
                f'"arn:x:endpoint-config/{name}".'
            )
            raise refusal("ValidationException", message, "CreateEndpointConfig")
        return moto()

    def _sagemaker_UpdateModelPackage(self, params: dict[str, Any], moto: Callable[[], Any]) -> Any:  # noqa: N802
        package = self.backend.describe_model_package(params["ModelPackageArn"])
        properties = {
            **(package.customer_metadata_properties or {}),
            **params.get("CustomerMetadataProperties", {}),
        }
        answer = moto()
        package.customer_metadata_properties = properties
        return answer

    def _sagemaker_UpdateEndpoint(self, params: dict[str, Any], moto: Callable[[], Any]) -> Any:  # noqa: N802, ARG002
        name = params["EndpointName"]
        if name not in self.backend.endpoints:
            raise refusal(
                "ValidationException",
                f'Could not find endpoint "arn:x:endpoint/{name}".',
                "UpdateEndpoint",
            )
        if params["EndpointConfigName"] not in self.backend.endpoint_configs:
            message = (
                "Could not find endpoint configuration "
                f'"arn:x:endpoint-config/{params["EndpointConfigName"]}".'
            )
            raise refusal("ValidationException", message, "UpdateEndpoint")
        endpoint = self.endpoint(name)
        if endpoint.endpoint_status not in ("InService", "UpdateRollbackFailed"):
            message = f'Cannot update in-progress endpoint "arn:x:endpoint/{name}".'
            raise refusal("ValidationException", message, "UpdateEndpoint")
        endpoint.endpoint_status, endpoint.last_modified_time = "Updating", self._time()
        self.updates[name] = Update(params, self.ticks, self.ends.pop(0) if self.ends else "done")
        return {"EndpointArn": endpoint.arn}

    def _sagemaker_DescribeEndpoint(self, params: dict[str, Any], moto: Callable[[], Any]) -> Any:  # noqa: N802
        name = params["EndpointName"]
        update = self.updates.get(name)
        if update is not None:
            update.ticks -= 1
            if update.ticks < 0:
                self._end(name, update)
        state = repr(vars(self.endpoint(name))) if name in self.backend.endpoints else None
        response = self.reads.answer(f"endpoint {name}", state, moto)
        if self.endpoint(name).failure_reason:
            response["FailureReason"] = self.endpoint(name).failure_reason
        if name in self.updates:
            response["PendingDeploymentSummary"] = {
                "EndpointConfigName": update.request["EndpointConfigName"],  # type: ignore[union-attr]
                "ProductionVariants": [
                    {"VariantName": "primary", "VariantStatus": [{"Status": "Baking"}]}
                ],
            }
        return response

    def _end(self, name: str, update: Update) -> None:
        endpoint = self.endpoint(name)
        del self.updates[name]
        endpoint.last_modified_time, endpoint.failure_reason = self._time(), None
        endpoint.endpoint_status = {
            "failed": "Failed",
            "rollback-failed": "UpdateRollbackFailed",
        }.get(update.ends, "InService")
        if update.ends != "done":
            endpoint.failure_reason = self.reason
            return
        config = update.request["EndpointConfigName"]
        endpoint.endpoint_config_name = config
        if not update.request.get("RetainAllVariantProperties"):
            declared = self.backend.endpoint_configs[config].production_variants
            endpoint.production_variants = endpoint._process_production_variants(declared)

    def _cloudwatch_DescribeAlarmHistory(  # noqa: N802
        self,
        params: dict[str, Any],
        moto: Callable[[], Any],  # noqa: ARG002
    ) -> Any:
        items = [
            i
            for i in self.alarm_history
            if i["AlarmName"] == params["AlarmName"] and i["Timestamp"] >= params["StartDate"]
        ]
        return {"AlarmHistoryItems": items}

    def _cloudwatch_DescribeAlarms(self, params: dict[str, Any], moto: Callable[[], Any]) -> Any:  # noqa: N802
        response, wanted = moto(), params.get("StateValue")  # moto takes one filter at a time
        for kind in ("MetricAlarms", "CompositeAlarms"):
            response[kind] = [
                alarm for alarm in response.get(kind, ()) if wanted in (None, alarm["StateValue"])
            ]
        return response

    def _sagemaker_runtime_InvokeEndpoint(  # noqa: N802
        self,
        params: dict[str, Any],
        moto: Callable[[], Any],  # noqa: ARG002
    ) -> Any:
        if self.endpoint(params["EndpointName"]).endpoint_config_name in self.broken_models:
            raise refusal(
                "ModelError", "Received server error (500) from primary", "InvokeEndpoint", 424
            )
        return {"Body": io.BytesIO(self.answer), "ContentType": "application/json"}


def refusal(code: str, message: str, operation: str, status: int = 400) -> BaseException:
    """Returns an AWS error."""
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)  # type: ignore[no-any-return]


@contextmanager
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """An empty account."""
    for key, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(key, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    fake = Cloud()
    original = botocore.client.BaseClient._make_api_call

    def call(caller: Any, operation: str, params: dict[str, Any]) -> Any:
        return fake.call(original, caller, operation, params)

    with mock_aws(), moto_lookups.once(), monkeypatch.context() as patched:
        patched.setattr(botocore.client.BaseClient, "_make_api_call", call)
        yield fake
