"""SageMaker's API: jobs, the registry, models, configurations and endpoints.

Requests that change something are validated by botocore's model of the service.
"""

import copy
import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.validate import ParamValidator  # type: ignore[import-untyped]

from rehearsal.account.endpoints import Endpoints
from rehearsal.account.jobs import Jobs
from rehearsal.account.names import ACCOUNT

PACKAGE_EVENT = "SageMaker Model Package State Change"
Params = Mapping[str, Any]


def refusal(code: str, message: str, operation: str, status: int = 400) -> ClientError:
    """Returns an AWS error."""
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)


@dataclass
class SageMaker:
    """The service in one region."""

    jobs: Jobs
    endpoints: Endpoints
    event: Callable[[str, Mapping[str, Any]], None]
    now: Callable[[], datetime.datetime]
    region: str
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)

    def call(self, operation: str, params: Params) -> Any:
        """Answers a call."""
        report = ParamValidator().validate(params, self._shape(operation))
        if report.has_errors():
            raise refusal("ValidationException", report.generate_report(), operation)
        answer = getattr(self, f"_{operation}", None)
        if answer is None:
            raise refusal("InternalFailure", f"{operation} is not rehearsed", operation, 500)
        return answer(params)

    def _shape(self, operation: str) -> Any:
        client = self.jobs.client("sagemaker")
        return client.meta.service_model.operation_model(operation).input_shape

    # Jobs.

    def _CreateTrainingJob(self, params: Params) -> Any:  # noqa: N802
        return self._start(params["TrainingJobName"], "TrainingJobs", params)

    def _CreateProcessingJob(self, params: Params) -> Any:  # noqa: N802
        return self._start(params["ProcessingJobName"], "ProcessingJobs", params)

    def _start(self, name: str, kind: str, params: Params) -> Any:
        if name in self.jobs.jobs:
            raise refusal("ResourceInUse", f"Job {name} already exists", "CreateJob")
        self.jobs.start(name, kind, params)
        return {}

    def _DescribeTrainingJob(self, params: Params) -> Any:  # noqa: N802
        job = self._job(params["TrainingJobName"], "Requested resource not found.")
        answer = {
            "TrainingJobStatus": job.status,
            "SecondaryStatus": "Training",
            "ResourceConfig": job.request["ResourceConfig"],
            "FailureReason": job.reason,
        }
        if job.status == "Completed":
            answer["ModelArtifacts"] = {"S3ModelArtifacts": job.outcome["model"]}
            answer["BillableTimeInSeconds"] = job.outcome["seconds"]
        return answer

    def _DescribeProcessingJob(self, params: Params) -> Any:  # noqa: N802
        job = self._job(params["ProcessingJobName"], "Could not find requested job with name")
        answer = {"ProcessingJobStatus": job.status, "FailureReason": job.reason}
        if job.outcome:
            ended, seconds = job.outcome["ended"], job.outcome["seconds"]
            begun = ended - datetime.timedelta(seconds=seconds)
            answer |= {"ProcessingStartTime": begun, "ProcessingEndTime": ended}
        return answer

    def _job(self, name: str, message: str) -> Any:
        return _existing(self.jobs.jobs, name, message)

    # The registry.

    def _CreateModelPackage(self, params: Params) -> Any:  # noqa: N802
        group = params["ModelPackageGroupName"]
        if group not in self.groups:
            raise refusal("ValidationException", f"{group} does not exist", "CreateModelPackage")
        number = 1 + sum(p["ModelPackageGroupName"] == group for p in self.packages.values())
        arn = f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:model-package/{group}/{number}"
        self.packages[arn] = {
            **copy.deepcopy(dict(params)),
            "ModelPackageArn": arn,
            "ModelPackageVersion": number,
            "ModelPackageStatus": "Completed",
            "CreationTime": self.now(),
        }
        return {"ModelPackageArn": arn}

    def _DescribeModelPackage(self, params: Params) -> Any:  # noqa: N802
        return dict(_existing(self.packages, params["ModelPackageName"], "does not exist"))

    def _ListModelPackageGroups(self, _params: Params) -> Any:  # noqa: N802
        groups = [{"ModelPackageGroupName": name} for name in sorted(self.groups)]
        return {"ModelPackageGroupSummaryList": groups}

    def _ListModelPackages(self, params: Params) -> Any:  # noqa: N802
        group = params["ModelPackageGroupName"]
        found = [p for p in self.packages.values() if p["ModelPackageGroupName"] == group]
        return {"ModelPackageSummaryList": found[::-1]}

    def _UpdateModelPackage(self, params: Params) -> Any:  # noqa: N802
        package = _existing(self.packages, params["ModelPackageArn"], "does not exist")
        package["CustomerMetadataProperties"] = {
            **package.get("CustomerMetadataProperties", {}),
            **params.get("CustomerMetadataProperties", {}),
        }
        changed = [k for k in ("ModelApprovalStatus", "ApprovalDescription") if k in params]
        package |= {key: params[key] for key in changed}
        if "ModelApprovalStatus" in params:
            detail = {
                "ModelPackageGroupName": package["ModelPackageGroupName"],
                "ModelPackageName": "",
                "ModelPackageArn": package["ModelPackageArn"],
                "ModelPackageVersion": package["ModelPackageVersion"],
                "ModelPackageStatus": "Completed",
                "ModelApprovalStatus": params["ModelApprovalStatus"],
                "UpdatedModelPackageFields": ["ModelApprovalStatus"],
            }
            self.event(PACKAGE_EVENT, detail)
        return {"ModelPackageArn": package["ModelPackageArn"]}

    def _DescribeModelPackageGroup(self, params: Params) -> Any:  # noqa: N802
        name = params["ModelPackageGroupName"]
        _existing(dict.fromkeys(self.groups), name, "does not exist")
        return {"ModelPackageGroupName": name, "ModelPackageGroupStatus": "Completed"}

    # Models, configurations, endpoints.

    def _CreateModel(self, params: Params) -> Any:  # noqa: N802
        return _create(self.models, params, "ModelName", "model")

    def _DescribeModel(self, params: Params) -> Any:  # noqa: N802
        return dict(_existing(self.models, params["ModelName"], "Could not find model"))

    def _CreateEndpointConfig(self, params: Params) -> Any:  # noqa: N802
        for variant in params["ProductionVariants"]:
            _existing(self.models, variant["ModelName"], "Could not find model")
        return _create(self.configs, params, "EndpointConfigName", "endpoint configuration")

    def _DescribeEndpointConfig(self, params: Params) -> Any:  # noqa: N802
        return dict(_existing(self.configs, params["EndpointConfigName"], "Could not find config"))

    def _UpdateEndpoint(self, params: Params) -> Any:  # noqa: N802
        name = params["EndpointName"]
        endpoint = _existing(self.endpoints.endpoints, name, "Could not find endpoint")
        _existing(self.configs, params["EndpointConfigName"], "Could not find config")
        if endpoint.status != "InService":
            raise refusal(
                "ValidationException", "Cannot update in-progress endpoint", "UpdateEndpoint"
            )
        self.endpoints.update(params)
        return {"EndpointArn": f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:endpoint/{name}"}

    def _DescribeEndpoint(self, params: Params) -> Any:  # noqa: N802
        name = params["EndpointName"]
        endpoint = _existing(self.endpoints.endpoints, name, "Could not find endpoint")
        variants = self.configs[endpoint.config]["ProductionVariants"]
        answer: dict[str, Any] = {
            "EndpointName": endpoint.name,
            "EndpointConfigName": endpoint.config,
            "EndpointStatus": endpoint.status,
            "LastModifiedTime": endpoint.modified,
            "ProductionVariants": [
                {
                    "VariantName": variant["VariantName"],
                    "CurrentInstanceCount": variant["InitialInstanceCount"],
                    "DesiredInstanceCount": variant["InitialInstanceCount"],
                }
                for variant in variants
            ],
        }
        if endpoint.reason:
            answer["FailureReason"] = endpoint.reason
        if endpoint.update is not None:
            answer["PendingDeploymentSummary"] = {"EndpointConfigName": endpoint.update.config}
        return answer


def _create(known: dict[str, dict[str, Any]], params: Params, key: str, noun: str) -> Any:
    name = params[key]
    if name in known:
        message = f'Cannot create already existing {noun} "arn:x:{name}".'
        raise refusal("ValidationException", message, "Create")
    known[name] = copy.deepcopy(dict(params))
    return {}


def _existing(known: Mapping[str, Any], name: str, message: str) -> Any:
    if name not in known:
        raise refusal("ValidationException", f'{message} "{name}".', "Describe")
    return known[name]
