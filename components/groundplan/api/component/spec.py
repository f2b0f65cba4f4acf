"""The specification of a DeliveryApi: its arguments, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.api.component.args import (
    ApiDomainArgs,
    ApiThrottlingArgs,
    ApiTokensArgs,
    DeliveryApiArgs,
)
from groundplan.api.routes import ApiOperation
from groundplan.arguments import with_defaults
from groundplan.lambda_functions import operation
from groundplan.storage.access import ArtifactAccessArgs


@dataclass(frozen=True)
class ApiTokensSpec:
    """Tokens that authorize callers, complete."""

    issuer: str
    audiences: Sequence[str]
    scopes: Mapping[str, str]
    """Operation -> scope."""


@dataclass(frozen=True)
class ApiThrottlingSpec:
    """Requests that a route accepts, complete."""

    read_rate: float
    read_burst: int
    write_rate: float
    write_burst: int


@dataclass(frozen=True)
class DeliveryApiSpec(operation.FunctionOperation):
    """An API, complete."""

    targets: Mapping[str, pulumi.Input[Mapping[str, Any]]]
    pipelines: Mapping[str, pulumi.Input[Mapping[str, Any]]]
    artifacts: ArtifactAccessArgs
    datasets: Sequence[str]
    evaluation_prefixes: Sequence[str]
    model_prefixes: Sequence[str]
    manifest_prefix: str
    tokens: ApiTokensSpec | None
    """None where IAM authorizes callers."""
    callers: Mapping[str, Sequence[str]]
    throttling: ApiThrottlingSpec
    domain: ApiDomainArgs | None
    powertools_layer_arn: pulumi.Input[str] | None
    """None for AWS's public one."""
    memory_mb: int
    reserved_concurrency: int | None
    max_latency_ms: int


def resolve(args: DeliveryApiArgs) -> DeliveryApiSpec:
    """Returns the specification of valid arguments."""
    filled: Mapping[str, Any] = with_defaults(DeliveryApiArgs, args)
    throttling: Mapping[str, Any] = with_defaults(ApiThrottlingArgs, args.get("throttling", {}))
    listed: Mapping[str, Any] = args.get("callers", {})
    callers = {operation: list(arns) for operation, arns in listed.items()}
    return DeliveryApiSpec(
        **operation.of(filled),
        targets=args["targets"],
        pipelines=args.get("pipelines", {}),
        artifacts=args["artifacts"],
        datasets=sorted(args.get("datasets", ())),
        evaluation_prefixes=filled["evaluation_prefixes"],
        model_prefixes=filled["model_prefixes"],
        manifest_prefix=filled["manifest_prefix"],
        tokens=_tokens(args.get("tokens")),
        callers=callers,
        throttling=ApiThrottlingSpec(**throttling),
        domain=args.get("domain"),
        powertools_layer_arn=args.get("powertools_layer_arn"),
        memory_mb=filled["memory_mb"],
        reserved_concurrency=args.get("reserved_concurrency"),
        max_latency_ms=filled["max_latency_ms"],
    )


def _tokens(given: ApiTokensArgs | None) -> ApiTokensSpec | None:
    if given is None:
        return None
    prefix = with_defaults(ApiTokensArgs, given)["scope_prefix"]
    scopes = {each.value: f"{prefix}{each.value}" for each in ApiOperation}
    return ApiTokensSpec(given["issuer"], list(given["audiences"]), scopes)
