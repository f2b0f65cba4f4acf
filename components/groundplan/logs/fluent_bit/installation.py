"""Fluent Bit in a cluster: its namespace, identity, release, and what Prometheus
watches of it."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from groundplan import iam
from groundplan.kubernetes import charts, pod_identity, prometheus, rule_namespace
from groundplan.kubernetes.pod_identity import Role
from groundplan.kubernetes.pod_security import PREFIX, PodSecurity
from groundplan.logs.fluent_bit import alerts, chart, network_policy
from groundplan.logs.fluent_bit.configuration import CloudWatch
from groundplan.logs.fluent_bit.names import NAMESPACE, SERVICE_ACCOUNT
from groundplan.logs.spec import Cluster, LogStoreSpec


@dataclass(frozen=True)
class Watch:
    """What Prometheus watches of Fluent Bit; all None without Prometheus."""

    pod_monitor: kubernetes.apiextensions.CustomResource | None
    rules: kubernetes.apiextensions.CustomResource | None
    managed_rules: aws.amp.RuleGroupNamespace | None
    """The alerts in a workspace, in place of `rules`."""


@dataclass(frozen=True)
class Installation:
    """The resources of the installation."""

    namespace: kubernetes.core.v1.Namespace
    network_policy: kubernetes.networking.v1.NetworkPolicy
    release: kubernetes.helm.v3.Release
    role: Role | None
    """None without AWS."""
    watch: Watch


def install(
    spec: LogStoreSpec,
    cluster: Cluster,
    log_groups: dict[str, aws.cloudwatch.LogGroup],
    parent: pulumi.Resource,
) -> Installation:
    """Creates Fluent Bit as children of `parent`. `log_groups`: what it writes to; none
    without AWS."""
    name, child = spec.name, pulumi.ResourceOptions(parent=parent)
    namespace = kubernetes.core.v1.Namespace(
        f"{name}-namespace",
        # Fluent Bit reads its node's files.
        metadata={"name": NAMESPACE, "labels": {f"{PREFIX}/enforce": PodSecurity.PRIVILEGED.value}},
        opts=child,
    )
    rules: Any = network_policy.policy_spec(cluster.output)
    policy = kubernetes.networking.v1.NetworkPolicy(
        f"{name}-network-policy",
        metadata={"name": "isolation", "namespace": namespace.metadata["name"]},
        spec=rules,
        opts=child,
    )
    role: Role | None = None
    # No pod is reachable before its policy, and a pod gets its credentials when it
    # starts.
    first: list[pulumi.Resource] = [policy]
    output: Any = cluster.output
    if cluster.output is None and cluster.cluster_name is not None:
        role, identity = _identity(spec, cluster.cluster_name, log_groups, parent)
        first += [*role.permissions, identity, *log_groups.values()]
        output = CloudWatch(iam.region(pulumi.InvokeOptions(parent=parent)), spec.prefix)
    values = chart.values(
        output,
        environment=spec.environment,
        teams=spec.owners,
        memory_mib=cluster.memory_mib,
    )
    release = charts.release(
        f"{name}-fluent-bit",
        chart.CHART,
        values,
        namespace=NAMESPACE,
        opts=child,
        depends_on=[namespace, *first],
    )
    watch = _watched(spec, cluster, namespace, child)
    return Installation(namespace, policy, release, role, watch)


def _identity(
    spec: LogStoreSpec,
    cluster_name: pulumi.Input[str],
    log_groups: dict[str, aws.cloudwatch.LogGroup],
    parent: pulumi.Resource,
) -> tuple[Role, aws.eks.PodIdentityAssociation]:
    name = f"{spec.name}-fluent-bit"
    # Streams of these groups, and no group: one that Fluent Bit creates would have
    # neither key nor retention.
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    streams: Any = [pulumi.Output.concat(group.arn, ":*") for group in log_groups.values()]
    role = pod_identity.own(
        f"{name}-role",
        iam.pod_identity_trust(cluster_name, pulumi.InvokeOptions(parent=parent)),
        [iam.allow("WriteLogs", actions, streams)],
        parent=parent,
        resource_tags=spec.tags,
    )
    identity = aws.eks.PodIdentityAssociation(
        f"{name}-identity",
        cluster_name=cluster_name,
        namespace=NAMESPACE,
        service_account=SERVICE_ACCOUNT,
        role_arn=role.arn,
        tags=dict(spec.tags),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(role.permissions)),
    )
    return role, identity


def _watched(
    spec: LogStoreSpec,
    cluster: Cluster,
    namespace: kubernetes.core.v1.Namespace,
    opts: pulumi.ResourceOptions,
) -> Watch:
    if not cluster.prometheus:
        return Watch(None, None, None)

    def custom(role: str, kind: str, content: dict[str, Any]) -> Any:
        return kubernetes.apiextensions.CustomResource(
            f"{spec.name}-{role}",
            api_version=prometheus.OPERATOR_API,
            kind=kind,
            metadata={"name": chart.CHART.name, "namespace": namespace.metadata["name"]},
            spec=content,
            opts=opts,
        )

    monitor = custom("pod-monitor", "PodMonitor", alerts.monitor_spec())
    managed: Any = cluster.managed or {}
    groups = alerts.groups(spec.runbooks_url, managed.get("labels", {}))
    if cluster.managed is None:
        rules = custom("alerts", "PrometheusRule", {"groups": groups})
        return Watch(monitor, rules, None)
    workspace = cluster.managed["workspace_id"]
    managed_rules = rule_namespace.create(
        f"{spec.name}-rules", workspace, groups, tags=spec.tags, opts=opts
    )
    return Watch(monitor, None, managed_rules)
