"""The two alarms of an endpoint: they tell people, and they roll a new model back.

The metrics are those of the SageMaker AI Developer Guide, "Amazon SageMaker AI metrics in Amazon CloudWatch". During a rollout
they count the old and the new fleet together.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from groundplan.problems import Problem, whole_number

NAMESPACE = "AWS/SageMaker"
PERIOD = 60
"""Seconds; SageMaker publishes these metrics once a minute."""
EVALUATION_MINUTES = 3
MAX_LATENCY_MS = 60_000
"""SageMaker gives up on a request after 60 seconds (API reference, `InvokeEndpoint`), so no latency is ever above it."""


class EndpointAlarmsArgs(TypedDict):
    """When an endpoint is unwell. Changing any of it updates the alarms in place."""

    max_error_percent: NotRequired[float]
    """Share of requests that may fail with a 5xx error, in percent. Default: 1."""
    max_latency_ms: NotRequired[float]
    """Milliseconds within which the model must answer 90 of 100 requests. Default: 1000."""
    evaluation_minutes: NotRequired[int]
    """Minutes in a row that must be over the limit before an alarm goes off. Default: 3. At most what `rollout.wait_seconds`
    watches."""
    actions: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of SNS topics that are told when an alarm goes off and when it is over. Default: none; the alarms roll a bad model
    back all the same."""


def problems(alarms: EndpointAlarmsArgs) -> list[Problem]:
    """What is wrong with the limits. The keys begin with `alarms.`."""
    found = whole_number("alarms.evaluation_minutes", alarms.get("evaluation_minutes"), 1, 60, "minutes")
    percent, latency = alarms.get("max_error_percent"), alarms.get("max_latency_ms")
    if percent is not None and not 0 <= percent < 100:
        fix = "use a share that the endpoint stays below when it is well, such as 1"
        found.append(Problem("alarms.max_error_percent", percent, "a number from 0 to below 100 (percent)", fix))
    if latency is not None and not 0 < latency < MAX_LATENCY_MS:
        allowed = f"a number above 0 and below {MAX_LATENCY_MS} (milliseconds): SageMaker gives up on a request after that"
        fix = "use what the model needs at its peak, and some more"
        found.append(Problem("alarms.max_latency_ms", latency, allowed, fix))
    return found


def error_alarm(
    name: str,
    endpoint_name: str,
    variant: str,
    alarms: EndpointAlarmsArgs,
    tags: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.MetricAlarm:
    """Goes off when more requests fail with a 5xx error than may."""
    limit = alarms.get("max_error_percent", 1.0)
    minutes = alarms.get("evaluation_minutes", EVALUATION_MINUTES)
    return aws.cloudwatch.MetricAlarm(
        name,
        name=f"{endpoint_name}-errors",
        alarm_description=f"More than {limit:g} % of the requests to endpoint {endpoint_name} fail with a 5xx error. "
        "Runbook: docs/runbooks/endpoint-errors.md",
        comparison_operator="GreaterThanThreshold",
        threshold=limit,
        evaluation_periods=minutes,
        datapoints_to_alarm=minutes,
        treat_missing_data="notBreaching",  # without requests there are no errors
        metric_queries=[
            aws.cloudwatch.MetricAlarmMetricQueryArgs(
                id="error_percent",
                expression="100 * errors / requests",
                label="5xx errors, percent of requests",
                return_data=True,
            ),
            _sum("errors", "Invocation5XXErrors", endpoint_name, variant),
            _sum("requests", "Invocations", endpoint_name, variant),
        ],
        alarm_actions=alarms.get("actions"),
        ok_actions=alarms.get("actions"),
        tags=tags,
        opts=opts,
    )


def latency_alarm(
    name: str,
    endpoint_name: str,
    variant: str,
    alarms: EndpointAlarmsArgs,
    tags: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.MetricAlarm:
    """Goes off when the model takes longer than it may to answer 90 of 100 requests."""
    limit = alarms.get("max_latency_ms", 1000.0)
    minutes = alarms.get("evaluation_minutes", EVALUATION_MINUTES)
    return aws.cloudwatch.MetricAlarm(
        name,
        name=f"{endpoint_name}-latency",
        alarm_description=f"The model of endpoint {endpoint_name} takes more than {limit:g} ms for the slowest tenth of its "
        "requests (p90). Runbook: docs/runbooks/endpoint-latency.md",
        namespace=NAMESPACE,
        metric_name="ModelLatency",
        dimensions={"EndpointName": endpoint_name, "VariantName": variant},
        extended_statistic="p90",
        period=PERIOD,
        comparison_operator="GreaterThanThreshold",
        threshold=limit * 1000,  # the metric is in microseconds
        evaluation_periods=minutes,
        datapoints_to_alarm=minutes,
        treat_missing_data="notBreaching",  # without requests nothing is slow
        alarm_actions=alarms.get("actions"),
        ok_actions=alarms.get("actions"),
        tags=tags,
        opts=opts,
    )


def _sum(id: str, metric: str, endpoint_name: str, variant: str) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=id,
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=NAMESPACE,
            metric_name=metric,
            dimensions={"EndpointName": endpoint_name, "VariantName": variant},
            stat="Sum",
            period=PERIOD,
        ),
    )
