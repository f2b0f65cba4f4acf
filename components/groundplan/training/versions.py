"""Every version that a training cluster pins, in one place: Kubernetes, its EKS
add-ons, its autoscaler, and the charts.

To raise one, change it here, with its source and date; nothing else names a version.
`aws eks describe-addon-versions --kubernetes-version 1.36 --addon-name coredns` lists
what EKS offers. EKS moves a cluster by one minor version at a time.

Images have the digest of their tag, charts in OCI registries where a public source
states it (`helm pull` prints it): not Karpenter's, Trainer's and the DRA driver's yet.
A chart of an HTTP repository can't be pulled by digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from groundplan.kubernetes.chart_reference import Chart
from groundplan.training.choices import ImageFamily


@dataclass(frozen=True)
class KubernetesPins:
    """What belongs to one minor version of Kubernetes."""

    addons: Mapping[str, str]
    """EKS add-on -> its version."""
    autoscaler: str
    """Image tag of the cluster autoscaler, which has to have the cluster's minor
    version. Tags of registry.k8s.io are immutable (kubernetes/k8s.io, its pull request
    template)."""


_ALL_MINORS = {
    # Live on 1.35 and 1.36 clusters: an upgrade log from 1.31 to 1.36, 2026-09-24;
    # v1.3.10 of the agent is what EKS resolved as default on 1.36 on 2026-09-16, and on
    # 1.35.
    "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
    "vpc-cni": "v1.22.4-eksbuild.3",
    "aws-ebs-csi-driver": "v1.66.0-eksbuild.1",
    "metrics-server": "v0.9.0-eksbuild.11",
    # zalando-incubator/kubernetes-on-aws pull request 11470, 2026-06-22; pinned for
    # 1.36 in public configurations.
    "eks-node-monitoring-agent": "v1.6.6-eksbuild.1",
    # Of 2026-04 (driver 1.9.0, kubernetes-sigs/aws-fsx-csi-driver@5b227125), pinned for
    # 1.35 in public configurations; and of 2026-08 (driver 2.7.0,
    # awslabs/mountpoint-s3-csi-driver@57c6bedb), the newest that EKS listed for 1.35.
    "aws-fsx-csi-driver": "v1.9.0-eksbuild.1",
    "aws-mountpoint-s3-csi-driver": "v2.7.0-eksbuild.1",
}

# The defaults of EKS for each minor version on 2026-09-24 (same log). The autoscaler:
# newest tags of kubernetes/autoscaler on 2026-08-22. Standard support ends on
# 2027-03-27 for 1.35, and on 2027-08-02 for 1.36; 1.34's on 2026-12-02 is too near.
KUBERNETES: Mapping[str, KubernetesPins] = {
    "1.35": KubernetesPins(
        addons={
            **_ALL_MINORS,
            "kube-proxy": "v1.35.3-eksbuild.29",
            "coredns": "v1.13.2-eksbuild.31",
        },
        autoscaler="v1.35.2",
    ),
    "1.36": KubernetesPins(
        addons={
            **_ALL_MINORS,
            "kube-proxy": "v1.36.0-eksbuild.25",
            "coredns": "v1.14.3-eksbuild.23",
        },
        autoscaler="v1.36.1",
    ),
}
"""The minor versions that a cluster can have, oldest first."""

NEWEST = list(KUBERNETES)[-1]
"""The minor version that a cluster has by default."""


# NVIDIA/k8s-device-plugin@1b826acc, deployments/helm/nvidia-device-plugin/Chart.yaml,
# newest tag on 2026-11-21.
DEVICE_PLUGIN = Chart(
    "nvidia-device-plugin", "0.20.0", "https://nvidia.github.io/k8s-device-plugin"
)

# kubernetes-sigs/dra-driver-nvidia-gpu@764900e7, tag v0.4.1, 2026-06-30: what the
# Amazon EKS User Guide installs. The chart's digest is not known from a public source
# yet.
DRA_DRIVER = Chart(
    "dra-driver-nvidia-gpu", "0.4.1", "oci://registry.k8s.io/dra-driver-nvidia/charts"
)

# Pulled from the registry on 2026-09-11, with Neuron SDK 2.32; the digest is the one
# that Helm printed.
NEURON_DEVICE_PLUGIN = Chart(
    "neuron-helm-chart",
    "1.10.0",
    "oci://public.ecr.aws/neuron",
    "sha256:ed5d8f73b7a05d3a1edf17b2bfaf277ea995ad1c65b115fa8ba2c7b4dc649346",
)

# aws/eks-charts@52396092, stable/aws-efa-k8s-device-plugin/Chart.yaml, 2026-08-03; the
# plugin itself is v0.5.20.
EFA_DEVICE_PLUGIN = Chart(
    "aws-efa-k8s-device-plugin", "v0.5.30", "https://aws.github.io/eks-charts"
)

# kubernetes-sigs/kueue@8eab6877, tag v0.19.2, 2026-08-20. The chart in git has a
# staging image, the registry's does not. The digest that was promoted to the registry:
# kubernetes/k8s.io pull request 9856.
KUEUE = Chart(
    "kueue",
    "0.19.2",
    "oci://registry.k8s.io/kueue/charts",
    "sha256:ab436c33ef6c6b9b9e95b633e618bca0e0e436d6581d3b27bd12fc8a8026ab34",
)

# kubernetes/autoscaler@55c37cd5,
# cluster-autoscaler/charts/cluster-autoscaler/Chart.yaml, 2026-08-22.
AUTOSCALER = Chart("cluster-autoscaler", "9.59.0", "https://kubernetes.github.io/autoscaler")

# aws/karpenter-provider-aws@1d927085, charts/karpenter/Chart.yaml and
# charts/karpenter-crd/Chart.yaml, newest release on 2026-11-21. The two go together:
# the second holds the first's CustomResourceDefinitions.
KARPENTER = Chart("karpenter", "1.14.1", "oci://public.ecr.aws/karpenter")
KARPENTER_CRD = Chart("karpenter-crd", "1.14.1", "oci://public.ecr.aws/karpenter")

NODE_IMAGES: Mapping[ImageFamily, str] = {
    # Live with NVIDIA GPUs on 1.35 and 1.36, in several regions: an investigation of
    # its drivers, 2026-09-14. Each release has standard, NVIDIA and Neuron images
    # (awslabs/amazon-eks-ami@81fec2e8, CHANGELOG.md).
    ImageFamily.AL2023: "v20260903",
    # entigolabs/entigo-infralib pull request 1488, for EKS 1.35; 1.61.0 brought those
    # for 1.36 (bottlerocket-os/bottlerocket pull request 4841).
    ImageFamily.BOTTLEROCKET: "v1.65.0",
}
"""Releases of the images of Karpenter's nodes; managed node groups take EKS' newest
when they are created or updated, or the release that `groundplan lock` has resolved.

A newer one shows in `aws ssm get-parameters-by-path --path
/aws/service/eks/optimized-ami/1.36/amazon-linux-2023/x86_64/nvidia --recursive`.
Raising one replaces no running node: idle ones end, and new ones start with it.
"""

# ray-project/kuberay@59d663ae, tag v1.7.0, 2026-08-19. Kueue 0.19.2 knows the API of
# 1.6.2, and patches only what it changes.
KUBERAY = Chart("kuberay-operator", "1.7.0", "https://ray-project.github.io/kuberay-helm/")

# kubernetes-sigs/jobset@f22e565a, tag v0.12.0, 2026-05-08: what Kueue 0.19.2 is built
# with (its go.mod). Its digest: public pins of this version, 2026-11-28.
JOBSET = Chart(
    "jobset",
    "0.12.0",
    "oci://registry.k8s.io/jobset/charts",
    "sha256:02808a890a0b0e03a1d3bf5959e2f562b3b47c15e446bbba358c1d24e1f81b24",
)

# kubeflow/trainer@c505fc7c, tag v2.2.1, 2026-06-17. Not 2.3.0 (2026-08-06): to know
# what a TrainJob asks for, Kueue runs Trainer's own code on its runtime, and 0.19.2 has
# that of 2.2.1 (its go.mod; 2.3.0 from 0.20 on).
TRAINER = Chart("kubeflow-trainer", "2.2.1", "oci://ghcr.io/kubeflow/charts")

# Digests of images: public pins of the same tags, 2026-11-28.
TORCH_IMAGE = (
    "pytorch/pytorch:2.10.0-cuda12.8-cudnn9-runtime"
    "@sha256:b85566342b86d13a67712e9315d40cdc2dad7f8d86df1aff3831f80835edbcca"
)
"""What TrainJobs that name no image run in: the one of Trainer's own runtime
`torch-distributed` in 2.2.1."""

KUBECTL = (
    "registry.k8s.io/kubectl:v1.36.3"
    "@sha256:6e4fce3c83651edb91b74bc67701c5cd263dd8aa3cd4254b1798d6425a5ab789"
)
"""Talks to control planes of one minor version less or more too (Kubernetes
documentation, "Version Skew Policy")."""
