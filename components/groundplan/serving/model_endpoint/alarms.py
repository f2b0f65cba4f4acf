"""The alarms of an endpoint: they tell people, and they roll a new model back.

The metrics are those of the SageMaker AI Developer Guide, "Amazon SageMaker AI metrics
in Amazon CloudWatch" and "Monitor asynchronous endpoint". During a rollout they count
the old and the new fleet together.

There is one alarm for each concern, over all production variants, whatever their number
and instance types are: the AWS provider replaces an endpoint whose rollback alarms get
other names. A shadow has no part in them: nobody sees its errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi

from groundplan.problems import Problem, whole_number
from groundplan.serving.model_endpoint.alarm_metrics import (
    INSTANCES,
    INVOCATIONS,
    PERIOD,
    dimensions,
    expression,
    query,
)
from groundplan.serving.model_endpoint.kinds import EndpointKind
from groundplan.serving.model_endpoint.variants import Variant

EVALUATION_MINUTES = 3
LONGEST_MS = {EndpointKind.ASYNCHRONOUS: 3_600_000}
"""As `MAX_LATENCY_MS`: an hour for requests from a queue (API reference,
`InvokeEndpointAsync`)."""
MAX_LATENCY_MS = 60_000
"""SageMaker gives up on a request after 60 seconds (API reference, `InvokeEndpoint`),
so no latency is ever above it."""
ERROR_PERCENT, LATENCY_MS = 1.0, 1000.0
DISK_PERCENT = 90.0
MEMORY_PERCENT = 95.0
GPU_MEMORY_PERCENT = 98.0
"""Servers of language models take nine tenths of the GPUs' memory on purpose; the rest
is what their kernels need."""
BACKLOG_SECONDS = 1800
"""A quarter of an hour that SageMaker gives a request by default (API reference,
`InvokeEndpointAsync`, `InvocationTimeoutSeconds`), and one to start an instance from
zero."""
MAX_METRICS = 10
"""Metrics in the expression of one alarm (Amazon CloudWatch User Guide, "Using metric
math")."""
SHARES = ("max_disk_percent", "max_memory_percent", "max_gpu_memory_percent", "max_gpu_percent")


class EndpointAlarmsArgs(TypedDict):
    """When an endpoint is unwell. Changing any of it updates the alarms in place."""

    max_error_percent: NotRequired[float]
    """Share of requests that may fail with a 5xx error, in percent. Default: 1."""
    max_latency_ms: NotRequired[float]
    """Milliseconds within which the model must answer 90 of 100 requests. Default:
    1000; for an asynchronous endpoint none, and no such alarm: to ask for one, or no
    longer, replaces the endpoint."""
    max_disk_percent: NotRequired[float]
    """Share of the disk that may be in use on the fullest instance, in percent.
    Default: 90."""
    max_memory_percent: NotRequired[float]
    """Share of the memory that may be in use on the fullest instance, in percent.
    Default: 95."""
    max_gpu_memory_percent: NotRequired[float]
    """Share of the GPUs' memory that may be in use on the fullest instance, in percent
    of all its GPUs. Watched by the alarm on memory. Default: 98, on instances with
    GPUs."""
    max_gpu_percent: NotRequired[float]
    """Share of the time that the GPUs of the busiest instance may be busy, in percent
    of all its GPUs. Default: none, and no such alarm, as a busy GPU is what one pays
    for; to ask for one, or no longer, replaces the endpoint."""
    max_backlog_age_seconds: NotRequired[int]
    """Seconds that a request may be in the queue of an asynchronous endpoint. Default:
    1800."""
    evaluation_minutes: NotRequired[int]
    """Minutes in a row that must be over the limit before an alarm goes off. Default:
    3. At most what `rollout.wait_seconds` watches."""
    actions: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of SNS topics that are told when an alarm goes off and when it is over.
    Default: none; the alarms roll a bad model back all the same, but for a serverless
    endpoint, which has alarms only if somebody is told."""


@dataclass(frozen=True)
class EndpointAlarm:
    """An alarm, but for the resource."""

    role: str
    """The last part of its name."""
    says: str
    """What is the matter, in words, and the runbook."""
    settings: dict[str, Any]
    """Arguments of `aws.cloudwatch.MetricAlarm`."""


def problems(
    alarms: EndpointAlarmsArgs, kind: EndpointKind, variants: Sequence[Variant]
) -> list[Problem]:
    """What is wrong with the limits. The keys begin with `alarms.`."""
    found = whole_number(
        "alarms.evaluation_minutes", alarms.get("evaluation_minutes"), 1, 60, "minutes"
    )
    percent, latency = alarms.get("max_error_percent"), alarms.get("max_latency_ms")
    if percent is not None and not 0 <= percent < 100:
        fix = "use a share that the endpoint stays below when it is well, such as 1"
        found.append(
            Problem(
                "alarms.max_error_percent", percent, "a number from 0 to below 100 (percent)", fix
            )
        )
    longest = LONGEST_MS.get(kind, MAX_LATENCY_MS)
    if latency is not None and not 0 < latency < longest:
        allowed = f"a number above 0 and below {longest} (milliseconds): SageMaker gives up on a request after that"
        fix = "use what the model needs at its peak, and some more"
        found.append(Problem("alarms.max_latency_ms", latency, allowed, fix))
    for key in SHARES:
        share = alarms.get(key)
        if isinstance(share, float) and not 0 < share <= 100:
            fix = "use 100 for no limit"
            found.append(
                Problem(f"alarms.{key}", share, "a number above 0, at most 100 (percent)", fix)
            )
    return found + _unmeasured(alarms, kind, variants) + _too_many(variants)


def _unmeasured(
    alarms: EndpointAlarmsArgs, kind: EndpointKind, variants: Sequence[Variant]
) -> list[Problem]:
    """Limits of what the endpoint doesn't have."""
    lacks: dict[str, str] = {}
    if not any(variant.gpus for variant in variants):
        lacks |= dict.fromkeys(
            ("max_gpu_memory_percent", "max_gpu_percent"), "instances that have no GPU"
        )
    if kind is EndpointKind.SERVERLESS:
        lacks["max_disk_percent"] = "a serverless endpoint, whose disk isn't measured"
    if kind is not EndpointKind.ASYNCHRONOUS:
        lacks["max_backlog_age_seconds"] = f"a {kind.value} endpoint, which has no queue"
    found = [
        Problem(f"alarms.{key}", alarms[key], f"nothing for {what}", "remove it")  # type: ignore[literal-required]
        for key, what in lacks.items()
        if key in alarms
    ]
    age = alarms.get("max_backlog_age_seconds")
    return found or whole_number("alarms.max_backlog_age_seconds", age, 60, 86_400, "seconds")


def _too_many(variants: Sequence[Variant]) -> list[Problem]:
    with_gpus = sum(1 for variant in variants if variant.gpus)
    if not with_gpus or len(variants) + with_gpus <= MAX_METRICS:
        return []
    allowed = f"variants whose memory and GPU memory are at most {MAX_METRICS} metrics: no CloudWatch alarm watches more"
    return [
        Problem(
            "variants",
            sorted(variant.name for variant in variants),
            allowed,
            "use at most 5 variants with GPUs",
        )
    ]


def rollback_alarms(
    endpoint: str, kind: EndpointKind, variants: Sequence[Variant], alarms: EndpointAlarmsArgs
) -> list[EndpointAlarm]:
    """The alarms of an endpoint, errors first; at most 6 of the 10 that SageMaker
    takes."""
    found = [_errors(endpoint, kind, variants, alarms.get("max_error_percent", ERROR_PERCENT))]
    latency = alarms.get(
        "max_latency_ms", None if kind is EndpointKind.ASYNCHRONOUS else LATENCY_MS
    )
    if latency is not None:
        found.append(_latency(endpoint, variants, latency))
    if kind is not EndpointKind.SERVERLESS:
        found.append(_disk(endpoint, variants, alarms.get("max_disk_percent", DISK_PERCENT)))
    found.append(_memory(endpoint, variants, alarms))
    busy = alarms.get("max_gpu_percent")
    if busy is not None:
        found.append(_gpu(endpoint, [variant for variant in variants if variant.gpus], busy))
    if kind is EndpointKind.ASYNCHRONOUS:
        found.append(_backlog(endpoint, alarms.get("max_backlog_age_seconds", BACKLOG_SECONDS)))
    return found


def _alarm(role: str, says: str, runbook: str, settings: dict[str, Any]) -> EndpointAlarm:
    return EndpointAlarm(role, f"{says} Runbook: docs/runbooks/{runbook}.md", settings)


def _errors(
    endpoint: str, kind: EndpointKind, variants: Sequence[Variant], limit: float
) -> EndpointAlarm:
    says = f"More than {limit:g} % of the requests to endpoint {endpoint} fail with a 5xx error."
    label = "5xx errors, percent of requests"
    if len(variants) == 1 and kind is not EndpointKind.ASYNCHRONOUS:
        of = dimensions(endpoint, variants[0].name)
        queries = [
            expression("error_percent", "100 * errors / requests", label),
            query("errors", INVOCATIONS, "Invocation5XXErrors", of, "Sum"),
            query("requests", INVOCATIONS, "Invocations", of, "Sum"),
        ]
    else:
        # SageMaker sends a 1 or a 0 for each request, so that the average is the share.
        # An asynchronous endpoint has no `Invocations`, and ten variants would have
        # more metrics than an alarm may.
        shares, names = _each(
            "errors", INVOCATIONS, "Invocation5XXErrors", endpoint, variants, "Average"
        )
        queries = [expression("error_percent", f"100 * MAX([{', '.join(names)}])", label), *shares]
    return _alarm(
        "errors", says, "endpoint-errors", {"threshold": limit, "metric_queries": queries}
    )


def _latency(endpoint: str, variants: Sequence[Variant], limit: float) -> EndpointAlarm:
    says = f"The model of endpoint {endpoint} takes more than {limit:g} ms for the slowest tenth of its requests (p90)."
    threshold = limit * 1000  # the metric is in microseconds
    if len(variants) == 1:
        of = dimensions(endpoint, variants[0].name)
        settings = {
            "namespace": INVOCATIONS,
            "metric_name": "ModelLatency",
            "dimensions": of,
            "extended_statistic": "p90",
        }
        return _alarm(
            "latency",
            says,
            "endpoint-latency",
            {**settings, "period": PERIOD, "threshold": threshold},
        )
    queries, names = _each("latency", INVOCATIONS, "ModelLatency", endpoint, variants, "p90")
    slowest = expression(
        "slowest", f"MAX([{', '.join(names)}])", "p90 of the slowest variant, microseconds"
    )
    return _alarm(
        "latency",
        says,
        "endpoint-latency",
        {"threshold": threshold, "metric_queries": [slowest, *queries]},
    )


def _disk(endpoint: str, variants: Sequence[Variant], limit: float) -> EndpointAlarm:
    says = f"An instance of endpoint {endpoint} uses more than {limit:g} % of its disk."
    if len(variants) == 1:
        return _alarm(
            "disk",
            says,
            "endpoint-disk",
            _fullest("DiskUtilization", endpoint, variants[0].name, limit),
        )
    queries, names = _each("disk", INSTANCES, "DiskUtilization", endpoint, variants, "Maximum")
    fullest = expression("fullest", f"MAX([{', '.join(names)}])", "disk in use, percent")
    return _alarm(
        "disk", says, "endpoint-disk", {"threshold": limit, "metric_queries": [fullest, *queries]}
    )


def _memory(
    endpoint: str, variants: Sequence[Variant], alarms: EndpointAlarmsArgs
) -> EndpointAlarm:
    limit = alarms.get("max_memory_percent", MEMORY_PERCENT)
    of_gpus = alarms.get("max_gpu_memory_percent", GPU_MEMORY_PERCENT)
    with_gpus = [variant for variant in variants if variant.gpus]
    says = f"An instance of endpoint {endpoint} uses more than {limit:g} % of its memory"
    says += f", or more than {of_gpus:g} % of its GPUs'." if with_gpus else "."
    if len(variants) == 1 and not with_gpus:
        return _alarm(
            "memory",
            says,
            "endpoint-memory",
            _fullest("MemoryUtilization", endpoint, variants[0].name, limit),
        )
    queries, names = _each("memory", INSTANCES, "MemoryUtilization", endpoint, variants, "Maximum")
    gpu_queries, gpu_names = _each(
        "gpu_memory", INSTANCES, "GPUMemoryUtilization", endpoint, with_gpus, "Maximum"
    )
    terms = [f"{name} / {limit:g}" for name in names]
    # The metric is the sum over the GPUs: 400 % where four are full.
    terms += [
        f"{name} / {of_gpus * of.gpus:g}" for name, of in zip(gpu_names, with_gpus, strict=True)
    ]
    fullest = expression(
        "fullest", f"100 * MAX([{', '.join(terms)}])", "memory in use, percent of the limit"
    )
    settings = {"threshold": 100.0, "metric_queries": [fullest, *queries, *gpu_queries]}
    return _alarm("memory", says, "endpoint-memory", settings)


def _gpu(endpoint: str, variants: Sequence[Variant], limit: float) -> EndpointAlarm:
    queries, names = _each("gpu", INSTANCES, "GPUUtilization", endpoint, variants, "Maximum")
    # The metric is the sum over the GPUs, like that of their memory.
    terms = [f"{name} / {of.gpus}" for name, of in zip(names, variants, strict=True)]
    busiest = expression("busiest", f"MAX([{', '.join(terms)}])", "GPUs busy, percent")
    says = f"The GPUs of an instance of endpoint {endpoint} are busy more than {limit:g} % of the time."
    return _alarm(
        "gpu", says, "endpoint-gpu", {"threshold": limit, "metric_queries": [busiest, *queries]}
    )


def _backlog(endpoint: str, limit: int) -> EndpointAlarm:
    says = f"A request has been in the queue of endpoint {endpoint} for more than {limit} seconds."
    settings = {
        "namespace": INVOCATIONS,
        "metric_name": "ApproximateAgeOfOldestRequest",
        "dimensions": {"EndpointName": endpoint},  # the queue is the endpoint's, not a variant's
        "statistic": "Maximum",
        "period": PERIOD,
        "threshold": float(limit),
    }
    return _alarm("backlog", says, "endpoint-backlog", settings)


def _fullest(metric: str, endpoint: str, variant: str, limit: float) -> dict[str, Any]:
    return {
        "namespace": INSTANCES,
        "metric_name": metric,
        "dimensions": dimensions(endpoint, variant),
        "statistic": "Maximum",
        "period": PERIOD,
        "threshold": limit,
    }


def _each(
    id: str, namespace: str, metric: str, endpoint: str, variants: Sequence[Variant], statistic: str
) -> tuple[list[Any], list[str]]:
    """A metric of each variant, and what the expression calls them."""
    # By number: the names of variants may have hyphens, which would be subtractions.
    names = (
        [f"{id}_{number}" for number, _ in enumerate(variants, 1)]
        if len(variants) > 1
        else [id] * len(variants)
    )
    queries = [
        query(name, namespace, metric, dimensions(endpoint, variant.name), statistic)
        for name, variant in zip(names, variants, strict=True)
    ]
    return queries, names
