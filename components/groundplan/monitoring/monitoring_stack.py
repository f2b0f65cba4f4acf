"""MonitoringStack: the alarms of an environment, the topic they go to, the dashboard,
and Prometheus in its cluster."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.facts import instances
from groundplan.monitoring import cluster, dashboard, prometheus, topic
from groundplan.monitoring.alarms import Alarm, of_endpoint, of_nat_gateway
from groundplan.monitoring.args import (
    LOG_RETENTION_DAYS,
    MonitoringStackArgs,
    WatchedEndpointArgs,
)
from groundplan.monitoring.validation import validate
from groundplan.storage.encryption_key.encryption_key import EncryptionKey


class MonitoringStack(Component):
    """Alarms with runbooks, an encrypted topic, a dashboard, log groups, and Prometheus
    with Grafana in the cluster.

    What is installed in the cluster goes through the Kubernetes provider in the
    component's options: `pulumi.ResourceOptions(providers=[cluster_provider])`.

    Grafana's administrator is `admin`, with a random password that the chart makes in
    the cluster's secret `kube-prometheus-stack-grafana`; the program neither sets nor
    reads it (docs/runbooks/cluster-alerts.md).

    Alerts from the cluster are the chart's own, and those on broken nodes, missing
    capacity, Kueue's queues and GPUs.
    """

    topic_arn: pulumi.Output[str]
    """ARN of the topic that alarms go to."""
    dashboard_name: pulumi.Output[str]
    """Name of the CloudWatch dashboard."""
    log_group_names: pulumi.Output[Mapping[str, str]]
    """Key -> name of the log groups."""
    alarm_names: pulumi.Output[Sequence[str]]
    """Names of all CloudWatch alarms."""
    grafana_service: pulumi.Output[str]
    """Grafana's address inside the cluster; empty where it isn't installed."""

    def __init__(
        self,
        name: str,
        args: MonitoringStackArgs = arguments.DEFAULTS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("groundplan:index:MonitoringStack", name, {}, opts)
        context = Context.of(name, opts)
        checked = arguments.validated(
            "MonitoringStack", MonitoringStackArgs, args, validate, context
        )
        self._prefix, self._args = name, checked
        self._environment = f"{pulumi.get_project()}-{pulumi.get_stack()}"
        self._tags = tags.merged(name, checked.get("tags"))
        self._child = pulumi.ResourceOptions(parent=self)
        keep = checked.get("deletion_protection", True)
        self._data = pulumi.ResourceOptions(parent=self, protect=keep, retain_on_delete=keep)
        self._region = iam.region(pulumi.InvokeOptions(parent=self))

        self._make_key(keep)
        self._make_topic()
        self._make_subscriptions()
        self._make_log_groups()
        rules = self._make_alarms()
        self._make_endpoint_events()
        self._make_prometheus(keep)
        self._make_dashboard(rules)

        self.topic_arn = self.topic.arn
        self.dashboard_name = self.dashboard.dashboard_name
        log_group_names: Any = {key: group.name for key, group in self.log_groups.items()}
        alarm_names: Any = [alarm.name for alarm in self.alarms.values()]
        self.log_group_names = pulumi.Output.from_input(log_group_names)
        self.alarm_names = pulumi.Output.from_input(alarm_names)
        self.register_outputs(
            {
                "topicArn": self.topic_arn,
                "dashboardName": self.dashboard_name,
                "logGroupNames": self.log_group_names,
                "alarmNames": self.alarm_names,
                "grafanaService": self.grafana_service,
            }
        )

    def _make_key(self, keep: bool) -> None:
        self.key: EncryptionKey | None = None
        if "kms_key_arn" in self._args:
            self._key_arn = pulumi.Output.from_input(self._args["kms_key_arn"])
            return
        self.key = EncryptionKey(
            f"{self._prefix}-key",
            {
                "description": f"Alarm topic and log groups of {self._environment}",
                "services": [
                    "cloudwatch",
                    "events",
                    *(["logs"] if self._args.get("log_groups") else []),
                ],
                "deletion_protection": keep,
                "tags": self._args.get("tags", {}),
            },
            self._child,
        )
        self._key_arn = self.key.arn

    def _make_topic(self) -> None:
        self.topic = aws.sns.Topic(
            f"{self._prefix}-topic",
            kms_master_key_id=self._key_arn,
            tags=self._tags,
            opts=self._child,
        )
        account = iam.account_id(pulumi.InvokeOptions(parent=self))
        self.topic_policy = aws.sns.TopicPolicy(
            f"{self._prefix}-topic-policy",
            arn=self.topic.arn,
            policy=topic.policy(self.topic.arn, account),
            opts=self._child,
        )

    def _make_subscriptions(self) -> None:
        self.subscriptions = {
            key: aws.sns.TopicSubscription(
                f"{self._prefix}-subscriber-{key}",
                topic=self.topic.arn,
                protocol=subscriber["protocol"].value,
                endpoint=subscriber["endpoint"],
                opts=self._child,
            )
            for key, subscriber in self._args.get("subscribers", {}).items()
        }

    def _make_log_groups(self) -> None:
        self.log_groups = {
            key: aws.cloudwatch.LogGroup(
                f"{self._prefix}-logs-{key}",
                name=f"/groundplan/{self._environment}/{key}",
                kms_key_id=self._key_arn,
                retention_in_days=group.get("retention_days", LOG_RETENTION_DAYS),
                tags=self._tags,
                opts=self._data,
            )
            for key, group in self._args.get("log_groups", {}).items()
        }

    def _make_alarms(self) -> Mapping[str, Alarm]:
        gateways = self._args.get("network", {}).get("nat_gateway_ids", [])
        rules = {
            f"{self._prefix}-endpoint-{key}-{rule.role}": rule
            for key, endpoint in self._args.get("endpoints", {}).items()
            for rule in of_endpoint(key, endpoint)
        }
        rules |= {
            f"{self._prefix}-nat-{position}-{rule.role}": rule
            for position, gateway in enumerate(gateways)
            for rule in of_nat_gateway(position, gateway)
        }
        self.alarms = {
            name: aws.cloudwatch.MetricAlarm(
                name,
                alarm_description=rule.description(self._environment),
                alarm_actions=[self.topic.arn],
                ok_actions=[self.topic.arn],
                tags=self._tags,
                opts=self._child,
                **rule.settings,
            )
            for name, rule in rules.items()
        }
        return rules

    def _make_endpoint_events(self) -> None:
        self.endpoint_events: aws.cloudwatch.EventRule | None = None
        endpoints = self._args.get("endpoints", {})
        if not endpoints:
            return
        self.endpoint_events = aws.cloudwatch.EventRule(
            f"{self._prefix}-endpoint-events",
            description=f"Endpoints of {self._environment} that fail or roll back",
            event_pattern=topic.endpoint_events(
                [endpoint["endpoint_name"] for endpoint in endpoints.values()]
            ),
            tags=self._tags,
            opts=self._child,
        )
        aws.cloudwatch.EventTarget(
            f"{self._prefix}-endpoint-events-target",
            rule=self.endpoint_events.name,
            arn=self.topic.arn,
            input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths=topic.EVENT_PATHS, input_template=topic.event_message(self._environment)
            ),
            opts=self._child,
        )

    def _make_prometheus(self, keep: bool) -> None:
        self.alertmanager_role: aws.iam.Role | None = None
        self.namespace: k8s.core.v1.Namespace | None = None
        self.release: k8s.helm.v3.Release | None = None
        self.dcgm_exporter: k8s.helm.v3.Release | None = None
        """None where there are no GPUs to measure."""
        self.gpu_dashboard: k8s.core.v1.ConfigMap | None = None
        self.grafana_service = pulumi.Output.from_input("")
        watched_cluster = self._args.get("cluster")
        if watched_cluster is None or not watched_cluster.get("prometheus", True):
            return
        place = cluster.Place(
            watched_cluster["cluster_name"],
            self.topic.arn,
            self._key_arn,
            self._region,
            self._tags,
            keep,
            alerts=cluster.alerts(watched_cluster, self._args.get("runbooks_url", "")),
            gpu_profiling=watched_cluster.get("gpu_profiling", False),
        )
        installed = cluster.install(self._prefix, self._args.get("prometheus", {}), place, self)
        self.alertmanager_role, self.namespace = installed.role, installed.namespace
        self.release, self.grafana_service = installed.release, installed.grafana_service
        self.dcgm_exporter, self.gpu_dashboard = installed.dcgm_exporter, installed.gpu_dashboard

    def _make_dashboard(self, rules: Mapping[str, Alarm]) -> None:
        args = self._args
        runbooks = {rule.runbook for rule in rules.values()}
        if self.endpoint_events:
            runbooks.add(topic.RUNBOOK.rsplit("/", 1)[-1])
        if self.release:
            runbooks |= prometheus.runbooks(
                cluster.alerts(args["cluster"], args.get("runbooks_url", ""))
            )

        def body(known: Mapping[str, Any]) -> str:
            view = dashboard.View(
                title=self._environment,
                region=known["region"],
                runbooks=sorted(runbooks),
                runbooks_url=args.get("runbooks_url", ""),
                alarms=known["alarms"],
                endpoints={
                    key: dashboard.Endpoint(**endpoint)
                    for key, endpoint in known["endpoints"].items()
                },
                cluster=known["cluster"],
                nat_gateways=known["nat_gateways"],
                buckets=known["buckets"],
            )
            return json.dumps(dashboard.body(view), sort_keys=True)

        self.dashboard = aws.cloudwatch.Dashboard(
            f"{self._prefix}-dashboard",
            dashboard_name=f"{self._environment}-{self._prefix}",
            dashboard_body=pulumi.Output.all(
                region=self._region,
                alarms=[alarm.arn for alarm in self.alarms.values()],
                endpoints={
                    key: _shown(endpoint) for key, endpoint in args.get("endpoints", {}).items()
                },
                cluster=args.get("cluster", {}).get("cluster_name", ""),
                nat_gateways=list(args.get("network", {}).get("nat_gateway_ids", [])),
                buckets=dict(args.get("buckets", {})),
            ).apply(body),
            opts=self._child,
        )


def _shown(args: WatchedEndpointArgs) -> dict[str, pulumi.Input[Any]]:
    """The fields of a `dashboard.Endpoint`. Where the instance type isn't known, it may
    have GPUs."""
    instance = instances.find(args.get("instance_type", ""))
    return {
        "name": args["endpoint_name"],
        "variant": args.get("variant_name", "primary"),
        "gpu": instance is None or instance.has_gpu,
    }
