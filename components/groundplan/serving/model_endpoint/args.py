"""What a `ModelEndpoint` can be told, and what of it can't be built."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.serving.model_endpoint.alarms import EndpointAlarmsArgs
from groundplan.serving.model_endpoint.asynchronous import AsynchronousArgs
from groundplan.serving.model_endpoint.capacity import ScalingArgs
from groundplan.serving.model_endpoint.capture import CaptureArgs
from groundplan.serving.model_endpoint.choices import ReleaseMode, RoutingStrategy
from groundplan.serving.model_endpoint.gate_args import ReleaseGatesArgs
from groundplan.serving.model_endpoint.rollout import RolloutArgs
from groundplan.serving.model_endpoint.serverless import ServerlessArgs
from groundplan.serving.model_endpoint.variant_args import (
    EndpointVariantArgs,
    ShadowVariantArgs,
)
from groundplan.storage.access import ArtifactAccessArgs


class EndpointNetworkArgs(TypedDict):
    """Where in a VPC the instances' network interfaces are. Changing any of it rolls
    the endpoint out anew."""

    vpc_id: pulumi.Input[str]
    """ID of the VPC. It needs a way to S3, as the model is then downloaded through it."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """IDs of its private subnets, 1 to 16, in at least two zones for an endpoint that
    survives the loss of one."""


class ModelEndpointArgs(TypedDict):
    """What a `ModelEndpoint` can be told.

    It is a real-time endpoint, unless `serverless` or `asynchronous` is given.
    SageMaker doesn't turn a real-time endpoint into a serverless one: give a component
    of another kind another name.
    """

    image: NotRequired[pulumi.Input[str]]
    """URI of the container image in ECR, with a version as tag or a digest. Needed,
    unless all `variants` have their own. Changing it rolls the endpoint out anew."""
    model_data: NotRequired[str]
    """Key of the model's archive in the artifact bucket
    (`models/fraud/3/model.tar.gz`), or of a folder of uncompressed files
    (`models/fraud/3/`). Needs `artifacts`. Give each version a key of its own:
    SageMaker reads it when an instance starts. Default: none; the image holds the
    model. Changing it rolls the endpoint out anew."""
    artifacts: NotRequired[ArtifactAccessArgs]
    """The artifact bucket, as `ArtifactBucket.access` gives it: the model is read from
    it and requests are captured to it. Default: none. Changing it rolls the endpoint
    out anew."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables of the container. Default: none. Changing them rolls the
    endpoint out anew."""
    instance_type: NotRequired[str]
    """SageMaker instance type: `ml.m5.large`. Needed, unless the endpoint is
    `serverless`, or all `variants` have their own. AWS refuses to change it while
    autoscaling is on (Developer Guide, "Update endpoints that use auto scaling"): set
    `scaling.max_instances` and `scaling.min_instances` to `instance_count`, deploy, and
    change it then."""
    instance_count: NotRequired[int]
    """Instances that the endpoint starts with, and that each rollout starts with again.
    Default: 2, so that it survives the loss of one and can be rolled out as a canary; 1
    for an asynchronous endpoint, whose queue waits. Changing it rolls the endpoint out
    anew."""
    variants: NotRequired[Mapping[str, EndpointVariantArgs]]
    """Several production variants by name, 1 to 10, among which requests are shared by
    weight; only for real-time endpoints. Default: one, `primary`; what the endpoint's
    own arguments say holds for all. SageMaker's update guardrails want the same names
    before and after (Developer Guide, "Exclusions"): where it refuses to add or remove
    one, update the endpoint once without guardrails, as
    docs/runbooks/endpoint-errors.md shows, and refresh."""
    shadow: NotRequired[ShadowVariantArgs]
    """A variant that gets copies of the requests to `primary`, whose responses nobody
    sees, to try a model on real requests; only for real-time endpoints. It takes no
    part in alarms and rollbacks. Default: none. To add or remove it, see `variants`."""
    serverless: NotRequired[ServerlessArgs]
    """Capacity by request in place of instances: no accelerators, no VPC, no capture,
    rollouts all at once. Default: none."""
    asynchronous: NotRequired[AsynchronousArgs]
    """A queue before the instances, for large or slow requests: it scales to zero.
    Needs `artifacts`. Default: none."""
    scaling: NotRequired[ScalingArgs]
    """How many instances there may be. Default: from `instance_count` to twice as many,
    by 600 requests a minute each; for an asynchronous endpoint from 0, by 5 requests in
    the queue each."""
    rollout: NotRequired[RolloutArgs]
    """How traffic moves to a new model. Default: a canary, or all at once with one
    instance."""
    alarms: NotRequired[EndpointAlarmsArgs]
    """When the endpoint is unwell, which rolls a new model back. Default: 1 % errors,
    1000 ms, 90 % of the disk, 95 % of the memory, 3 minutes."""
    release: NotRequired[ReleaseMode]
    """Who rolls out a new model: `declared`, this program, or `registry`, the runtime,
    which rolls out the approved versions of `model_package_group`. Then the image and
    the model here are those that the endpoint is made with; what changes in the
    instances, the environment and `rollout` takes effect with the next release.
    Default: `declared`."""
    model_package_group: NotRequired[pulumi.Input[str]]
    """Name or ARN of the model package group whose versions are released. The execution
    role must be able to read them: they need the same ECR repository as `image`, and
    files below the same folder of the artifact bucket as `model_data`. Needed for
    `registry`. Default: none."""
    gates: NotRequired[ReleaseGatesArgs]
    """What a version must show before it is released from the registry: metrics beside
    the champion's, recorded requests, a person's approval. Only for `registry`.
    Default: none."""
    capture: NotRequired[CaptureArgs]
    """What is kept of requests and responses, encrypted by the bucket's key; only for
    real-time endpoints. Default: all of it, if there are `artifacts`."""
    network: NotRequired[EndpointNetworkArgs]
    """Where in a VPC the endpoint is. Default: in SageMaker's own network. Changing it
    rolls the endpoint out anew."""
    network_isolation: NotRequired[bool]
    """Whether the container is cut off from all networks, S3 and AWS's APIs too;
    SageMaker still downloads the model for it and passes on requests. Default: true,
    but for a serverless endpoint, which can't be. Changing it rolls the endpoint out
    anew."""
    health_check_timeout_seconds: NotRequired[int]
    """Seconds that the container has to answer its first health check, 60 to 3600. A
    large model needs more than SageMaker gives. Default: SageMaker's. Changing it rolls
    the endpoint out anew."""
    model_download_timeout_seconds: NotRequired[int]
    """Seconds that an instance has to download the model and to unpack it, 60 to 3600;
    AWS advises more than its default for models over 40 GB. Default: SageMaker's.
    Changing it rolls the endpoint out anew."""
    volume_size_gb: NotRequired[int]
    """Gigabytes of each instance's volume, 1 to 512; not for instance types with local
    NVMe. AWS advises more than the model's size for models over 30 GB. Default:
    SageMaker's. Changing it rolls the endpoint out anew."""
    inference_ami_version: NotRequired[str]
    """Machine image of accelerated instances, which fixes their drivers:
    `al2023-ami-sagemaker-inference-gpu-4-1`. Default: SageMaker's. Changing it rolls
    the endpoint out anew."""
    routing: NotRequired[RoutingStrategy]
    """Which instance gets a request: `random` or `least-outstanding-requests`. Default:
    SageMaker's, which is random. Changing it rolls the endpoint out anew."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of the instances' volumes; not for instance types with local
    NVMe. Default: SageMaker's own key. Changing it rolls the endpoint out anew."""
    log_retention_days: NotRequired[int]
    """Days that the container's logs are kept. Default: 90. Updates in place."""
    log_kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key that CloudWatch Logs may use (`EncryptionKey` with the service
    `logs`). Default: CloudWatch's own key. Updates in place."""
    execution_role_arn: NotRequired[pulumi.Input[str]]
    """ARN of a role that SageMaker may take on, in place of one that is created; it
    must allow what `serving/role.py` lists. Default: none. Changing it rolls the
    endpoint out anew."""
    endpoint_name: NotRequired[str]
    """Name of the endpoint, by which clients call it. Default:
    `{project}-{stack}-{name}`. Replaces the endpoint."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place."""
