"""Alarms of the API: errors of its own, latency, and requests that were too many."""

import pulumi
import pulumi_aws as aws

from groundplan import runbooks
from groundplan.api.component.spec import DeliveryApiSpec
from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.lambda_functions.alarms import Watched, create_alarms
from groundplan.lambda_functions.log_metrics import create_count
from groundplan.tags import Tags

FAILING, THROTTLED = "api-failing.md", "api-throttled.md"
NAMESPACE = "AWS/ApiGateway"
"""Metrics of HTTP APIs: API Gateway Developer Guide, "Monitor CloudWatch metrics for
HTTP APIs". They have none of requests that throttling refuses."""
REFUSED_PATTERN = '{ $.status = "429" }'
PERIODS = 3
PERIOD_SECONDS = 300


def refused_requests(
    name: str, access_logs: aws.cloudwatch.LogGroup, parent: pulumi.Resource
) -> tuple[aws.cloudwatch.LogMetricFilter, dict[str, str]]:
    """Creates the filter that counts requests that were too many. Returns it, and the
    metric that it writes."""
    return create_count(
        f"{name}-throttled-requests",
        f"{name}-throttled",
        log_group=access_logs.name,
        pattern=REFUSED_PATTERN,
        parent=parent,
    )


def create(
    name: str,
    spec: DeliveryApiSpec,
    *,
    api_id: pulumi.Input[str],
    throttled: dict[str, str],
    resource_tags: Tags,
    parent: pulumi.Resource,
) -> dict[str, aws.cloudwatch.MetricAlarm]:
    """Creates the alarms. Returns them by what they watch."""
    watched = {
        "errors": Watched(
            f"The API {name} answered with an error of its own (5xx).",
            FAILING,
            NAMESPACE,
            "5xx",
            {"ApiId": api_id},
        ),
        "throttled": Watched(
            f"The API {name} refused requests, because they were too many (429).",
            THROTTLED,
            throttled["namespace"],
            throttled["metric_name"],
        ),
    }
    alarms = create_alarms(
        name,
        watched,
        spec,
        parent,
    )
    return {**alarms, "latency": _latency(name, spec, api_id, resource_tags, parent)}


def _latency(
    name: str,
    spec: DeliveryApiSpec,
    api_id: pulumi.Input[str],
    resource_tags: Tags,
    parent: pulumi.Resource,
) -> aws.cloudwatch.MetricAlarm:
    summary = f"The API {name} is slow: one request of 100 takes over {spec.max_latency_ms} ms."
    return aws.cloudwatch.MetricAlarm(
        f"{name}-latency",
        alarm_description=runbooks.message(
            summary, AlertSeverity.WARNING.value, spec.owner, FAILING, spec.runbooks_url
        ),
        namespace=NAMESPACE,
        metric_name="Latency",
        dimensions={"ApiId": api_id},
        extended_statistic="p99",
        comparison_operator="GreaterThanThreshold",
        threshold=spec.max_latency_ms,
        period=PERIOD_SECONDS,
        evaluation_periods=PERIODS,
        treat_missing_data="notBreaching",
        # Of a few requests, the slowest is no percentile.
        evaluate_low_sample_count_percentiles="ignore",
        alarm_actions=list(spec.alarm_actions),
        ok_actions=list(spec.alarm_actions),
        tags=resource_tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
