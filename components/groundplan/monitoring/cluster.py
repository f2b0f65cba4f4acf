"""Puts Prometheus, Alertmanager and Grafana into a cluster, and lets Alertmanager
publish to the topic."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from groundplan import iam
from groundplan.kubernetes.prometheus import CHART, NAMESPACE, RELEASE
from groundplan.monitoring import gpu_dashboard, gpu_health, prometheus
from groundplan.monitoring.args import PrometheusArgs, WatchedClusterArgs
from groundplan.tags import Tags


@dataclass(frozen=True)
class Place:
    """Where it all goes, and how it is made."""

    cluster_name: pulumi.Input[str]
    topic_arn: pulumi.Output[str]
    key_arn: pulumi.Input[str]
    region: pulumi.Output[str]
    tags: Tags
    keep: bool
    """Whether the volumes outlive the stack."""
    alerts: prometheus.Alerts
    gpu_profiling: bool


@dataclass(frozen=True)
class Installed:
    """What was made."""

    namespace: k8s.core.v1.Namespace
    role: aws.iam.Role
    release: k8s.helm.v3.Release
    grafana_service: pulumi.Output[str]
    dcgm_exporter: k8s.helm.v3.Release | None
    gpu_dashboard: k8s.core.v1.ConfigMap | None


def alerts(args: WatchedClusterArgs, runbooks_url: str) -> prometheus.Alerts:
    """The alerts of a cluster."""
    defaults = prometheus.Alerts()
    return prometheus.Alerts(
        gpus=args.get("gpus", defaults.gpus),
        max_wait_minutes=args.get("max_wait_minutes", defaults.max_wait_minutes),
        runbooks_url=runbooks_url,
    )


def install(name: str, args: PrometheusArgs, place: Place, parent: pulumi.Resource) -> Installed:
    """Make the namespace, the identity and the release as children of `parent`."""
    child = pulumi.ResourceOptions(parent=parent)
    namespace = k8s.core.v1.Namespace(
        f"{name}-namespace",
        # The node exporter and the DCGM exporter read the nodes that they run on.
        metadata={
            "name": NAMESPACE,
            "labels": {"pod-security.kubernetes.io/enforce": "privileged"},
        },
        # It holds the volumes' claims: deleting a namespace deletes them, and the
        # metrics with them.
        opts=pulumi.ResourceOptions(parent=parent, protect=place.keep, retain_on_delete=place.keep),
    )
    role = aws.iam.Role(
        f"{name}-alertmanager-role",
        assume_role_policy=iam.pod_identity_trust(),
        description="Alertmanager: publishes to the alarm topic",
        tags=place.tags,
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-alertmanager-policy",
        role=role.name,
        policy=_publish(place),
        opts=child,
    )
    identity = aws.eks.PodIdentityAssociation(
        f"{name}-alertmanager-identity",
        cluster_name=place.cluster_name,
        namespace=NAMESPACE,
        service_account=prometheus.ALERTMANAGER_ACCOUNT,
        role_arn=role.arn,
        tags=place.tags,
        opts=child,
    )
    release = k8s.helm.v3.Release(
        f"{name}-prometheus",
        name=RELEASE,
        chart=CHART,
        version=prometheus.VERSION,
        repository_opts={"repo": prometheus.REPOSITORY},
        namespace=namespace.metadata["name"],
        values=prometheus.values(args, place.topic_arn, place.region, place.keep, place.alerts),
        # The first installation waits for new nodes and volumes; Helm's own default is
        # five minutes.
        timeout=900,
        # A pod gets its credentials when it starts: the identity has to be there
        # before.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy, identity]),
    )
    # From the release's own outputs, so that whoever uses it waits until Grafana is
    # there.
    service = pulumi.Output.format("{0}-grafana.{1}.svc", release.name, release.namespace)
    exporter = dashboard = None
    if place.alerts.gpus:
        exporter = _dcgm_exporter(name, place, namespace, release, parent)
        dashboard = _gpu_dashboard(name, namespace, parent)
    return Installed(namespace, role, release, service, exporter, dashboard)


def _dcgm_exporter(
    name: str,
    place: Place,
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
        values=gpu_health.values(place.gpu_profiling),
        # GPU nodes may be starting, or not be able to run it (`gpu_health`): there is
        # an alert for that, and no need to wait.
        skip_await=True,
        # Its ServiceMonitor is of a kind that comes with Prometheus.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[release]),
    )


def _gpu_dashboard(
    name: str, namespace: k8s.core.v1.Namespace, parent: pulumi.Resource
) -> k8s.core.v1.ConfigMap:
    return k8s.core.v1.ConfigMap(
        f"{name}-gpu-dashboard",
        metadata={
            "name": "groundplan-gpu-dashboard",
            "namespace": namespace.metadata["name"],
            "labels": dict(gpu_dashboard.LABEL),
        },
        data={"groundplan-gpus.json": gpu_dashboard.body()},
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _publish(place: Place) -> pulumi.Output[str]:
    return iam.document(
        [
            {
                "Sid": "PublishAlerts",
                "Effect": "Allow",
                "Action": "sns:Publish",
                "Resource": place.topic_arn,
            },
            {
                # What a publisher to an encrypted topic needs (Amazon SNS Developer
                # Guide, "Managing Amazon SNS encryption keys and costs").
                "Sid": "UseTopicKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": place.key_arn,
            },
        ]
    )
