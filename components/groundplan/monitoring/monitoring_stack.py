"""MonitoringStack: the alarms of an environment, their topic, the dashboard, and
Prometheus in the cluster."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from groundplan import arguments, iam
from groundplan.component import Component
from groundplan.context import Context
from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.kubernetes.open_cost.installation import OpenCost
from groundplan.monitoring import (
    cluster,
    dashboard,
    endpoint_events,
    endpoint_rows,
    grafana,
    notifications,
    objective_alarms,
    prometheus,
    remote_write,
    replica_alarms,
    topic,
    workspace,
)
from groundplan.monitoring.alarms import Alarm, of_endpoint, of_nat_gateway
from groundplan.monitoring.args import MonitoringStackArgs
from groundplan.monitoring.spec import Prometheus, resolve
from groundplan.monitoring.validation import validate
from groundplan.storage.encryption_key.encryption_key import EncryptionKey


class MonitoringStack(Component):
    """Alarms with runbooks, an encrypted topic, a dashboard, log groups, and Prometheus
    with Grafana, in the cluster or in workspaces that AWS manages.

    The Kubernetes provider in the component's options installs Prometheus:
    `pulumi.ResourceOptions(providers=[cluster_provider])`.

    Grafana's administrator is `admin`, with a random password that the chart generates
    in the cluster's secret `kube-prometheus-stack-grafana`; the program neither sets
    nor reads it (docs/runbooks/cluster-alerts.md).

    The alerts of the cluster are those of the chart, and those on broken nodes, missing
    capacity, Kueue's queues and GPUs.
    """

    topic_arn: pulumi.Output[str]
    """ARN of the alarm topic."""
    urgent_topic_arn: pulumi.Output[str]
    """ARN of the topic of what is critical; empty without a subscriber to only that."""
    dashboard_name: pulumi.Output[str]
    """Name of the CloudWatch dashboard."""
    log_group_names: pulumi.Output[Mapping[str, str]]
    """Key -> name of the log groups."""
    alarm_names: pulumi.Output[Sequence[str]]
    """Names of all CloudWatch alarms that notify."""
    grafana_service: pulumi.Output[str]
    """Grafana's address inside the cluster; empty if it is not installed."""
    prometheus_workspace_id: pulumi.Output[str]
    """ID of the workspace of Amazon Managed Service for Prometheus; empty with the
    backend `cluster`."""
    prometheus_endpoint: pulumi.Output[str]
    """URL of that workspace, https://aps-workspaces...; empty with the backend
    `cluster`."""
    grafana_workspace_id: pulumi.Output[str]
    """ID of the workspace of Amazon Managed Grafana; empty without `grafana`."""
    grafana_url: pulumi.Output[str]
    """https:// address of that workspace; empty without `grafana`."""

    def __init__(
        self,
        name: str,
        args: MonitoringStackArgs = arguments.DEFAULTS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("groundplan:index:MonitoringStack", name, {}, opts)
        context = Context.of(name, opts)
        valid = arguments.validated("MonitoringStack", MonitoringStackArgs, args, validate, context)
        self._spec = resolve(valid, context)
        self._child = pulumi.ResourceOptions(parent=self)
        self._region = iam.region(pulumi.InvokeOptions(parent=self))

        self._create_key()
        self._create_workspace()
        self._create_notifications()
        self._create_log_groups()
        alarms = self._create_alarms()
        self.objective_alarms = objective_alarms.create(
            self._spec, self._notifications, self.alarms, self
        )
        """By name, the urgent one of each objective first."""
        self._create_endpoint_events()
        self._install_prometheus()
        self._create_grafana()
        self._create_dashboard(alarms)

        self.topic_arn = self.topic.arn
        self.urgent_topic_arn = (
            self.urgent_topic.arn if self.urgent_topic is not None else pulumi.Output.from_input("")
        )
        self.dashboard_name = self.dashboard.dashboard_name
        log_group_names: Any = {key: group.name for key, group in self.log_groups.items()}
        alarm_names: Any = [
            *(alarm.name for alarm in self.alarms.values()),
            *(alarm.alarm_name for alarm in self.objective_alarms.values()),
        ]
        self.log_group_names = pulumi.Output.from_input(log_group_names)
        self.alarm_names = pulumi.Output.from_input(alarm_names)
        self.register_outputs(
            {
                "topicArn": self.topic_arn,
                "urgentTopicArn": self.urgent_topic_arn,
                "dashboardName": self.dashboard_name,
                "logGroupNames": self.log_group_names,
                "alarmNames": self.alarm_names,
                "grafanaService": self.grafana_service,
                "prometheusWorkspaceId": self.prometheus_workspace_id,
                "prometheusEndpoint": self.prometheus_endpoint,
                "grafanaWorkspaceId": self.grafana_workspace_id,
                "grafanaUrl": self.grafana_url,
            }
        )

    def _create_key(self) -> None:
        spec = self._spec
        self.key: EncryptionKey | None = None
        self.key_arn: pulumi.Output[str]
        """ARN of the key that encrypts the topics and the log groups: who publishes
        needs it."""
        if spec.kms_key_arn is not None:
            self.key_arn = pulumi.Output.from_input(spec.kms_key_arn)
            return
        logs = ["logs"] if spec.log_groups or spec.managed else []
        services = ["cloudwatch", "events", *logs, *(["aps"] if spec.managed else [])]
        self.key = EncryptionKey(
            f"{spec.name}-key",
            {
                "description": f"Alarm topic and log groups of {spec.environment}",
                "services": services,
                "deletion_protection": spec.deletion_protection,
                "tags": spec.own_tags,
            },
            self._child,
        )
        self.key_arn = self.key.arn

    def _create_workspace(self) -> None:
        self.workspace: aws.amp.Workspace | None = None
        """The workspace that retains the metrics; None with the backend `cluster`."""
        self.workspace_configuration: aws.amp.WorkspaceConfiguration | None = None
        self.workspace_log_group: aws.cloudwatch.LogGroup | None = None
        self.prometheus_workspace_id = pulumi.Output.from_input("")
        self.prometheus_endpoint = pulumi.Output.from_input("")
        managed = self._spec.managed
        if managed is None:
            return
        created = workspace.create(self._spec, managed.retention_days, self.key_arn, self)
        self.workspace, self.workspace_log_group = created.workspace, created.log_group
        self.workspace_configuration = created.configuration
        self.prometheus_workspace_id = created.workspace.id
        self.prometheus_endpoint = created.workspace.prometheus_endpoint

    def _create_notifications(self) -> None:
        arn = self.workspace.arn if self.workspace is not None else None
        self._notifications = notifications.create(self._spec, self.key_arn, arn, self)
        self.topic = self._notifications.topic
        self.topic_policy = self._notifications.topic_policy
        self.urgent_topic = self._notifications.urgent_topic
        """The topic of what is critical; None without a subscriber to only that."""
        self.urgent_topic_policy = self._notifications.urgent_topic_policy
        self.subscriptions = self._notifications.subscriptions
        self.chat = self._notifications.chat

    def _create_log_groups(self) -> None:
        protected = self._spec.deletion_protection
        self.log_groups = {
            key: aws.cloudwatch.LogGroup(
                f"{self._spec.name}-logs-{key}",
                name=f"/groundplan/{self._spec.environment}/{key}",
                kms_key_id=self.key_arn,
                retention_in_days=retention_days,
                tags=self._spec.tags,
                opts=pulumi.ResourceOptions(
                    parent=self, protect=protected, retain_on_delete=protected
                ),
            )
            for key, retention_days in self._spec.log_groups.items()
        }

    def _create_alarms(self) -> Sequence[Alarm]:
        """Creates the alarms, and returns their specifications."""
        spec = self._spec
        alarms = {
            f"{spec.name}-endpoint-{endpoint.key}-{alarm.role}": alarm
            for endpoint in spec.endpoints
            for alarm in of_endpoint(endpoint)
        }
        alarms |= {
            f"{spec.name}-nat-{position}-{alarm.role}": alarm
            for position, gateway_id in enumerate(spec.nat_gateway_ids)
            for alarm in of_nat_gateway(position, gateway_id)
        }
        alarms |= {
            f"{spec.name}-replica-{label}-{alarm.role}": alarm
            for label, replica in spec.replicas.items()
            for alarm in replica_alarms.of_replica(label, replica)
        }
        if self.workspace is not None:
            alarms |= {
                f"{spec.name}-workspace-{alarm.role}": alarm
                for alarm in workspace.alarms(self.workspace.id)
            }
        self.alarms = {
            name: aws.cloudwatch.MetricAlarm(
                name,
                alarm_description=spec.message(alarm.summary, alarm.severity, alarm.runbook),
                alarm_actions=self._notifications.topic_arns(alarm.severity),
                ok_actions=self._notifications.topic_arns(alarm.severity),
                tags=spec.tags,
                opts=self._child,
                **alarm.settings,
            )
            for name, alarm in alarms.items()
        }
        return list(alarms.values())

    def _create_endpoint_events(self) -> None:
        self.endpoint_events: aws.cloudwatch.EventRule | None = None
        self.rollback_events: aws.cloudwatch.EventRule | None = None
        if not self._spec.endpoints:
            return
        self.endpoint_events = endpoint_events.publish(
            self._spec,
            "endpoint-events",
            topic.FAILED_STATES,
            AlertSeverity.CRITICAL,
            self._notifications,
            self,
        )
        self.rollback_events = endpoint_events.publish(
            self._spec,
            "rollback-events",
            topic.ROLLBACK_STATES,
            AlertSeverity.WARNING,
            self._notifications,
            self,
        )

    def _install_prometheus(self) -> None:
        self.alertmanager_role: aws.iam.Role | None = None
        self.writer_role: aws.iam.Role | None = None
        """The role of Prometheus that writes to the workspace, if there is one."""
        self.alert_rules: aws.amp.RuleGroupNamespace | None = None
        self.alert_manager: aws.amp.AlertManagerDefinition | None = None
        self.namespace: k8s.core.v1.Namespace | None = None
        self.network_policy: k8s.networking.v1.NetworkPolicy | None = None
        """The connections to the pods of `namespace`."""
        self.release: k8s.helm.v3.Release | None = None
        self.dcgm_exporter: k8s.helm.v3.Release | None = None
        """None without GPUs to monitor."""
        self.open_cost: OpenCost | None = None
        """None without `cluster.open_cost`."""
        self.grafana_dashboards: Mapping[str, k8s.core.v1.ConfigMap] = {}
        self.grafana_service = pulumi.Output.from_input("")
        watched = self._spec.cluster
        if watched is None or watched.prometheus is None:
            return
        own, name = watched.prometheus, watched.cluster_name
        if self.workspace is not None:
            installation = self._install_writer(own, name, self.workspace)
            self.writer_role = installation.role
        else:
            installation = self._install_servers(own, name)
            self.alertmanager_role = installation.role
        self.namespace = installation.namespace
        self.network_policy, self.release = installation.network_policy, installation.release
        self.grafana_service = installation.grafana_service
        self.dcgm_exporter, self.open_cost = installation.dcgm_exporter, installation.open_cost
        self.grafana_dashboards = installation.dashboards

    def _install_servers(
        self, own: Prometheus, cluster_name: pulumi.Input[str]
    ) -> cluster.Installation:
        """Installs Prometheus, Alertmanager and Grafana."""
        urgent_arn = self.urgent_topic.arn if self.urgent_topic is not None else None
        access = cluster.alertmanager_access(
            cluster.AlarmTopic(self.topic.arn, urgent_arn, self.key_arn, self._region)
        )
        accesses = [access, *([cluster.grafana_access()] if own.cloudwatch else [])]
        values = prometheus.values(own, self.topic.arn, self._region, urgent_arn)
        return cluster.install(self._spec, cluster_name, own, accesses, values, self)

    def _install_writer(
        self, own: Prometheus, cluster_name: pulumi.Input[str], target: aws.amp.Workspace
    ) -> cluster.Installation:
        """Creates the rules and the alert manager of the workspace, and installs
        Prometheus that writes to it."""
        alerting = workspace.route(
            self._spec, own.alerts, target, self._notifications, self._region, self
        )
        self.alert_rules, self.alert_manager = alerting.rules, alerting.alert_manager
        values = remote_write.values(own, target.prometheus_endpoint, self._region, cluster_name)
        accesses = [workspace.pod_access(target)]
        # Alerts that arrive before the alert manager has a definition are lost.
        return cluster.install(
            self._spec, cluster_name, own, accesses, values, self, [alerting.alert_manager]
        )

    def _create_grafana(self) -> None:
        self.grafana: grafana.Grafana | None = None
        """The workspace of Amazon Managed Grafana, with its role and its members."""
        self.grafana_workspace_id = pulumi.Output.from_input("")
        self.grafana_url = pulumi.Output.from_input("")
        own = self._spec.grafana
        if own is None:
            return
        arn = self.workspace.arn if self.workspace is not None else None
        self.grafana = grafana.create(self._spec, own, arn, self)
        created = self.grafana.workspace
        self.grafana_workspace_id = created.id
        self.grafana_url = pulumi.Output.format("https://{0}", created.endpoint)

    def _create_dashboard(self, alarms: Sequence[Alarm]) -> None:
        spec = self._spec
        runbooks = self._runbooks(alarms)

        def body(resolved: Mapping[str, Any]) -> str:
            view = dashboard.View(
                title=spec.environment,
                region=resolved["region"],
                runbooks=sorted(runbooks),
                runbooks_url=spec.runbooks_url,
                alarms=resolved["alarms"],
                endpoints={
                    label: dashboard.Endpoint(**variant)
                    for endpoint in resolved["endpoints"]
                    for label, variant in endpoint_rows.labelled(**endpoint)
                },
                cluster=resolved["cluster"],
                nat_gateways=resolved["nat_gateways"],
                buckets=resolved["buckets"],
            )
            return json.dumps(dashboard.body(view), sort_keys=True)

        self.dashboard = aws.cloudwatch.Dashboard(
            f"{spec.name}-dashboard",
            dashboard_name=spec.dashboard_name,
            dashboard_body=pulumi.Output.all(
                region=self._region,
                alarms=[alarm.arn for alarm in self.alarms.values()],
                endpoints=[
                    {"key": endpoint.key, "variants": endpoint_rows.variants(endpoint)}
                    for endpoint in spec.endpoints
                ],
                cluster=spec.cluster.cluster_name if spec.cluster else "",
                nat_gateways=list(spec.nat_gateway_ids),
                buckets=dict(spec.buckets),
            ).apply(body),
            opts=self._child,
        )

    def _runbooks(self, alarms: Sequence[Alarm]) -> set[str]:
        """Returns the files in docs/runbooks of all alarms and alerts."""
        runbooks = {alarm.runbook for alarm in alarms}
        if self._spec.endpoints:
            runbooks.add(topic.RUNBOOK)
        if self._spec.cluster and self._spec.cluster.prometheus:
            own = self._spec.cluster.prometheus
            runbooks |= prometheus.runbooks(own.alerts) | workspace.runbook_files(own)
        return runbooks
