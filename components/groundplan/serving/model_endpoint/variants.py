"""The variants of an endpoint, resolved.

An endpoint without `variants` has one, `primary`, which the endpoint's own arguments
describe.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.facts import instances
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.capacity import (
    Scaling,
    ServerlessCapacity,
    instance_scaling,
    serverless_capacity,
)
from groundplan.serving.model_endpoint.choices import EndpointKind
from groundplan.serving.model_endpoint.variant_args import (
    SHADOW_DEFAULTS,
    VARIANT_DEFAULTS,
    ScalingArgs,
)

PRIMARY = "primary"
"""Name of the one production variant. It never changes: SageMaker rolls out in steps
only between variants of one name."""
SHADOW = "shadow"
"""Name of the shadow variant."""


@dataclass(frozen=True)
class Variant:
    """A resolved variant."""

    name: str
    image: pulumi.Input[str] | None
    model_data: str | None
    environment: Mapping[str, pulumi.Input[str]]
    weight: float
    """Of a shadow: the share of requests that SageMaker copies to it."""
    instance_type: str | None
    """None for a serverless variant."""
    instance_count: int
    """0 for a serverless variant."""
    serverless: ServerlessCapacity | None
    """None for a variant with instances."""
    scaling: Scaling | None
    """None for a serverless variant without provisioned concurrency."""
    path: str
    """The variant's own arguments: ``, `variants.challenger.`, `shadow.`."""
    own: frozenset[str]
    """The keys of its own arguments; the endpoint's apply to all others."""

    def key(self, field: str) -> str:
        """Returns the path of the argument that a value comes from."""
        return f"{self.path}{field}" if field.split(".")[0] in self.own else field

    def prefix(self, component: str) -> str:
        """Returns the prefix of the logical names of its resources; those of `primary`
        have the component's own name."""
        return component if self.name == PRIMARY else f"{component}-{self.name}"

    @property
    def _instance(self) -> instances.Instance | None:
        return instances.find(self.instance_type or "")

    @property
    def gpus(self) -> int:
        """GPUs of one instance."""
        instance = self._instance
        return instance.accelerator_count if instance is not None and instance.has_gpu else 0

    @property
    def accelerator(self) -> str | None:
        """Manufacturer of the accelerators: `nvidia`, `aws`; empty without any, None if
        the instance type isn't known."""
        instance = self._instance
        return None if instance is None else instance.accelerator_manufacturer

    @property
    def has_local_nvme(self) -> bool:
        """Whether the instances store their data on local NVMe."""
        instance = self._instance
        return instance is not None and instance.local_nvme_gb > 0

    @property
    def is_inf1(self) -> bool:
        """Whether it runs on first-generation Inferentia instances, which SageMaker
        excludes from several features."""
        return (self.instance_type or "").startswith("ml.inf1.")


def production(args: ModelEndpointArgs, kind: EndpointKind) -> tuple[Variant, ...]:
    """Returns the production variants, sorted by name: their order in the arguments
    must not start a rollout."""
    variants: Mapping[str, Any] = args.get("variants") or {}
    if not variants:
        return (_variant(PRIMARY, args, kind, {}, "", VARIANT_DEFAULTS["weight"]),)
    return tuple(
        _variant(
            name,
            args,
            kind,
            own,
            f"variants.{name}.",
            own.get("weight", VARIANT_DEFAULTS["weight"]),
        )
        for name, own in sorted(variants.items())
    )


def shadow(args: ModelEndpointArgs, kind: EndpointKind) -> Variant | None:
    """Returns the shadow variant; None without one."""
    own: Mapping[str, Any] | None = args.get("shadow")
    if own is None:
        return None
    # For all requests both have the weight 1 (Developer Guide, "Shadow variants"). AWS
    # doesn't document that less is a share of the production variant's weight; it is
    # how the weights of production variants work.
    percent = own.get("sample_percent", SHADOW_DEFAULTS["sample_percent"])
    return _variant(SHADOW, args, kind, own, "shadow.", percent / 100)


def _variant(
    name: str,
    args: ModelEndpointArgs,
    kind: EndpointKind,
    own: Mapping[str, Any],
    path: str,
    weight: float,
) -> Variant:
    serverless = None
    if kind is EndpointKind.SERVERLESS:
        serverless = serverless_capacity(args.get("serverless", {}))
    # Two instances survive the loss of one; a queue retains its requests anyway.
    default_count = 1 if kind is EndpointKind.ASYNCHRONOUS else 2
    count = own.get("instance_count", args.get("instance_count", default_count))
    instance_type = own.get("instance_type", args.get("instance_type"))
    return Variant(
        name=name,
        image=own.get("image", args.get("image")),
        model_data=own.get("model_data", args.get("model_data")),
        environment={**args.get("environment", {}), **own.get("environment", {})},
        weight=weight,
        instance_type=None if serverless else instance_type,
        instance_count=0 if serverless else count,
        serverless=serverless,
        scaling=serverless.scaling
        if serverless
        else instance_scaling(count, scaling_args(args, own), kind),
        path=path,
        own=frozenset(own),
    )


def scaling_args(args: ModelEndpointArgs, own: Mapping[str, Any]) -> ScalingArgs:
    """Returns the scaling arguments that apply to a variant."""
    scaling: ScalingArgs = own.get("scaling", {**args.get("scaling", {})})
    if "instance_count" in own and "scaling" not in own:
        scaling.pop("min_instances", None)
        scaling.pop("max_instances", None)
    return scaling
