"""Large images, brought to the nodes of a pool before the first job asks for them.

A pod on each node mounts the images as volumes: the kubelet pulls them, and nothing in
them has to run, not even a shell. Image volumes are on by default since Kubernetes 1.35
(kubernetes.io, "Use an Image Volume With a Pod"), and containerd has them since 2.1,
which EKS' AL2023 images have had since Kubernetes 1.32 (awslabs/amazon-eks-ami pull
request 2469). An image that a running pod mounts is in use: the kubelet doesn't delete
it when the disk fills up.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan import arguments
from groundplan.kubernetes import pod_security
from groundplan.training.nodes.images_to_fetch import problems
from groundplan.training.queues.flavor import Flavor

NAMESPACE = "kube-system"

PAUSE_IMAGE = "registry.k8s.io/pause:3.10.1@sha256:278fb9dbcca9518083ad1e11276933a2e96f23de604a3a08cc3c80002767d24c"  # noqa: E501
"""A program that waits, for amd64 and arm64. Clusters without a way to the internet
need a copy of their own."""


def pod_spec(
    flavor: Flavor, images: Sequence[pulumi.Input[str]], pause_image: pulumi.Input[str]
) -> Mapping[str, Any]:
    """Returns the pod that holds the images on a node."""
    names = [f"image-{index}" for index in range(len(images))]
    return {
        "nodeSelector": dict(flavor.node_labels),
        "tolerations": [taint.toleration for taint in flavor.taints],
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 0,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65535,
            "runAsGroup": 65535,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "pause",
                "image": pause_image,
                "securityContext": dict(pod_security.CONTAINER),
                "resources": {
                    "requests": {"cpu": "1m", "memory": "8Mi"},
                    "limits": {"memory": "8Mi"},
                },
                "volumeMounts": [
                    {"name": name, "mountPath": f"/images/{name}", "readOnly": True}
                    for name in names
                ],
            }
        ],
        "volumes": [
            {"name": name, "image": {"reference": image, "pullPolicy": "IfNotPresent"}}
            for name, image in zip(names, images, strict=True)
        ],
    }


class Prefetch:
    """Brings images to the nodes of a pool, to each new one as soon as it is there."""

    daemon_set: kubernetes.apps.v1.DaemonSet

    def __init__(
        self,
        name: str,
        flavor: Flavor,
        images: Sequence[pulumi.Input[str]],
        *,
        namespace: pulumi.Input[str] = NAMESPACE,
        pause_image: pulumi.Input[str] = PAUSE_IMAGE,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Private images of ECR are pulled with the nodes' own role."""
        arguments.require("Prefetch", name, problems("images", images))
        labels = {"app.kubernetes.io/name": "prefetch", "app.kubernetes.io/instance": flavor.name}
        metadata: Any = {
            "name": f"prefetch-{flavor.name}",
            "namespace": namespace,
            "labels": labels,
            # Pods are ready when all images are there: minutes for each node, and never
            # on a pool without nodes.
            "annotations": {"pulumi.com/skipAwait": "true"},
        }
        spec: Any = {
            "selector": {"matchLabels": labels},
            # Nobody waits for these pods: other images come to all nodes at once.
            "updateStrategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": "100%"},
            },
            "template": {
                "metadata": {"labels": labels},
                "spec": pod_spec(flavor, images, pause_image),
            },
        }
        self.daemon_set = kubernetes.apps.v1.DaemonSet(
            f"{name}-{flavor.name}-prefetch", metadata=metadata, spec=spec, opts=opts
        )
