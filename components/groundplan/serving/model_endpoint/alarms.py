"""The alarms of an endpoint, which notify people and roll back a new model.

The metrics are those of the SageMaker AI Developer Guide, "Amazon SageMaker AI metrics
in Amazon CloudWatch" and "Monitor asynchronous endpoint". During a rollout they count
the old and the new fleet together.

There is one alarm for each concern, over all production variants, whatever their number
and instance types are: the AWS provider replaces an endpoint whose rollback alarms have
other names. They ignore a shadow: no client receives its errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import runbooks
from groundplan.serving.model_endpoint.alarm_metrics import (
    INSTANCES,
    INVOCATIONS,
    PERIOD,
    dimensions,
    expression,
    query,
)
from groundplan.serving.model_endpoint.choices import EndpointKind
from groundplan.serving.model_endpoint.spec import EndpointSpec
from groundplan.serving.model_endpoint.variants import Variant


@dataclass(frozen=True)
class EndpointAlarm:
    """The specification of an alarm."""

    role: str
    """The last part of its name."""
    description: str
    runbook: str
    """Its file in docs/runbooks."""
    metric: dict[str, Any]
    """The arguments of `aws.cloudwatch.MetricAlarm` that state metric and threshold."""


def create(spec: EndpointSpec, parent: pulumi.Resource) -> dict[str, aws.cloudwatch.MetricAlarm]:
    """Creates the alarms of an endpoint, and returns them by role."""
    limits = spec.alarms
    actions = list(limits.actions) or None
    return {
        alarm.role: aws.cloudwatch.MetricAlarm(
            f"{spec.name}-{alarm.role}",
            # Fixed: the provider replaces an endpoint whose rollback alarms have other
            # names.
            name=f"{spec.endpoint_name}-{alarm.role}",
            alarm_description=(
                f"{alarm.description} {runbooks.note(alarm.runbook, limits.runbooks_url)}"
            ),
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=limits.evaluation_minutes,
            datapoints_to_alarm=limits.evaluation_minutes,
            treat_missing_data="notBreaching",  # no requests, or no instances, are no failure
            alarm_actions=actions,
            ok_actions=actions,
            tags=spec.tags,
            opts=pulumi.ResourceOptions(parent=parent),
            **alarm.metric,
        )
        for alarm in endpoint_alarms(spec)
    }


def endpoint_alarms(spec: EndpointSpec) -> list[EndpointAlarm]:
    """Returns the alarms of an endpoint, errors first; at most 6 of the 10 that
    SageMaker accepts."""
    limits = spec.alarms
    if not spec.is_guarded and not limits.actions:
        return []  # nobody to notify, and nothing to roll back
    alarms = [_errors(spec, limits.error_percent)]
    if limits.latency_ms is not None:
        alarms.append(_latency(spec, limits.latency_ms))
    if limits.disk_percent is not None:
        alarms.append(_disk(spec, limits.disk_percent))
    alarms.append(_memory(spec, limits.memory_percent, limits.gpu_memory_percent))
    if limits.gpu_percent is not None:
        alarms.append(_gpu(spec, limits.gpu_percent))
    if limits.backlog_age_seconds is not None:
        alarms.append(_backlog(spec, limits.backlog_age_seconds))
    return alarms


def _alarm(role: str, description: str, runbook: str, metric: dict[str, Any]) -> EndpointAlarm:
    return EndpointAlarm(role, description, f"{runbook}.md", metric)


def _errors(spec: EndpointSpec, limit: float) -> EndpointAlarm:
    description = (
        f"More than {limit:g} % of the requests to endpoint {spec.endpoint_name} fail "
        "with a 5xx error."
    )
    label = "5xx errors, percent of requests"
    if len(spec.variants) == 1 and spec.kind is not EndpointKind.ASYNCHRONOUS:
        of = dimensions(spec.endpoint_name, spec.variants[0].name)
        queries = [
            expression("error_percent", "100 * errors / requests", label),
            query("errors", INVOCATIONS, "Invocation5XXErrors", of, "Sum"),
            query("requests", INVOCATIONS, "Invocations", of, "Sum"),
        ]
    else:
        # SageMaker publishes a 1 or a 0 for each request, so that the average is the
        # share. An asynchronous endpoint has no `Invocations`, and ten variants would
        # have more metrics than an alarm may.
        shares, names = _each(
            "errors", INVOCATIONS, "Invocation5XXErrors", spec, spec.variants, "Average"
        )
        queries = [expression("error_percent", f"100 * MAX([{', '.join(names)}])", label), *shares]
    metric = {"threshold": limit, "metric_queries": queries}
    return _alarm("errors", description, "endpoint-errors", metric)


def _latency(spec: EndpointSpec, limit: float) -> EndpointAlarm:
    description = (
        f"The model of endpoint {spec.endpoint_name} takes more than {limit:g} ms for the "
        "slowest tenth of its requests (p90)."
    )
    metric: dict[str, Any]
    if len(spec.variants) == 1:
        metric = {
            "namespace": INVOCATIONS,
            "metric_name": "ModelLatency",
            "dimensions": dimensions(spec.endpoint_name, spec.variants[0].name),
            "extended_statistic": "p90",
            "period": PERIOD,
        }
    else:
        queries, names = _each("latency", INVOCATIONS, "ModelLatency", spec, spec.variants, "p90")
        slowest = expression(
            "slowest", f"MAX([{', '.join(names)}])", "p90 of the slowest variant, microseconds"
        )
        metric = {"metric_queries": [slowest, *queries]}
    metric["threshold"] = limit * 1000  # the metric is in microseconds
    return _alarm("latency", description, "endpoint-latency", metric)


def _disk(spec: EndpointSpec, limit: float) -> EndpointAlarm:
    description = (
        f"An instance of endpoint {spec.endpoint_name} uses more than {limit:g} % of its disk."
    )
    if len(spec.variants) == 1:
        metric = _fullest("DiskUtilization", spec, limit)
    else:
        queries, names = _each("disk", INSTANCES, "DiskUtilization", spec, spec.variants, "Maximum")
        fullest = expression("fullest", f"MAX([{', '.join(names)}])", "disk in use, percent")
        metric = {"threshold": limit, "metric_queries": [fullest, *queries]}
    return _alarm("disk", description, "endpoint-disk", metric)


def _memory(spec: EndpointSpec, limit: float, gpu_limit: float | None) -> EndpointAlarm:
    with_gpus = [variant for variant in spec.variants if variant.gpus]
    subject = (
        f"An instance of endpoint {spec.endpoint_name} uses more than {limit:g} % of its memory"
    )
    if gpu_limit is None:
        description = f"{subject}."
        if len(spec.variants) == 1:
            metric = _fullest("MemoryUtilization", spec, limit)
            return _alarm("memory", description, "endpoint-memory", metric)
    else:
        description = f"{subject}, or more than {gpu_limit:g} % of its GPUs'."
    queries, names = _each("memory", INSTANCES, "MemoryUtilization", spec, spec.variants, "Maximum")
    gpu_queries, gpu_names = _each(
        "gpu_memory", INSTANCES, "GPUMemoryUtilization", spec, with_gpus, "Maximum"
    )
    terms = [f"{name} / {limit:g}" for name in names]
    if gpu_limit is not None:
        # The metric is the sum over the GPUs: 400 % where four are full.
        terms += [
            f"{name} / {gpu_limit * variant.gpus:g}"
            for name, variant in zip(gpu_names, with_gpus, strict=True)
        ]
    fullest = expression(
        "fullest", f"100 * MAX([{', '.join(terms)}])", "memory in use, percent of the limit"
    )
    metric = {"threshold": 100.0, "metric_queries": [fullest, *queries, *gpu_queries]}
    return _alarm("memory", description, "endpoint-memory", metric)


def _gpu(spec: EndpointSpec, limit: float) -> EndpointAlarm:
    variants = [variant for variant in spec.variants if variant.gpus]
    queries, names = _each("gpu", INSTANCES, "GPUUtilization", spec, variants, "Maximum")
    # The metric is the sum over the GPUs, like that of their memory.
    terms = [f"{name} / {of.gpus}" for name, of in zip(names, variants, strict=True)]
    busiest = expression("busiest", f"MAX([{', '.join(terms)}])", "GPUs busy, percent")
    description = (
        f"The GPUs of an instance of endpoint {spec.endpoint_name} are busy more than "
        f"{limit:g} % of the time."
    )
    metric = {"threshold": limit, "metric_queries": [busiest, *queries]}
    return _alarm("gpu", description, "endpoint-gpu", metric)


def _backlog(spec: EndpointSpec, limit: int) -> EndpointAlarm:
    description = (
        f"A request has been in the queue of endpoint {spec.endpoint_name} for more than "
        f"{limit} seconds."
    )
    metric = {
        "namespace": INVOCATIONS,
        "metric_name": "ApproximateAgeOfOldestRequest",
        # The queue is the endpoint's, not a variant's.
        "dimensions": {"EndpointName": spec.endpoint_name},
        "statistic": "Maximum",
        "period": PERIOD,
        "threshold": float(limit),
    }
    return _alarm("backlog", description, "endpoint-backlog", metric)


def _fullest(metric: str, spec: EndpointSpec, limit: float) -> dict[str, Any]:
    """Returns the maximum of a metric of the only variant's instances."""
    return {
        "namespace": INSTANCES,
        "metric_name": metric,
        "dimensions": dimensions(spec.endpoint_name, spec.variants[0].name),
        "statistic": "Maximum",
        "period": PERIOD,
        "threshold": limit,
    }


def _each(
    id: str,
    namespace: str,
    metric: str,
    spec: EndpointSpec,
    variants: Sequence[Variant],
    statistic: str,
) -> tuple[list[Any], list[str]]:
    """Returns a query of each variant's metric, and their names in the expression."""
    # By number: the names of variants may have hyphens, which would be subtractions.
    names = (
        [f"{id}_{number}" for number, _ in enumerate(variants, 1)]
        if len(variants) > 1
        else [id] * len(variants)
    )
    queries = [
        query(name, namespace, metric, dimensions(spec.endpoint_name, variant.name), statistic)
        for name, variant in zip(names, variants, strict=True)
    ]
    return queries, names
