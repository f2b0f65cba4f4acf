"""The workspace of Amazon Managed Service for Prometheus: its metrics, its logs, its
rules and its alert manager."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from groundplan import iam, runbooks
from groundplan.kubernetes import alert_rules, rule_namespace
from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.monitoring import alert_manager, metrics_rules, prometheus
from groundplan.monitoring.alarms import Alarm
from groundplan.monitoring.cluster import PodAccess
from groundplan.monitoring.notifications import Notifications
from groundplan.monitoring.remote_write import ACCOUNT
from groundplan.monitoring.spec import Alerts, MonitoringSpec, Prometheus

LOG_DAYS = 90
"""Days that the log of rules and notifications that failed is retained."""

LONGEST_ALIAS = 100
"""Amazon Managed Service for Prometheus API Reference, `WorkspaceAlias`."""

NAMESPACE = "AWS/Prometheus"


@dataclass(frozen=True)
class Workspace:
    """The workspace, before anything writes to it."""

    log_group: aws.cloudwatch.LogGroup
    workspace: aws.amp.Workspace
    configuration: aws.amp.WorkspaceConfiguration


def create(
    spec: MonitoringSpec,
    retention_days: int,
    key_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> Workspace:
    """Creates the workspace as a child of `parent`."""
    protected = spec.deletion_protection
    log_group = aws.cloudwatch.LogGroup(
        f"{spec.name}-prometheus-logs",
        # AWS allows the delivery by itself for names that begin so (CloudWatch Logs
        # User Guide, "Logging that requires additional permissions", vended logs).
        name=f"/aws/vendedlogs/groundplan/{spec.environment}/prometheus",
        kms_key_id=key_arn,
        retention_in_days=LOG_DAYS,
        tags=spec.tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    workspace = aws.amp.Workspace(
        f"{spec.name}-workspace",
        alias=spec.environment[:LONGEST_ALIAS],
        kms_key_arn=key_arn,
        logging_configuration=aws.amp.WorkspaceLoggingConfigurationArgs(
            log_group_arn=pulumi.Output.format("{0}:*", log_group.arn)
        ),
        tags=spec.tags,
        opts=pulumi.ResourceOptions(parent=parent, protect=protected, retain_on_delete=protected),
    )
    configuration = aws.amp.WorkspaceConfiguration(
        f"{spec.name}-workspace-configuration",
        workspace_id=workspace.id,
        retention_period_in_days=retention_days,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return Workspace(log_group, workspace, configuration)


@dataclass(frozen=True)
class Alerting:
    """What evaluates the alerts of a workspace, and sends them."""

    rules: aws.amp.RuleGroupNamespace
    alert_manager: aws.amp.AlertManagerDefinition


def route(
    spec: MonitoringSpec,
    alerts: Alerts,
    workspace: aws.amp.Workspace,
    notifications: Notifications,
    region: pulumi.Output[str],
    parent: pulumi.Resource,
) -> Alerting:
    """Creates the rules and the alert manager as children of `parent`."""
    groups = prometheus.rule_groups(alerts) | {"metrics": metrics_rules.RULES}
    rules = rule_namespace.create(
        f"{spec.name}-rules",
        workspace.id,
        [
            alert_rules.rule_group(name, group, alerts.runbooks_url, alerts.labels)
            for name, group in groups.items()
        ],
        tags=spec.tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    runbook = runbooks.where(prometheus.RUNBOOK, alerts.runbooks_url)
    urgent = notifications.urgent_topic
    definition = pulumi.Output.all(
        topic_arn=notifications.topic.arn,
        region=region,
        **({"urgent_arn": urgent.arn} if urgent else {}),
    ).apply(lambda known: alert_manager.definition(runbook=runbook, **known))
    manager = aws.amp.AlertManagerDefinition(
        f"{spec.name}-alert-manager",
        workspace_id=workspace.id,
        definition=definition,
        # Notifications are refused before the topics allow the workspace to publish.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=notifications.policies),
    )
    return Alerting(rules, manager)


def runbook_files(prometheus_: Prometheus) -> set[str]:
    """Returns the files in docs/runbooks of what only a workspace has."""
    return {rule.runbook for rule in metrics_rules.RULES} if prometheus_.is_managed else set()


def alarms(workspace_id: pulumi.Input[str]) -> Sequence[Alarm]:
    """Returns the alarms on the workspace itself, of CloudWatch: its own alert manager
    cannot notify of them.

    Metrics and dimension: User Guide, "Use CloudWatch metrics to monitor Amazon Managed
    Service for Prometheus resources".
    """
    metrics = {
        "failed": "AlertManagerNotificationsFailed",
        "throttled": "AlertManagerNotificationsThrottled",
    }
    queries = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=key,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=NAMESPACE,
                metric_name=metric,
                dimensions={"Workspace": workspace_id},
                stat="Sum",
                period=300,
            ),
            return_data=False,
        )
        for key, metric in metrics.items()
    ]
    expression = aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id="lost",
        expression="FILL(failed, 0) + FILL(throttled, 0)",
        label="notifications that failed",
        return_data=True,
    )
    return [
        Alarm(
            "notifications",
            "Notifications of alerts on the cluster and its services are not delivered to the "
            "alarm topic.",
            "metrics-missing.md",
            {
                "comparison_operator": "GreaterThanThreshold",
                "threshold": 0,
                "evaluation_periods": 1,
                # Without a failure there is no metric (same page).
                "treat_missing_data": "notBreaching",
                "metric_queries": [*queries, expression],
            },
            AlertSeverity.CRITICAL,
        )
    ]


def pod_access(workspace: aws.amp.Workspace) -> PodAccess:
    """Returns the access of Prometheus in the cluster to the workspace."""
    policy = iam.document(
        [
            iam.allow(
                "WriteMetricsAndAlerts",
                ["aps:RemoteWrite", "aps:CreateAlertManagerAlerts"],
                workspace.arn,
            )
        ]
    )
    description = "Prometheus: writes metrics and alerts to the workspace"
    return PodAccess("prometheus", ACCOUNT, description, policy)
