"""Puts Prometheus, Alertmanager and Grafana into a cluster, and lets Alertmanager publish to the topic."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from groundplan import iam
from groundplan.monitoring import prometheus
from groundplan.monitoring.watched import PrometheusArgs
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


@dataclass(frozen=True)
class Installed:
    """What was made."""

    namespace: k8s.core.v1.Namespace
    role: aws.iam.Role
    release: k8s.helm.v3.Release
    grafana_service: pulumi.Output[str]


def install(name: str, args: PrometheusArgs, place: Place, parent: pulumi.Resource) -> Installed:
    """Make the namespace, the identity and the release as children of `parent`."""
    child = pulumi.ResourceOptions(parent=parent)
    namespace = k8s.core.v1.Namespace(
        f"{name}-namespace",
        metadata={"name": prometheus.NAMESPACE},
        # It holds the volumes' claims: deleting a namespace deletes them, and the metrics with them.
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
        namespace=prometheus.NAMESPACE,
        service_account=prometheus.ALERTMANAGER_ACCOUNT,
        role_arn=role.arn,
        tags=place.tags,
        opts=child,
    )
    release = k8s.helm.v3.Release(
        f"{name}-prometheus",
        name=prometheus.RELEASE,
        chart=prometheus.CHART,
        version=prometheus.VERSION,
        repository_opts={"repo": prometheus.REPOSITORY},
        namespace=namespace.metadata["name"],
        values=prometheus.values(args, place.topic_arn, place.region, place.keep),
        # The first installation waits for new nodes and volumes; Helm's own default is five minutes.
        timeout=900,
        # A pod gets its credentials when it starts: the identity has to be there before.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy, identity]),
    )
    # From the release's own outputs, so that whoever uses it waits until Grafana is there.
    service = pulumi.Output.format("{0}-grafana.{1}.svc", release.name, release.namespace)
    return Installed(namespace, role, release, service)


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
                # What a publisher to an encrypted topic needs (Amazon SNS Developer Guide, "Managing Amazon SNS encryption
                # keys and costs").
                "Sid": "UseTopicKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": place.key_arn,
            },
        ]
    )
