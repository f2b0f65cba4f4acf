"""The specification of a monitoring stack: its arguments, resolved once, with every
default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan import runbooks
from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.facts import instances
from groundplan.facts.instances import Instance
from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.monitoring.args import (
    ChatArgs,
    LogGroupArgs,
    ManagedGrafanaArgs,
    MonitoringStackArgs,
    PrometheusArgs,
    SubscriberArgs,
    WatchedClusterArgs,
    WatchedEndpointArgs,
)
from groundplan.monitoring.choices import (
    GrafanaAuthentication,
    PrometheusBackend,
    SubscriberProtocol,
)
from groundplan.objectives.args import ObjectiveArgs
from groundplan.objectives.objective import Objective
from groundplan.objectives.objective import resolve as resolve_objectives
from groundplan.sagemaker.endpoint_kind import EndpointKind
from groundplan.tags import Tags, merged

MAX_LATENCY_MS = 1000.0
"""Default of the latency's threshold, but for asynchronous endpoints."""


@dataclass(frozen=True)
class Subscriber:
    """A subscription to the alarm topic."""

    protocol: SubscriberProtocol
    endpoint: pulumi.Input[str]
    urgent_only: bool


@dataclass(frozen=True)
class ChatChannel:
    """A channel of a chat: of Slack, or of Microsoft Teams."""

    channel_id: str
    slack_workspace_id: str | None
    teams_tenant_id: str | None
    teams_team_id: str | None


@dataclass(frozen=True)
class WatchedVariant:
    """A production variant of a watched endpoint."""

    name: pulumi.Input[str]
    instance: Instance | None = None
    """None if the instance type is unknown, or if there are no instances."""


@dataclass(frozen=True)
class WatchedEndpoint:
    """A SageMaker endpoint to monitor."""

    key: str
    """Its name in the arguments, which is part of the names of its alarms."""
    endpoint_name: pulumi.Input[str]
    kind: EndpointKind
    variants: tuple[WatchedVariant, ...]
    max_error_percent: float
    max_latency_ms: float | None
    """None without such an alarm, as for the following."""
    min_invocations_per_hour: int | None
    objectives: tuple[Objective, ...] = ()

    @property
    def is_serverless(self) -> bool:
        """Whether the endpoint has no instances."""
        return self.kind is EndpointKind.SERVERLESS


@dataclass(frozen=True)
class Alerts:
    """The alert rules in addition to those of the chart, and the labels of all."""

    gpus: bool
    max_wait_minutes: int
    runbooks_url: str
    """Empty if it is unknown."""
    owner: str = ""
    """Empty if it is unknown."""

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels that all alerts share."""
        return {"owner": self.owner} if self.owner else {}


@dataclass(frozen=True)
class Prometheus:
    """The backend, the storage and the replicas of Prometheus and Grafana, and their
    alert rules."""

    backend: PrometheusBackend
    retention_days: int
    storage_gib: int
    replicas: int
    grafana_storage_gib: int
    cloudwatch: bool
    """Whether Grafana in the cluster reads CloudWatch."""
    reached_from: Sequence[str]
    """Namespaces."""
    storage_class: pulumi.Input[str] | None
    """None for the cluster's default class."""
    retain_grafana_volume: bool
    alerts: Alerts
    gpu_profiling: bool
    model_checks: bool
    """Whether checks of models run on the cluster."""
    open_cost: bool
    max_usd_per_hour: float | None
    """None without a spending ceiling."""

    @property
    def is_managed(self) -> bool:
        """Whether a managed workspace retains the metrics and evaluates the alerts."""
        return self.backend is PrometheusBackend.MANAGED


@dataclass(frozen=True)
class ManagedGrafana:
    """A workspace of Amazon Managed Grafana."""

    authentication: GrafanaAuthentication
    saml_metadata_url: str
    """Empty without SAML, as is the following."""
    saml_role_attribute: str
    members: Mapping[str, Sequence[str]]
    """Grafana's role -> groups, or values of the role attribute."""
    version: str
    prefix_list_ids: Sequence[pulumi.Input[str]]
    vpc_endpoint_ids: Sequence[pulumi.Input[str]]

    @property
    def is_restricted(self) -> bool:
        """Whether it is reached from some networks only."""
        return bool(self.prefix_list_ids or self.vpc_endpoint_ids)


@dataclass(frozen=True)
class WatchedCluster:
    """An EKS cluster to monitor."""

    cluster_name: pulumi.Input[str]
    prometheus: Prometheus | None
    """None if Prometheus is not installed."""


@dataclass(frozen=True)
class WatchedReplica:
    """The copies of a bucket in another region."""

    bucket_name: pulumi.Input[str]
    replica_bucket_name: pulumi.Input[str]


@dataclass(frozen=True)
class MonitoringSpec:
    """A monitoring stack, complete."""

    name: str
    """The logical name of the component."""
    environment: str
    """`<project>-<stack>`."""
    dashboard_name: str
    subscribers: Mapping[str, Subscriber]
    chat: Mapping[str, ChatChannel]
    owner: str
    """Empty if it is unknown."""
    endpoints: tuple[WatchedEndpoint, ...]
    cluster: WatchedCluster | None
    grafana: ManagedGrafana | None
    """None without a managed workspace."""
    nat_gateway_ids: tuple[pulumi.Input[str], ...]
    buckets: Mapping[str, pulumi.Input[str]]
    replicas: Mapping[str, WatchedReplica]
    """By label."""
    log_groups: Mapping[str, int]
    """Key -> days of retention."""
    runbooks_url: str
    """Empty if it is unknown."""
    kms_key_arn: pulumi.Input[str] | None
    """None if the component creates the key."""
    deletion_protection: bool
    own_tags: Tags
    """The tags without that of the component."""

    @property
    def managed(self) -> Prometheus | None:
        """Prometheus, if its metrics are retained in a managed workspace."""
        found = self.cluster.prometheus if self.cluster else None
        return found if found and found.is_managed else None

    @property
    def tags(self) -> Tags:
        """The tags of all children."""
        return merged(self.name, self.own_tags)

    def message(self, summary: str, severity: AlertSeverity, runbook: str) -> str:
        """Returns the text of a notification."""
        text = f"{self.environment}: {summary}"
        return runbooks.message(text, severity.value, self.owner, runbook, self.runbooks_url)


def resolve(args: MonitoringStackArgs, context: Context) -> MonitoringSpec:
    """Returns the specification of the monitoring stack that valid `args` describe."""
    own = with_defaults(MonitoringStackArgs, args)
    runbooks_url: str = own.get("runbooks_url", "")
    protected: bool = own["deletion_protection"]
    return MonitoringSpec(
        name=context.name,
        environment=f"{context.project}-{context.stack}",
        dashboard_name=context.plain_name,
        subscribers={
            key: _subscriber(subscriber) for key, subscriber in args.get("subscribers", {}).items()
        },
        chat={key: _channel(channel) for key, channel in args.get("chat", {}).items()},
        owner=args.get("owner", ""),
        endpoints=tuple(
            resolve_endpoint(key, endpoint, args.get("objectives", {}).get(key))
            for key, endpoint in args.get("endpoints", {}).items()
        ),
        cluster=_cluster(args, runbooks_url, protected) if "cluster" in args else None,
        grafana=_grafana(args["grafana"]) if "grafana" in args else None,
        nat_gateway_ids=tuple(args["network"]["nat_gateway_ids"]) if "network" in args else (),
        buckets=args.get("buckets", {}),
        replicas={
            key: WatchedReplica(replica["bucket_name"], replica["replica_bucket_name"])
            for key, replica in args.get("replicas", {}).items()
        },
        log_groups={
            key: with_defaults(LogGroupArgs, group)["retention_days"]
            for key, group in args.get("log_groups", {}).items()
        },
        runbooks_url=runbooks_url,
        kms_key_arn=args.get("kms_key_arn"),
        deletion_protection=protected,
        own_tags=args.get("tags", {}),
    )


def resolve_endpoint(
    key: str, args: WatchedEndpointArgs, objective: ObjectiveArgs | None = None
) -> WatchedEndpoint:
    """Returns an endpoint to monitor, of arguments that may lack required keys."""
    own = with_defaults(WatchedEndpointArgs, args)
    kind = EndpointKind(own["kind"])
    default_latency = None if kind is EndpointKind.ASYNCHRONOUS else MAX_LATENCY_MS
    only = {"name": own["variant_name"], "instance_type": own.get("instance_type")}
    variants: Sequence[Mapping[str, Any]] = args.get("variants") or [only]
    return WatchedEndpoint(
        key=key,
        endpoint_name=own.get("endpoint_name", ""),
        kind=kind,
        variants=tuple(
            WatchedVariant(
                variant.get("name", ""), instances.find(variant.get("instance_type") or "")
            )
            for variant in variants
        ),
        max_error_percent=own["max_error_percent"],
        max_latency_ms=own.get("max_latency_ms", default_latency),
        min_invocations_per_hour=own.get("min_invocations_per_hour"),
        objectives=resolve_objectives(objective) if objective else (),
    )


def _subscriber(args: SubscriberArgs) -> Subscriber:
    own = with_defaults(SubscriberArgs, args)
    return Subscriber(SubscriberProtocol(own["protocol"]), own["endpoint"], own["urgent_only"])


def _channel(args: ChatArgs) -> ChatChannel:
    return ChatChannel(
        channel_id=args["channel_id"],
        slack_workspace_id=args.get("slack_workspace_id"),
        teams_tenant_id=args.get("teams_tenant_id"),
        teams_team_id=args.get("teams_team_id"),
    )


def _grafana(args: ManagedGrafanaArgs) -> ManagedGrafana:
    own = with_defaults(ManagedGrafanaArgs, args)
    saml: Mapping[str, Any] = args.get("saml", {})
    access: Mapping[str, Any] = args.get("network_access", {})
    roles = {"ADMIN": "admins", "EDITOR": "editors", "VIEWER": "viewers"}
    return ManagedGrafana(
        authentication=GrafanaAuthentication(own["authentication"]),
        saml_metadata_url=saml.get("metadata_url", ""),
        saml_role_attribute=saml.get("role_attribute", ""),
        members={role: tuple(own.get(key, ())) for role, key in roles.items() if own.get(key)},
        version=own["version"],
        prefix_list_ids=tuple(access.get("prefix_list_ids", ())),
        vpc_endpoint_ids=tuple(access.get("vpc_endpoint_ids", ())),
    )


def _cluster(args: MonitoringStackArgs, runbooks_url: str, protected: bool) -> WatchedCluster:
    own = with_defaults(WatchedClusterArgs, args["cluster"])
    stack = with_defaults(PrometheusArgs, args.get("prometheus", {}))
    if not own["prometheus"]:
        return WatchedCluster(own["cluster_name"], None)
    owner = args.get("owner", "")
    alerts = Alerts(own["gpus"], own["max_wait_minutes"], runbooks_url, owner)
    return WatchedCluster(
        own["cluster_name"],
        Prometheus(
            backend=PrometheusBackend(stack["backend"]),
            retention_days=stack["retention_days"],
            storage_gib=stack["storage_gib"],
            replicas=stack["replicas"],
            grafana_storage_gib=stack["grafana_storage_gib"],
            cloudwatch=stack["cloudwatch"],
            reached_from=tuple(stack.get("reached_from", ())),
            storage_class=stack.get("storage_class"),
            retain_grafana_volume=protected,
            alerts=alerts,
            gpu_profiling=own["gpu_profiling"],
            model_checks=own["model_checks"],
            open_cost=own["open_cost"],
            max_usd_per_hour=own.get("max_usd_per_hour"),
        ),
    )
