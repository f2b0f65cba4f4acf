"""What a `ModelEndpoint` can be told, and what of it can't be built."""

import re
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.facts import log_retention
from groundplan.problems import MISSING, Problem, whole_number
from groundplan.serving import alarms, capacity, image, model_data, rollout
from groundplan.serving.alarms import EndpointAlarmsArgs
from groundplan.serving.capacity import ScalingArgs
from groundplan.serving.rollout import RolloutArgs
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.storage.prefixes import prefix_problems

MAX_NAME = 63
"""Characters in the name of a SageMaker endpoint, endpoint configuration or model (botocore, sagemaker service-2.json)."""
MAX_COMPONENT_NAME = MAX_NAME - len("-config-1234567")
"""What Pulumi's names of the model and the configuration leave for the component's own."""
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
_VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class CaptureArgs(TypedDict):
    """What is kept of requests and responses. Changing any of it rolls the endpoint out anew."""

    percent: NotRequired[int]
    """Share of the requests that are kept, in percent. 0 keeps nothing. Default: 100; AWS advises less for much traffic."""
    prefix: NotRequired[str]
    """Folder in the artifact bucket; SageMaker adds the endpoint's name, the variant and the hour. Default: `capture/`."""


class EndpointNetworkArgs(TypedDict):
    """Where in a VPC the instances' network interfaces are. Changing any of it rolls the endpoint out anew."""

    vpc_id: pulumi.Input[str]
    """ID of the VPC. It needs a way to S3, as the model is then downloaded through it."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """IDs of its private subnets, 1 to 16, in at least two zones for an endpoint that survives the loss of one."""


class ModelEndpointArgs(TypedDict):
    """What a `ModelEndpoint` can be told."""

    image: pulumi.Input[str]
    """URI of the container image in ECR, with a version as tag or a digest. Changing it rolls the endpoint out anew."""
    model_data: NotRequired[str]
    """Key of the model's archive in the artifact bucket (`models/fraud/3/model.tar.gz`), or of a folder of uncompressed files
    (`models/fraud/3/`). Needs `artifacts`. Give each version a key of its own: SageMaker reads it when an instance starts.
    Default: none; the image holds the model. Changing it rolls the endpoint out anew."""
    artifacts: NotRequired[ArtifactAccessArgs]
    """The artifact bucket, as `ArtifactBucket.access` gives it: the model is read from it and requests are captured to it.
    Default: none. Changing it rolls the endpoint out anew."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables of the container. Default: none. Changing them rolls the endpoint out anew."""
    instance_type: str
    """SageMaker instance type: `ml.m5.large`. AWS refuses to change it while autoscaling is on (Developer Guide, "Update
    endpoints that use auto scaling"): set `scaling.max_instances` to `instance_count`, deploy, and change it then."""
    instance_count: NotRequired[int]
    """Instances that the endpoint starts with, and that each rollout starts with again. Default: 2, so that it survives the
    loss of one and can be rolled out as a canary. Changing it rolls the endpoint out anew."""
    scaling: NotRequired[ScalingArgs]
    """How many instances there may be. Default: from `instance_count` to twice as many, by 600 requests a minute each."""
    rollout: NotRequired[RolloutArgs]
    """How traffic moves to a new model. Default: a canary, or all at once with one instance."""
    alarms: NotRequired[EndpointAlarmsArgs]
    """When the endpoint is unwell, which rolls a new model back. Default: 1 % errors, 1000 ms, 3 minutes."""
    capture: NotRequired[CaptureArgs]
    """What is kept of requests and responses, encrypted by the bucket's key. Default: all of it, if there are `artifacts`."""
    network: NotRequired[EndpointNetworkArgs]
    """Where in a VPC the endpoint is. Default: in SageMaker's own network. Changing it rolls the endpoint out anew."""
    network_isolation: NotRequired[bool]
    """Whether the container is cut off from all networks, S3 and AWS's APIs too; SageMaker still downloads the model for it
    and passes on requests. Default: true. Changing it rolls the endpoint out anew."""
    health_check_timeout_seconds: NotRequired[int]
    """Seconds that the container has to answer its first health check, 60 to 3600. Default: SageMaker's. Changing it rolls
    the endpoint out anew."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of the instances' volumes; not for instance types with local NVMe. Default: SageMaker's own key.
    Changing it rolls the endpoint out anew."""
    log_retention_days: NotRequired[int]
    """Days that the container's logs are kept. Default: 90. Updates in place."""
    log_kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key that CloudWatch Logs may use (`EncryptionKey` with the service `logs`). Default: CloudWatch's own key.
    Updates in place."""
    execution_role_arn: NotRequired[pulumi.Input[str]]
    """ARN of a role that SageMaker may take on, in place of one that is created; it must allow what `serving/role.py` lists.
    Default: none. Changing it rolls the endpoint out anew."""
    endpoint_name: NotRequired[str]
    """Name of the endpoint, by which clients call it. Default: `{project}-{stack}-{name}`. Replaces the endpoint."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place."""


def capture_percent(args: ModelEndpointArgs) -> int:
    """Share of the requests that are kept; without a bucket there is nowhere to keep them."""
    return args.get("capture", {}).get("percent", 100) if "artifacts" in args else 0


def capture_prefix(args: ModelEndpointArgs) -> str:
    """Folder in the artifact bucket for what is kept."""
    return args.get("capture", {}).get("prefix", "capture/")


def problems(args: ModelEndpointArgs, name: str, endpoint_name: str) -> list[Problem]:
    """What is wrong with the values of `args`, for a component `name` whose endpoint is called `endpoint_name`."""
    count, scaling = args.get("instance_count", 2), args.get("scaling", {})
    alarm_args = args.get("alarms", {})
    minutes = alarm_args.get("evaluation_minutes", alarms.EVALUATION_MINUTES)
    found = _names(name, endpoint_name) + image.problems("image", args.get("image"))
    found += capacity.problems(args.get("instance_type"), count, scaling, "kms_key_arn" in args)
    found += rollout.problems(count, args.get("rollout", {}), minutes) + alarms.problems(alarm_args)
    found += _data(args)
    # botocore, `ProductionVariantContainerStartupHealthCheckTimeoutInSeconds`.
    timeout = args.get("health_check_timeout_seconds")
    found += whole_number("health_check_timeout_seconds", timeout, 60, 3600, "seconds")
    found += log_retention.problems("log_retention_days", args.get("log_retention_days"))
    subnets = args.get("network", {}).get("subnet_ids")
    if isinstance(subnets, list) and not 1 <= len(subnets) <= 16:  # botocore, `Subnets`
        found.append(Problem("network.subnet_ids", subnets, "1 to 16 subnets", "give the private subnets of the VPC"))
    for key in args.get("environment", {}):
        if not _VARIABLE.fullmatch(key):
            allowed = "names of letters, digits and _ that don't begin with a digit"
            found.append(Problem(f"environment.{key}", key, allowed, "rename the variable"))
    return found


def _names(name: str, endpoint_name: str) -> list[Problem]:
    found = []
    for key, value, longest in (("name", name, MAX_COMPONENT_NAME), ("endpoint_name", endpoint_name, MAX_NAME)):
        if not _NAME.fullmatch(value) or len(value) > longest:
            allowed = f"at most {longest} letters, digits and hyphens, with no hyphen at the ends"
            fix = "rename the component" if key == "name" else "give an endpoint_name that fits"
            found.append(Problem(key, value, allowed, fix))
    return found


def _data(args: ModelEndpointArgs) -> list[Problem]:
    capture = args.get("capture", {})
    found = model_data.problems("model_data", args.get("model_data"))
    found += whole_number("capture.percent", capture.get("percent"), 0, 100, "percent")
    found += prefix_problems("capture.prefix", capture.get("prefix", ""))
    if "artifacts" not in args and ("model_data" in args or capture.get("percent", bool(capture))):
        needs = "model_data" if "model_data" in args else "capture"
        found.append(Problem("artifacts", MISSING, f"the bucket that {needs} is about", "give ArtifactBucket.access"))
    return found
