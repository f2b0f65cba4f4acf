"""The specification of an endpoint: its arguments, resolved once, complete with every
default. All resources are functions of it.

Nothing here imports a provider's SDK, so that other components (monitoring) and the
settings resolve an endpoint from its arguments alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pulumi

from groundplan import tags
from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.serving.model_endpoint import (
    alarm_limits,
    asynchronous,
    capture,
    release,
    rollout,
    variants,
)
from groundplan.serving.model_endpoint.alarm_limits import AlarmLimits
from groundplan.serving.model_endpoint.args import (
    ModelEndpointArgs,
)
from groundplan.serving.model_endpoint.asynchronous import Queue
from groundplan.serving.model_endpoint.capture import Capture
from groundplan.serving.model_endpoint.choices import EndpointKind, RoutingStrategy
from groundplan.serving.model_endpoint.kinds import kind_of
from groundplan.serving.model_endpoint.release import Release
from groundplan.serving.model_endpoint.rollout import Fleet, Rollout
from groundplan.serving.model_endpoint.variants import Variant


@dataclass(frozen=True)
class Artifacts:
    """The artifact bucket of an endpoint."""

    bucket_name: pulumi.Input[str]
    bucket_arn: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str]


@dataclass(frozen=True)
class VpcConfig:
    """The VPC of an endpoint's instances."""

    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]


@dataclass(frozen=True)
class EndpointSpec:
    """A resolved endpoint."""

    name: str
    """The logical name of the component."""
    endpoint_name: str
    """The name of the endpoint in AWS. It is fixed: the endpoint needs its alarms to
    exist, and the alarms need to know the endpoint's name."""
    kind: EndpointKind
    variants: tuple[Variant, ...]
    """The production variants, sorted by name."""
    shadow: Variant | None
    rollout: Rollout | None
    """None for a serverless endpoint, which has no update guardrails."""
    alarms: AlarmLimits
    artifacts: Artifacts | None
    capture: Capture | None
    queue: Queue | None
    """None unless the endpoint is asynchronous."""
    release: Release
    network: VpcConfig | None
    """None if the endpoint is in SageMaker's own network."""
    network_isolation: bool
    routing: RoutingStrategy | None
    """None if it is SageMaker's default, as for the following four."""
    health_check_timeout_seconds: int | None
    model_download_timeout_seconds: int | None
    volume_size_gb: int | None
    inference_ami_version: str | None
    kms_key_arn: pulumi.Input[str] | None
    log_retention_days: int
    log_kms_key_arn: pulumi.Input[str] | None
    """None if the component creates the key of the logs."""
    deletion_protection: bool
    execution_role_arn: pulumi.Input[str] | None
    """None if the component creates the role."""
    own_tags: tags.Tags
    """The tags of the arguments, for components that add their own."""
    tags: tags.Tags
    """The tags of the children."""

    @property
    def all_variants(self) -> tuple[Variant, ...]:
        """All variants, the shadow last."""
        return (*self.variants, self.shadow) if self.shadow else self.variants

    @property
    def is_guarded(self) -> bool:
        """Whether SageMaker's update guardrails apply: alarms roll back a new model."""
        return self.kind is not EndpointKind.SERVERLESS


def fleet(production: Sequence[Variant], shadow: Variant | None) -> Fleet:
    """Returns the instances that a rollout replaces."""
    smallest = min(production, key=lambda variant: variant.instance_count)
    return Fleet(
        instances=smallest.instance_count,
        variants=len(production),
        shadow=shadow is not None,
        inf1=any(variant.is_inf1 for variant in production),
        count_key=smallest.key("instance_count"),
    )


def resolve(args: ModelEndpointArgs, context: Context) -> EndpointSpec:
    """Returns the specification of the endpoint that `args` describe.

    It resolves whatever has the right types, so that validation works on the same
    values; only arguments without problems describe an endpoint that AWS accepts.
    """
    kind = kind_of(args)
    values = with_defaults(ModelEndpointArgs, args)
    serverless = kind is EndpointKind.SERVERLESS
    endpoint_name = args.get("endpoint_name", context.qualified_name)
    production, shadow = variants.production(args, kind), variants.shadow(args, kind)
    routing = args.get("routing")
    return EndpointSpec(
        name=context.name,
        endpoint_name=endpoint_name,
        kind=kind,
        variants=production,
        shadow=shadow,
        rollout=None
        if serverless
        else rollout.resolve(fleet(production, shadow), args.get("rollout", {})),
        alarms=alarm_limits.resolve(args.get("alarms", {}), kind, production),
        artifacts=_artifacts(args.get("artifacts")),
        capture=capture.resolve(args.get("capture", {}), kind, "artifacts" in args),
        queue=asynchronous.resolve(args.get("asynchronous", {}), endpoint_name)
        if kind is EndpointKind.ASYNCHRONOUS
        else None,
        release=release.resolve(args),
        network=_network(args.get("network")),
        network_isolation=args.get("network_isolation", not serverless),
        routing=None if routing is None else RoutingStrategy(routing),
        health_check_timeout_seconds=args.get("health_check_timeout_seconds"),
        model_download_timeout_seconds=args.get("model_download_timeout_seconds"),
        volume_size_gb=args.get("volume_size_gb"),
        inference_ami_version=args.get("inference_ami_version"),
        kms_key_arn=args.get("kms_key_arn"),
        log_retention_days=values["log_retention_days"],
        log_kms_key_arn=args.get("log_kms_key_arn"),
        deletion_protection=values["deletion_protection"],
        execution_role_arn=args.get("execution_role_arn"),
        own_tags=args.get("tags", {}),
        tags=tags.merged(context.name, args.get("tags")),
    )


# Validation resolves groups that may lack required keys (`arguments.read` reports them)
# or that are known after deployment only.


def _artifacts(args: Any) -> Artifacts | None:
    return None if args is None else Artifacts(**_values(Artifacts, args))


def _network(args: Any) -> VpcConfig | None:
    return None if args is None else VpcConfig(**_values(VpcConfig, args))


def _values(spec: Any, args: Any) -> dict[str, Any]:
    if not isinstance(args, Mapping):
        return {field.name: args for field in fields(spec)}
    return {field.name: args.get(field.name) for field in fields(spec)}
