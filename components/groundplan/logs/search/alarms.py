"""The alarms of a search, and of what fills it.

Metrics and limits: Amazon OpenSearch Service Developer Guide, "Recommended CloudWatch
alarms for Amazon OpenSearch Service", and "Monitoring OpenSearch Serverless with
Amazon CloudWatch".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import runbooks
from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.logs.index import names
from groundplan.logs.spec import Domain, LogStoreSpec

SEARCH, FORWARDING = "log-search.md", "log-forwarding.md"
FREE_SHARE = 0.25
"""Of a node's volume; OpenSearch blocks writes at less than a fifth, or 20 GiB."""


@dataclass(frozen=True)
class SearchAlarm:
    """An alarm, without what its resource is called."""

    summary: str
    metric: str
    threshold: float
    statistic: str = "Maximum"
    period: int = 60
    periods: int = 1
    above: bool = True


def of_domain(domain: Domain) -> dict[str, SearchAlarm]:
    """Returns the alarms of a domain by role."""
    free_mb = domain.volume_size_gb * 1024 * FREE_SHARE
    found = {
        "red": SearchAlarm(
            "a shard and all its copies are missing: lines can't be searched",
            "ClusterStatus.red",
            1,
        ),
        "yellow": SearchAlarm("copies of shards are missing", "ClusterStatus.yellow", 1, periods=5),
        "storage": SearchAlarm(
            "a node's volume is nearly full", "FreeStorageSpace", free_mb, "Minimum", above=False
        ),
        "writes-blocked": SearchAlarm(
            "no line can be indexed", "ClusterIndexWritesBlocked", 1, period=300
        ),
        "memory": SearchAlarm("memory is nearly used up", "JVMMemoryPressure", 95, periods=3),
        "cpu": SearchAlarm("nodes are busy", "CPUUtilization", 80, period=900, periods=3),
        "nodes": SearchAlarm(
            "nodes are missing",
            "Nodes",
            domain.instance_count + (3 if domain.dedicated_masters else 0) - 1,
            "Minimum",
            period=3600,
            above=False,
        ),
        "snapshots": SearchAlarm("a snapshot failed", "AutomatedSnapshotFailure", 1),
        "key": SearchAlarm(
            "its KMS key is disabled or out of reach: it will be lost", "KMSKeyInaccessible", 1
        ),
    }
    if domain.dedicated_masters:
        found["masters"] = SearchAlarm(
            "dedicated masters are busy", "MasterCPUUtilization", 50, period=900, periods=3
        )
    return found


OF_COLLECTION: Mapping[str, SearchAlarm] = {
    "inactive": SearchAlarm(
        "the collection is not active", "ActiveCollection", 0, "Minimum", periods=5, above=False
    ),
    "ingestion": SearchAlarm(
        "lines are refused by the collection", "IngestionRequestErrors", 1, "Sum", 300, 3
    ),
}
"""The alarms of a collection by role."""


def create(
    spec: LogStoreSpec,
    alarms: Mapping[str, SearchAlarm],
    namespace: str,
    dimensions: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
) -> dict[str, aws.cloudwatch.MetricAlarm]:
    """Creates the alarms of a domain or a collection."""
    return {
        role: _alarm(
            spec,
            role,
            f"Log search of {spec.environment}: {alarm.summary}.",
            SEARCH,
            {
                "namespace": namespace,
                "metric_name": alarm.metric,
                "dimensions": dict(dimensions),
                "statistic": alarm.statistic,
                "comparison_operator": (
                    "GreaterThanOrEqualToThreshold" if alarm.above else "LessThanOrEqualToThreshold"
                ),
                "threshold": alarm.threshold,
                "period": alarm.period,
                "evaluation_periods": alarm.periods,
            },
            parent,
        )
        for role, alarm in alarms.items()
    }


def of_forwarding(
    spec: LogStoreSpec,
    function_name: pulumi.Input[str],
    queue_name: pulumi.Input[str],
    parent: pulumi.Resource,
) -> dict[str, aws.cloudwatch.MetricAlarm]:
    """Creates the alarms of the function that indexes lines."""
    watched: dict[str, tuple[str, int, dict[str, Any]]] = {
        "late": (
            "lines are not indexed, and tried again",
            3,
            {
                "namespace": "AWS/Lambda",
                "metric_name": "Errors",
                "dimensions": {"FunctionName": function_name},
                "statistic": "Sum",
            },
        ),
        "undelivered": (
            "batches of lines were given up: the queue is not empty",
            1,
            {
                "namespace": "AWS/SQS",
                "metric_name": "ApproximateNumberOfMessagesVisible",
                "dimensions": {"QueueName": queue_name},
                "statistic": "Maximum",
            },
        ),
        "refused": (
            "lines are refused by the index",
            1,
            {
                "namespace": names.NAMESPACE,
                "metric_name": names.REFUSED,
                "dimensions": {names.STORE: store_name(spec)},
                "statistic": "Sum",
            },
        ),
    }
    return {
        role: _alarm(
            spec,
            role,
            f"Log search of {spec.environment}: {text}.",
            FORWARDING,
            {
                **settings,
                "comparison_operator": "GreaterThanThreshold",
                "threshold": 0,
                "period": 300,
                "evaluation_periods": periods,
            },
            parent,
        )
        for role, (text, periods, settings) in watched.items()
    }


def store_name(spec: LogStoreSpec) -> str:
    """Returns the dimension of the metrics of what is indexed."""
    return f"{spec.environment}-{spec.name}"


def _alarm(
    spec: LogStoreSpec,
    role: str,
    text: str,
    runbook: str,
    settings: Mapping[str, Any],
    parent: pulumi.Resource,
) -> aws.cloudwatch.MetricAlarm:
    return aws.cloudwatch.MetricAlarm(
        f"{spec.name}-search-{role}",
        alarm_description=runbooks.message(
            text, AlertSeverity.WARNING.value, spec.owner, runbook, spec.runbooks_url
        ),
        alarm_actions=list(spec.alarm_actions),
        ok_actions=list(spec.alarm_actions),
        treat_missing_data="notBreaching",
        tags=spec.tags,
        opts=pulumi.ResourceOptions(parent=parent),
        **settings,
    )
