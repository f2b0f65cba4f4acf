"""What can be said of one variant of an endpoint, where it has several."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from groundplan.serving.model_endpoint.capacity import ScalingArgs


class EndpointVariantArgs(TypedDict):
    """One of several production variants. What it doesn't say is as the endpoint's own
    arguments say. Changing any of it, but for the scaling, rolls the endpoint out
    anew."""

    image: NotRequired[pulumi.Input[str]]
    """URI of the container image in ECR. Default: the endpoint's `image`."""
    model_data: NotRequired[str]
    """Key of the model in the artifact bucket. Default: the endpoint's `model_data`."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables on top of the endpoint's; the variant's win. Default: none."""
    instance_type: NotRequired[str]
    """SageMaker instance type. Default: the endpoint's `instance_type`."""
    instance_count: NotRequired[int]
    """Instances that the variant starts with. Default: the endpoint's `instance_count`."""
    weight: NotRequired[float]
    """Share of the requests, as a weight: with 3 and 1, the first gets three quarters.
    0 gets none, but for requests that ask for the variant by name. Default: 1."""
    scaling: NotRequired[ScalingArgs]
    """How many instances there may be. Default: the endpoint's `scaling`; with an
    `instance_count` of the variant's own, without its limits."""


class ShadowVariantArgs(TypedDict):
    """A variant that gets copies of requests, whose responses nobody sees. What it
    doesn't say is as the endpoint's own arguments say. Changing any of it, but for the
    scaling, rolls the endpoint out anew."""

    image: NotRequired[pulumi.Input[str]]
    """URI of the container image in ECR. Default: the endpoint's `image`."""
    model_data: NotRequired[str]
    """Key of the model in the artifact bucket. Default: the endpoint's `model_data`."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables on top of the endpoint's; the shadow's win. Default: none."""
    instance_type: NotRequired[str]
    """SageMaker instance type. Default: the endpoint's `instance_type`."""
    instance_count: NotRequired[int]
    """Instances that the shadow starts with. Default: the endpoint's `instance_count`."""
    sample_percent: NotRequired[int]
    """Share of the requests that the shadow gets a copy of, in percent, 1 to 100.
    Default: 100, as AWS advises before a model is promoted."""
    scaling: NotRequired[ScalingArgs]
    """How many instances there may be. Default: the endpoint's `scaling`; with an
    `instance_count` of the shadow's own, without its limits."""
