"""The arguments of a ModelEndpoint."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults, several_lines
from groundplan.serving.model_endpoint.choices import (
    ReleaseMode,
    ReleaseModeValue,
    RoutingStrategyValue,
)
from groundplan.serving.model_endpoint.gate_args import ReleaseGatesArgs
from groundplan.serving.model_endpoint.inference_args import (
    AsynchronousArgs,
    CaptureArgs,
    ServerlessArgs,
)
from groundplan.serving.model_endpoint.rollout_args import EndpointAlarmsArgs, RolloutArgs
from groundplan.serving.model_endpoint.variant_args import (
    EndpointVariantArgs,
    ScalingArgs,
    ShadowVariantArgs,
)
from groundplan.storage.access import ArtifactAccessArgs


class EndpointNetworkArgs(TypedDict):
    """The arguments of an endpoint in a VPC. Changing any of it starts a new
    rollout."""

    vpc_id: pulumi.Input[str]
    """ID of the VPC. It needs a route or an endpoint to S3, through which instances
    download the model."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """IDs of the private subnets of the instances' network interfaces, 1 to 16, in at
    least two availability zones for an endpoint that survives the loss of one."""


class ModelEndpointArgs(TypedDict):
    """The arguments of a ModelEndpoint.

    It is a real-time endpoint, unless `serverless` or `asynchronous` is set. SageMaker
    can't change a real-time endpoint into a serverless one: use another name for a
    component of another kind.
    """

    image: NotRequired[pulumi.Input[str]]
    """URI of the container image in ECR, with a version as tag or a digest. Required,
    unless all `variants` have their own. Changing it starts a new rollout. Default:
    none."""
    model_data: NotRequired[str]
    """Key of the model's archive in the artifact bucket
    (`models/fraud/3/model.tar.gz`), or of a folder of uncompressed files
    (`models/fraud/3/`). Needs `artifacts`. Use another key for each version: SageMaker
    reads it when an instance starts. Changing it starts a new rollout. Default: none;
    the image contains the model."""
    artifacts: NotRequired[ArtifactAccessArgs]
    """The artifact bucket, the output `access` of an `ArtifactBucket`: SageMaker
    downloads the model from it, and captures requests to it. Changing it starts a new
    rollout. Default: none."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables of the container. No secrets: plans show them. Changing
    them starts a new rollout. Default: none."""
    instance_type: NotRequired[str]
    """SageMaker instance type: `ml.m5.large`. Required, unless the endpoint is
    `serverless`, or all `variants` have their own. AWS refuses to change it while
    autoscaling is on (Developer Guide, "Update endpoints that use auto scaling"): set
    `scaling.max_instances` and `scaling.min_instances` to `instance_count`, deploy, and
    change it then. Default: none."""
    instance_count: NotRequired[int]
    """Initial number of instances, to which each rollout returns. Changing it starts a
    new rollout. Default: 2, which survives the loss of one and can be rolled out as a
    canary; 1 for an asynchronous endpoint, whose queue retains the requests."""
    variants: NotRequired[Mapping[str, EndpointVariantArgs]]
    """Several production variants by name, 1 to 10, which share the requests by weight;
    only for real-time endpoints. The endpoint's own arguments apply to all of them.
    SageMaker's update guardrails require the same names before and after (Developer
    Guide, "Exclusions"): where it refuses to add or remove one, update the endpoint
    once without guardrails, as docs/runbooks/endpoint-errors.md shows, and refresh.
    Default: one variant, `primary`."""
    shadow: NotRequired[ShadowVariantArgs]
    """A shadow variant, which receives copies of the requests to `primary` and whose
    responses SageMaker discards, to test a model on real requests; only for real-time
    endpoints. Alarms and rollbacks ignore it. Add and remove it as `variants`. Default:
    none."""
    serverless: NotRequired[ServerlessArgs]
    """Capacity that is billed by request, in place of instances: no accelerators, no
    VPC, no capture, and rollouts all at once. Default: none."""
    asynchronous: NotRequired[AsynchronousArgs]
    """A queue in front of the instances, for large or slow requests; the instances
    scale to zero. Needs `artifacts`. Default: none."""
    scaling: NotRequired[ScalingArgs]
    """Autoscaling of the instances. Default: from `instance_count` to twice as many, by
    600 requests per minute and instance; for an asynchronous endpoint from 0, by 5
    queued requests per instance."""
    rollout: NotRequired[RolloutArgs]
    """How traffic shifts to a new model. Default: a canary; all at once with one
    instance."""
    alarms: NotRequired[EndpointAlarmsArgs]
    """The thresholds of the alarms that roll back a new model. Default: 1 % errors,
    1000 ms, 90 % of the disk, 95 % of the memory, 3 minutes."""
    release: NotRequired[ReleaseModeValue]
    """What releases a new model: `declared`, this program, or `registry`, the release
    runtime, which releases the approved versions of `model_package_group`. With
    `registry`, the image and the model here are those that the endpoint is created
    with; changes of the instances, the environment and `rollout` take effect with the
    next release. Default: declared."""
    model_package_group: NotRequired[pulumi.Input[str]]
    """Name or ARN of the model package group whose versions are released. The execution
    role must be able to read them: they need the same ECR repository as `image`, and
    files below `model_prefix`. Required for `registry`. Default: none."""
    model_prefix: NotRequired[str]
    """Folder of the artifact bucket with the models of the group's versions, which the
    execution role may read: `models/churn/`. Only for `registry`; needs `artifacts`.
    Updates in place. Default: the folder of the versions of `model_data`; without it
    `models/`, the folder of all training runs."""
    gates: NotRequired[ReleaseGatesArgs]
    """The conditions of a release from the registry: metrics compared with the
    champion's, recorded requests, a person's approval. Only for `registry`. Default:
    none."""
    capture: NotRequired[CaptureArgs]
    """Data capture of requests and responses, encrypted by the bucket's key; only for
    real-time endpoints. Default: 100 % of the requests if `artifacts` is set, else
    none."""
    network: NotRequired[EndpointNetworkArgs]
    """The VPC of the instances. Changing it starts a new rollout. Default: none;
    SageMaker's own network."""
    network_isolation: NotRequired[bool]
    """Whether the container has no network access, neither to S3 nor to AWS APIs;
    SageMaker still downloads the model for it and forwards requests. Changing it starts
    a new rollout. Default: true; false for a serverless endpoint, which can't be
    isolated."""
    health_check_timeout_seconds: NotRequired[int]
    """Seconds for the container to pass its first health check, 60 to 3600. Large
    models need more than SageMaker's default. Changing it starts a new rollout.
    Default: SageMaker's."""
    model_download_timeout_seconds: NotRequired[int]
    """Seconds for an instance to download and extract the model, 60 to 3600; AWS
    advises more than its default for models over 40 GB. Changing it starts a new
    rollout. Default: SageMaker's."""
    volume_size_gb: NotRequired[int]
    """Size of each instance's volume in GB, 1 to 512; not for instance types with local
    NVMe. AWS advises more than the model's size for models over 30 GB. Changing it
    starts a new rollout. Default: SageMaker's."""
    inference_ami_version: NotRequired[str]
    """Machine image of accelerated instances, which fixes their drivers:
    `al2023-ami-sagemaker-inference-gpu-4-1`. Changing it starts a new rollout. Default:
    SageMaker's."""
    routing: NotRequired[RoutingStrategyValue]
    """How SageMaker routes a request to an instance: `random` or
    `least-outstanding-requests`. Changing it starts a new rollout. Default:
    SageMaker's, which is random."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts the instances' volumes; not for instance types
    with local NVMe. Changing it starts a new rollout. Default: SageMaker's own key."""
    log_retention_days: NotRequired[int]
    """Days for which CloudWatch retains the container's logs; it accepts a closed list
    (`groundplan.facts.log_retention.DAYS`). Updates in place. Default: 90."""
    log_kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key that CloudWatch Logs may use (`EncryptionKey` with the service
    `logs`). Updates in place; what is logged stays under the former key. Default: none;
    the component creates an `EncryptionKey`."""
    execution_role_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing execution role. SageMaker must be able to assume it, and it
    must allow what `groundplan.sagemaker.execution_role` lists. Changing it starts a
    new rollout. Default: none; the component creates a role."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the key of the logs, and retains it on delete.
    Updates in place. Default: true."""
    endpoint_name: NotRequired[str]
    """Name of the endpoint, which clients invoke: at most 63 letters, digits and
    hyphens. Changing it replaces the endpoint. Default: `{project}-{stack}-{name}`."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place. Default: none."""


MODEL_ENDPOINT_DEFAULTS = defaults(
    ModelEndpointArgs,
    release=ReleaseMode.DECLARED,
    log_retention_days=90,
    deletion_protection=True,
)

several_lines(ModelEndpointArgs, "environment")
