"""Installs Prometheus in a cluster, and allows its pods to publish to the alarm topic,
or to write to a workspace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from groundplan import iam
from groundplan.kubernetes.open_cost import installation as open_cost
from groundplan.kubernetes.open_cost import spec as open_cost_spec
from groundplan.kubernetes.open_cost.args import OpenCostArgs
from groundplan.kubernetes.open_cost.installation import NAMESPACE as OPEN_COST
from groundplan.kubernetes.open_cost.installation import OpenCost
from groundplan.kubernetes.prometheus import CHART, NAMESPACE, RELEASE, URL
from groundplan.monitoring import dashboards, gpu_health, grafana, isolation
from groundplan.monitoring import prometheus as chart
from groundplan.monitoring.spec import MonitoringSpec, Prometheus


@dataclass(frozen=True)
class AlarmTopic:
    """The topic that Alertmanager publishes to."""

    arn: pulumi.Output[str]
    urgent_arn: pulumi.Output[str] | None
    """Of what is critical; None if there is none."""
    key_arn: pulumi.Input[str]
    region: pulumi.Output[str]


@dataclass(frozen=True)
class PodAccess:
    """What pods of the installation may do in AWS."""

    role: str
    """One word, part of the names of the resources."""
    account: str
    """The service account of the pods."""
    description: str
    policy: pulumi.Output[str]


@dataclass(frozen=True)
class Installation:
    """The resources of the installation."""

    namespace: k8s.core.v1.Namespace
    network_policy: k8s.networking.v1.NetworkPolicy
    role: aws.iam.Role
    release: k8s.helm.v3.Release
    grafana_service: pulumi.Output[str]
    dcgm_exporter: k8s.helm.v3.Release | None
    dashboards: Mapping[str, k8s.core.v1.ConfigMap]
    """Of Grafana, by name."""
    open_cost: OpenCost | None
    """None if it is not installed."""


def install(
    spec: MonitoringSpec,
    cluster_name: pulumi.Input[str],
    prometheus: Prometheus,
    accesses: Sequence[PodAccess],
    values: Mapping[str, Any],
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource] = (),
) -> Installation:
    """Creates the namespace, the pod identity and the release as children of `parent`.
    `accesses`: first that of what sends alerts. `values`: of the release, which is
    installed `after` others."""
    child = pulumi.ResourceOptions(parent=parent)
    protected = spec.deletion_protection
    namespace = k8s.core.v1.Namespace(
        f"{spec.name}-namespace",
        # The node exporter and the DCGM exporter read their nodes.
        metadata={
            "name": NAMESPACE,
            "labels": {"pod-security.kubernetes.io/enforce": "privileged"},
        },
        # Deleting the namespace deletes its volume claims, and the metrics with them.
        opts=pulumi.ResourceOptions(parent=parent, protect=protected, retain_on_delete=protected),
    )
    asking = [*prometheus.reached_from, *([OPEN_COST] if prometheus.open_cost else [])]
    policy_spec: Any = isolation.policy_spec(asking)
    network_policy = k8s.networking.v1.NetworkPolicy(
        f"{spec.name}-network-policy",
        metadata={"name": "isolation", "namespace": namespace.metadata["name"]},
        spec=policy_spec,
        opts=child,
    )
    granted = [_allow(spec, cluster_name, access, parent) for access in accesses]
    role = granted[0].role
    allowed = [one for access in granted for one in (access.policy, access.identity)]
    release = k8s.helm.v3.Release(
        f"{spec.name}-prometheus",
        name=RELEASE,
        chart=CHART,
        version=chart.VERSION,
        repository_opts={"repo": chart.REPOSITORY},
        namespace=namespace.metadata["name"],
        values=dict(values),
        # The first installation waits for new nodes and volumes; Helm's default is five
        # minutes.
        timeout=900,
        # A pod receives its credentials when it starts, so the identity comes first;
        # and no pod is reachable before the network policy.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*allowed, network_policy, *after]),
    )
    exporter = None
    if prometheus.alerts.gpus:
        exporter = _dcgm_exporter(spec.name, prometheus.gpu_profiling, namespace, release, parent)
    costs = _open_cost(spec.name, cluster_name, release, parent) if prometheus.open_cost else None
    if prometheus.is_managed:
        none = pulumi.Output.from_input("")
        return Installation(namespace, network_policy, role, release, none, exporter, {}, costs)
    # An output of the release, so that it resolves after Grafana is installed.
    service = pulumi.Output.format("{0}-grafana.{1}.svc", release.name, release.namespace)
    shown = dashboards.Shown(
        gpus=prometheus.alerts.gpus,
        cloudwatch=prometheus.cloudwatch,
        model_checks=prometheus.model_checks,
        spending=prometheus.open_cost,
    )
    texts = dashboards.of_cluster(shown, prometheus.max_usd_per_hour)
    installed = {
        key: _dashboard(spec.name, key, text, namespace, parent) for key, text in texts.items()
    }
    return Installation(
        namespace, network_policy, role, release, service, exporter, installed, costs
    )


def _open_cost(
    name: str,
    cluster_name: pulumi.Input[str],
    release: k8s.helm.v3.Release,
    parent: pulumi.Resource,
) -> OpenCost:
    args: OpenCostArgs = {
        "prometheus_url": URL,
        "prometheus_namespace": NAMESPACE,
        "service_monitor": True,
    }
    return open_cost.install(
        f"{name}-{OPEN_COST}",
        open_cost_spec.resolve(args, cluster_name),
        opts=pulumi.ResourceOptions(parent=parent),
        # The release of Prometheus installs the ServiceMonitor's CRD.
        depends_on=[release],
    )


@dataclass(frozen=True)
class _Granted:
    role: aws.iam.Role
    policy: aws.iam.RolePolicy
    identity: aws.eks.PodIdentityAssociation


def _allow(
    spec: MonitoringSpec,
    cluster_name: pulumi.Input[str],
    access: PodAccess,
    parent: pulumi.Resource,
) -> _Granted:
    """Creates the role of pods, with its policy, and their identity."""
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{spec.name}-{access.role}-role",
        assume_role_policy=iam.pod_identity_trust(
            cluster_name, pulumi.InvokeOptions(parent=parent)
        ),
        description=access.description,
        tags=spec.tags,
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{spec.name}-{access.role}-policy", role=role.name, policy=access.policy, opts=child
    )
    identity = aws.eks.PodIdentityAssociation(
        f"{spec.name}-{access.role}-identity",
        cluster_name=cluster_name,
        namespace=NAMESPACE,
        service_account=access.account,
        role_arn=role.arn,
        tags=spec.tags,
        opts=child,
    )
    return _Granted(role, policy, identity)


def _dcgm_exporter(
    name: str,
    profiling: bool,
    namespace: k8s.core.v1.Namespace,
    release: k8s.helm.v3.Release,
    parent: pulumi.Resource,
) -> k8s.helm.v3.Release:
    return k8s.helm.v3.Release(
        f"{name}-{gpu_health.CHART}",
        name=gpu_health.RELEASE,
        chart=gpu_health.CHART,
        version=gpu_health.VERSION,
        repository_opts={"repo": gpu_health.REPOSITORY},
        namespace=namespace.metadata["name"],
        values=gpu_health.values(profiling),
        # GPU nodes may be starting, or unable to run it (`gpu_health`): there is an
        # alert for that, so the program does not wait.
        skip_await=True,
        # The release of Prometheus installs the ServiceMonitor's CRD.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[release]),
    )


def _dashboard(
    name: str, key: str, text: str, namespace: k8s.core.v1.Namespace, parent: pulumi.Resource
) -> k8s.core.v1.ConfigMap:
    return k8s.core.v1.ConfigMap(
        f"{name}-{key}-dashboard",
        metadata={
            "name": f"groundplan-{key}-dashboard",
            "namespace": namespace.metadata["name"],
            "labels": dict(dashboards.LABEL),
        },
        data={f"groundplan-{key}.json": text},
        opts=pulumi.ResourceOptions(parent=parent),
    )


def grafana_access() -> PodAccess:
    """Returns the access of Grafana in the cluster to CloudWatch."""
    description = "Grafana in the cluster: reads metrics of CloudWatch"
    return PodAccess(
        "cluster-grafana", chart.GRAFANA_ACCOUNT, description, grafana.reading_policy(None)
    )


def alertmanager_access(topic: AlarmTopic) -> PodAccess:
    """Returns the access of Alertmanager in the cluster to the alarm topic."""
    description = "Alertmanager: publishes to the alarm topic"
    return PodAccess("alertmanager", chart.ALERTMANAGER_ACCOUNT, description, _publish(topic))


def _publish(topic: AlarmTopic) -> pulumi.Output[str]:
    return iam.document(
        [
            iam.allow(
                "PublishAlerts",
                "sns:Publish",
                [topic.arn, topic.urgent_arn] if topic.urgent_arn else topic.arn,
            ),
            {
                # Required to publish to an encrypted topic (Amazon SNS Developer Guide,
                # "Managing Amazon SNS encryption keys and costs").
                "Sid": "UseTopicKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": topic.key_arn,
            },
        ]
    )
