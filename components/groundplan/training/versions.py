"""Every version that a training cluster pins, in one place: Kubernetes, its EKS add-ons, its autoscaler, and the charts.

To raise one, change it here, with its source and date; nothing else names a version. `aws eks describe-addon-versions
--kubernetes-version 1.36 --addon-name coredns` lists what EKS offers. EKS moves a cluster by one minor version at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class KubernetesPins:
    """What belongs to one minor version of Kubernetes."""

    addons: Mapping[str, str]
    """EKS add-on -> its version."""
    autoscaler: str
    """Image tag of the cluster autoscaler, which has to have the cluster's minor version."""


_ALL_MINORS = {
    # Live on 1.35 and 1.36 clusters: an upgrade log from 1.31 to 1.36, 2026-09-24; v1.3.10 of the agent is what EKS
    # resolved as default on 1.36 on 2026-09-16, and on 1.35.
    "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
    "vpc-cni": "v1.22.4-eksbuild.3",
    "aws-ebs-csi-driver": "v1.66.0-eksbuild.1",
    "metrics-server": "v0.9.0-eksbuild.11",
    # zalando-incubator/kubernetes-on-aws pull request 11470, 2026-06-22; pinned for 1.36 in public configurations.
    "eks-node-monitoring-agent": "v1.6.6-eksbuild.1",
}

# The defaults of EKS for each minor version on 2026-09-24 (same log). The autoscaler: newest tags of kubernetes/autoscaler
# on 2026-08-22. Standard support ends on 2027-03-27 for 1.35, and on 2027-08-02 for 1.36; 1.34's on 2026-12-02 is too near.
KUBERNETES: Mapping[str, KubernetesPins] = {
    "1.35": KubernetesPins(
        addons={**_ALL_MINORS, "kube-proxy": "v1.35.3-eksbuild.29", "coredns": "v1.13.2-eksbuild.31"},
        autoscaler="v1.35.2",
    ),
    "1.36": KubernetesPins(
        addons={**_ALL_MINORS, "kube-proxy": "v1.36.0-eksbuild.25", "coredns": "v1.14.3-eksbuild.23"},
        autoscaler="v1.36.1",
    ),
}
"""The minor versions that a cluster can have, oldest first."""

NEWEST = list(KUBERNETES)[-1]
"""The minor version that a cluster has if nobody says otherwise."""


@dataclass(frozen=True)
class Chart:
    """A Helm chart."""

    name: str
    version: str
    repository: str
    """Where it comes from: `https://...`, or the `oci://` registry folder that holds it."""


# NVIDIA/k8s-device-plugin@1b826acc, deployments/helm/nvidia-device-plugin/Chart.yaml, newest tag on 2026-11-21.
DEVICE_PLUGIN = Chart("nvidia-device-plugin", "0.20.0", "https://nvidia.github.io/k8s-device-plugin")

# kubernetes-sigs/kueue@8eab6877, tag v0.19.2, 2026-08-20. The chart in git has a staging image, the registry's does not.
KUEUE = Chart("kueue", "0.19.2", "oci://registry.k8s.io/kueue/charts")

# kubernetes/autoscaler@55c37cd5, cluster-autoscaler/charts/cluster-autoscaler/Chart.yaml, 2026-08-22.
AUTOSCALER = Chart("cluster-autoscaler", "9.59.0", "https://kubernetes.github.io/autoscaler")

# ray-project/kuberay@59d663ae, tag v1.7.0, 2026-08-19. Kueue 0.19.2 knows the API of 1.6.2, and patches only what it changes.
KUBERAY = Chart("kuberay-operator", "1.7.0", "https://ray-project.github.io/kuberay-helm/")

# kubernetes-sigs/jobset@f22e565a, tag v0.12.0, 2026-05-08: what Kueue 0.19.2 is built with (its go.mod).
JOBSET = Chart("jobset", "0.12.0", "oci://registry.k8s.io/jobset/charts")

# kubeflow/trainer@c505fc7c, tag v2.2.1, 2026-06-17. Not 2.3.0 (2026-08-06): Kueue makes a TrainJob's pods out of its runtime by
# Trainer's own code to know what they ask for, and 0.19.2 does so by 2.2.1's (its go.mod; 2.3.0 from 0.20 on).
TRAINER = Chart("kubeflow-trainer", "2.2.1", "oci://ghcr.io/kubeflow/charts")

TORCH_IMAGE = "pytorch/pytorch:2.10.0-cuda12.8-cudnn9-runtime"
"""What TrainJobs that name no image run in: the one of Trainer's own runtime `torch-distributed` in 2.2.1."""

KUBECTL = "registry.k8s.io/kubectl:v1.36.3"
"""Talks to control planes of one minor version less or more too (Kubernetes documentation, "Version Skew Policy")."""
