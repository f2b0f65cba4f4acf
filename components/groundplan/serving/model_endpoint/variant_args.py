"""The arguments of a variant of a ModelEndpoint, and of its autoscaling."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults, several_lines


class ScalingArgs(TypedDict):
    """The arguments of a variant's autoscaling. Changing any of it updates autoscaling
    in place."""

    min_instances: NotRequired[int]
    """The minimum number of instances. Default: the `instance_count`; 0 for an
    asynchronous endpoint, which the first request scales out from zero."""
    max_instances: NotRequired[int]
    """The maximum number of instances, and so the endpoint's spending ceiling. Default:
    twice the `instance_count`. Equal to `min_instances`, it turns autoscaling off."""
    invocations_per_instance: NotRequired[int]
    """Target of requests per minute and instance; above it, instances are added.
    Measure it: peak requests per second of one instance x 0.5 x 60. Not for
    asynchronous endpoints. Default: 600."""
    concurrent_requests_per_instance: NotRequired[int]
    """Target of concurrent requests per instance, in place of
    `invocations_per_instance`: for language models, whose requests differ much in
    length. SageMaker measures it every ten seconds. Not for asynchronous endpoints.
    Default: none."""
    backlog_per_instance: NotRequired[int]
    """Target of queued requests per instance; above it, instances are added. Only for
    asynchronous endpoints. Default: 5."""
    scale_in_cooldown_seconds: NotRequired[int]
    """Seconds between two scale-in activities. Default: 300."""
    scale_out_cooldown_seconds: NotRequired[int]
    """Seconds between two scale-out activities. Default: 60."""


SCALING_DEFAULTS = defaults(
    ScalingArgs,
    # Half of what an instance serves that peaks at 20 requests a second. AWS's formula
    # is peak requests per second x safety factor x 60, the factor 0.5 to begin with
    # (SageMaker AI Developer Guide, "Load testing your auto scaling configuration").
    # Too low a target costs at most the `max_instances`; too high a one never scales.
    invocations_per_instance=600,
    # AWS's example (Developer Guide, "Autoscale an asynchronous endpoint").
    backlog_per_instance=5,
    scale_in_cooldown_seconds=300,
    scale_out_cooldown_seconds=60,
)


class EndpointVariantArgs(TypedDict):
    """The arguments of one of several production variants. Changing any of it, but for
    the scaling, starts a new rollout."""

    image: NotRequired[pulumi.Input[str]]
    """URI of the container image in ECR. Default: the endpoint's `image`."""
    model_data: NotRequired[str]
    """Key of the model in the artifact bucket. Default: the endpoint's `model_data`."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables that extend and override the endpoint's. Default: none."""
    instance_type: NotRequired[str]
    """SageMaker instance type. Default: the endpoint's `instance_type`."""
    instance_count: NotRequired[int]
    """Initial number of instances. Default: the endpoint's `instance_count`."""
    weight: NotRequired[float]
    """Share of the requests, as a weight: with 3 and 1, the first variant receives
    three quarters. 0 receives none, but for requests that name the variant. Default:
    1."""
    scaling: NotRequired[ScalingArgs]
    """The limits and the target of autoscaling. Default: the endpoint's `scaling`;
    without its limits if the variant has its own `instance_count`."""


VARIANT_DEFAULTS = defaults(EndpointVariantArgs, weight=1.0)

several_lines(EndpointVariantArgs, "environment")


class ShadowVariantArgs(TypedDict):
    """The arguments of a shadow variant, which receives copies of requests and whose
    responses SageMaker discards. Changing any of it, but for the scaling, starts a new
    rollout."""

    image: NotRequired[pulumi.Input[str]]
    """URI of the container image in ECR. Default: the endpoint's `image`."""
    model_data: NotRequired[str]
    """Key of the model in the artifact bucket. Default: the endpoint's `model_data`."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables that extend and override the endpoint's. Default: none."""
    instance_type: NotRequired[str]
    """SageMaker instance type. Default: the endpoint's `instance_type`."""
    instance_count: NotRequired[int]
    """Initial number of instances. Default: the endpoint's `instance_count`."""
    sample_percent: NotRequired[int]
    """Share of the requests that SageMaker copies to the shadow, in percent, 1 to 100.
    AWS advises 100 before a model is promoted. Default: 100."""
    scaling: NotRequired[ScalingArgs]
    """The limits and the target of autoscaling. Default: the endpoint's `scaling`;
    without its limits if the shadow has its own `instance_count`."""


SHADOW_DEFAULTS = defaults(ShadowVariantArgs, sample_percent=100)

several_lines(ShadowVariantArgs, "environment")
