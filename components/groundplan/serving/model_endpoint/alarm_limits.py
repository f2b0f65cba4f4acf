"""The thresholds of an endpoint's alarms, resolved and validated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan import runbooks
from groundplan.arguments import known, with_defaults
from groundplan.problems import Problem, whole_number
from groundplan.serving.model_endpoint.choices import EndpointKind
from groundplan.serving.model_endpoint.rollout_args import EndpointAlarmsArgs
from groundplan.serving.model_endpoint.variants import Variant

LATENCY_MS = 1000.0
"""Default of the latency's threshold, but for asynchronous endpoints."""
MAX_LATENCY_MS = {
    # SageMaker terminates a request after 60 seconds (API reference, `InvokeEndpoint`),
    # so no latency is ever above it.
    EndpointKind.REAL_TIME: 60_000,
    EndpointKind.SERVERLESS: 60_000,
    # An hour for queued requests (API reference, `InvokeEndpointAsync`).
    EndpointKind.ASYNCHRONOUS: 3_600_000,
}
MAX_EVALUATION_MINUTES = 60
MAX_METRICS = 10
"""Metrics in the expression of one alarm (Amazon CloudWatch User Guide, "Using metric
math")."""
UTILIZATIONS = (
    "max_disk_percent",
    "max_memory_percent",
    "max_gpu_memory_percent",
    "max_gpu_percent",
)


@dataclass(frozen=True)
class AlarmLimits:
    """The thresholds of an endpoint's alarms; None where there is no such alarm."""

    error_percent: float
    latency_ms: float | None
    disk_percent: float | None
    memory_percent: float
    gpu_memory_percent: float | None
    """Part of the memory alarm."""
    gpu_percent: float | None
    backlog_age_seconds: int | None
    evaluation_minutes: int
    actions: tuple[pulumi.Input[str], ...]
    """ARNs of the SNS topics of the alarms."""
    runbooks_url: str = ""
    """Empty if the alarms name paths."""


def resolve(
    args: EndpointAlarmsArgs, kind: EndpointKind, variants: Sequence[Variant]
) -> AlarmLimits:
    """Returns the thresholds for an endpoint with these production variants."""
    own, actions = with_defaults(EndpointAlarmsArgs, args), args.get("actions")
    asynchronous = kind is EndpointKind.ASYNCHRONOUS
    has_gpus = any(variant.gpus for variant in variants)
    return AlarmLimits(
        error_percent=own["max_error_percent"],
        latency_ms=args.get("max_latency_ms", None if asynchronous else LATENCY_MS),
        disk_percent=None if kind is EndpointKind.SERVERLESS else own["max_disk_percent"],
        memory_percent=own["max_memory_percent"],
        gpu_memory_percent=own["max_gpu_memory_percent"] if has_gpus else None,
        gpu_percent=args.get("max_gpu_percent") if has_gpus else None,
        backlog_age_seconds=own["max_backlog_age_seconds"] if asynchronous else None,
        evaluation_minutes=own["evaluation_minutes"],
        actions=tuple(actions) if isinstance(actions, list | tuple) else (),
        runbooks_url=args.get("runbooks_url", ""),
    )


def problems(
    args: EndpointAlarmsArgs, kind: EndpointKind, variants: Sequence[Variant]
) -> list[Problem]:
    """Returns the problems of the thresholds. The keys begin with `alarms.`."""
    own: dict[str, Any] = dict(args)
    unmeasured = _unmeasured(own, kind, variants)
    problems = whole_number(
        "alarms.evaluation_minutes",
        own.get("evaluation_minutes"),
        1,
        MAX_EVALUATION_MINUTES,
        "minutes",
    )
    problems += runbooks.problems("alarms.runbooks_url", own.get("runbooks_url"))
    percent: Any = own.get("max_error_percent")
    latency: Any = own.get("max_latency_ms")
    if known(percent) and not 0 <= percent < 100:
        allowed = "a number from 0 to below 100 (percent)"
        fix = "use a share that the endpoint doesn't exceed in normal operation, such as 1"
        problems.append(Problem("alarms.max_error_percent", percent, allowed, fix))
    longest = MAX_LATENCY_MS[kind]
    if known(latency) and not 0 < latency < longest:
        allowed = (
            f"a number above 0 and below {longest} (milliseconds): SageMaker terminates a "
            "request after that"
        )
        fix = "use the model's latency at peak load, and some more"
        problems.append(Problem("alarms.max_latency_ms", latency, allowed, fix))
    for key in UTILIZATIONS:
        share: Any = own.get(key)
        if key not in unmeasured and known(share) and not 0 < share <= 100:
            allowed = "a number above 0, at most 100 (percent)"
            problems.append(Problem(f"alarms.{key}", share, allowed, "use 100 for no limit"))
    age = "max_backlog_age_seconds"
    if age not in unmeasured:
        problems += whole_number(f"alarms.{age}", own.get(age), 60, 86_400, "seconds")
    problems += [
        Problem(f"alarms.{key}", own[key], f"nothing for {what}", f"remove alarms.{key}")
        for key, what in unmeasured.items()
    ]
    return problems + _too_many(variants)


def _unmeasured(
    own: dict[str, Any], kind: EndpointKind, variants: Sequence[Variant]
) -> dict[str, str]:
    """Returns the thresholds of metrics that the endpoint doesn't have -> why."""
    lacks: dict[str, str] = {}
    if not any(variant.gpus for variant in variants):
        gpus = ("max_gpu_memory_percent", "max_gpu_percent")
        lacks |= dict.fromkeys(gpus, "instances that have no GPU")
    if kind is EndpointKind.SERVERLESS:
        lacks["max_disk_percent"] = "a serverless endpoint, whose disk isn't measured"
    if kind is not EndpointKind.ASYNCHRONOUS:
        lacks["max_backlog_age_seconds"] = f"a {kind.value} endpoint, which has no queue"
    return {key: what for key, what in lacks.items() if key in own}


def _too_many(variants: Sequence[Variant]) -> list[Problem]:
    with_gpus = sum(1 for variant in variants if variant.gpus)
    if not with_gpus or len(variants) + with_gpus <= MAX_METRICS:
        return []
    allowed = (
        f"variants whose memory and GPU memory are at most {MAX_METRICS} metrics: no CloudWatch "
        "alarm evaluates more"
    )
    names = sorted(variant.name for variant in variants)
    return [Problem("variants", names, allowed, "use at most 5 variants with GPUs")]
