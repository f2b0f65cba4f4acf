"""An environment with all resources whose order matters in an upgrade or a destroy."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from groundplan import (
    ArtifactBucket,
    LustreFileSystem,
    MonitoringStack,
    Network,
    TrainingCluster,
    TrainingJob,
)

ZONES = ["us-east-1a", "us-east-1b"]

JOBS = ("churn-job", "board")
NAMESPACES = (
    "training-namespace",
    "training-team-speech-namespace",
    "training-team-vision-namespace",
)
QUEUES = (
    "training-cluster-queue",
    "training-team-speech-cluster-queue",
    "training-team-vision-cluster-queue",
)
FLAVORS = (
    "training-burst-flavor",
    "training-gpu-flavor",
    "training-large-flavor",
    "training-reserved-flavor",
)
OPERATORS = ("training-jobset", "training-kubeflow-trainer", "training-kuberay-operator")
IDENTITIES = ("training-team-speech-identity", "training-team-vision-identity")
NODE_POOLS = ("training-burst-node-pool", "training-large-node-pool")
NODE_CLASSES = ("training-burst-node-class", "training-large-node-class")
NODE_GROUPS = ("training-gpu-nodes", "training-reserved-nodes")
SYSTEM_NODES = ("training-system-nodes",)
DRIVERS = (
    "training-aws-ebs-csi-driver",
    "training-aws-fsx-csi-driver",
    "training-aws-mountpoint-s3-csi-driver",
)
LATE_ADDONS = (
    *DRIVERS,
    "training-coredns",
    "training-eks-node-monitoring-agent",
    "training-metrics-server",
)
EARLY_ADDONS = ("training-eks-pod-identity-agent", "training-kube-proxy", "training-vpc-cni")
FILE_VOLUMES = ("training-files-speech-lustre-volume", "training-files-vision-lustre-volume")
DATA_VOLUMES = ("training-speech-dataset-clicks-volume", "training-vision-dataset-clicks-volume")
INTERNET_ACCESS = (
    "network-private-1-internet-route",
    "network-private-2-internet-route",
    "network-endpoint-sts",
)
SUBNETS = ("network-private-1", "network-private-2", "network-public-1", "network-public-2")

DESTROYED: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (JOBS, ("training-team-vision-namespace",)),
    (
        NAMESPACES,
        (
            "training-kueue",
            *OPERATORS,
            *NODE_POOLS,
            *NODE_GROUPS,
            *DRIVERS,
            "training-storage-class",
        ),
    ),
    (("training-namespace",), ("training-cluster-queue",)),
    (
        ("training-team-speech-namespace",),
        ("training-team-speech-cluster-queue", "training-team-speech-identity"),
    ),
    (
        ("training-team-vision-namespace",),
        ("training-team-vision-cluster-queue", "training-team-vision-identity"),
    ),
    (("training-night", "training-morning"), QUEUES),
    (QUEUES, FLAVORS),
    (FLAVORS, ("training-kueue",)),
    (OPERATORS, ("training-kueue",)),
    (("training-burst-node-pool",), ("training-burst-node-class",)),
    (("training-large-node-pool",), ("training-large-node-class",)),
    (NODE_CLASSES, ("training-karpenter", "training-efa-to-all")),
    (("training-large-node-class",), ("training-efa", "training-large-placement")),
    (
        ("training-karpenter",),
        ("training-karpenter-crd", "training-karpenter-identity", "training-karpenter-queue"),
    ),
    (
        (
            "training-karpenter-crd",
            "training-kueue",
            "training-storage-class",
            "training-cluster-autoscaler",
        ),
        LATE_ADDONS,
    ),
    (("monitoring-dcgm-exporter",), ("monitoring-prometheus",)),
    (("monitoring-prometheus",), ("monitoring-namespace", "monitoring-alertmanager-identity")),
    (("monitoring-namespace",), LATE_ADDONS),
    (
        FILE_VOLUMES,
        (
            "training-aws-fsx-csi-driver",
            "files-file-system",
            "files-from-cluster-988",
            "files-into-cluster-1018",
        ),
    ),
    (DATA_VOLUMES, ("training-aws-mountpoint-s3-csi-driver",)),
    (NODE_GROUPS, LATE_ADDONS),
    (
        ("training-reserved-nodes",),
        ("training-efa", "training-efa-to-all", "training-reserved-template"),
    ),
    (LATE_ADDONS, SYSTEM_NODES),
    (SYSTEM_NODES, (*EARLY_ADDONS, "training-node-role-AmazonEKSWorkerNodePolicy")),
    (
        ("training-vpc-cni",),
        ("training-eks-pod-identity-agent", "training-vpc-cni-role-AmazonEKS_CNI_Policy"),
    ),
    (
        (*NAMESPACES, "training-kueue"),
        (
            "training-administrator-123456789012-role-platform-policy",
            "training-api-from-10-0-0-0-16",
        ),
    ),
    (
        (*EARLY_ADDONS, *IDENTITIES, "training-administrator-123456789012-role-platform"),
        ("training-cluster",),
    ),
    (
        ("training-cluster",),
        (
            "training-control-plane-logs",
            "training-cluster-role-AmazonEKSClusterPolicy",
            "training-key-key",
        ),
    ),
    (("training-cluster", "files-file-system"), (*INTERNET_ACCESS, *SUBNETS)),
    (("training-cluster",), ("training-api",)),
    (("training-efa", "training-api", "files-security-group", *SUBNETS), ("network-vpc",)),
)
"""Names of resources -> names of their dependencies: each of the first is deleted
before each of the second."""

UPGRADED = (
    ("training-cluster",),
    ("training-kube-proxy",),
    SYSTEM_NODES,
    ("training-coredns",),
    NODE_GROUPS,
    ("training-cluster-autoscaler",),
)
"""The resources that a new minor version of Kubernetes updates, in order."""


def build(*, kubernetes_version: str = "1.36", protected: bool = False) -> TrainingCluster:
    """Registers the environment. The cluster has managed and Karpenter pools, with and
    without EFA, teams, all frameworks, and jobs."""
    network = Network("network", {"availability_zones": ZONES, "deletion_protection": protected})
    artifacts = ArtifactBucket("artifacts", {"deletion_protection": protected})
    args: Any = {
        "private_subnet_ids": network.private_subnet_ids,
        "zones": network.zones,
        "vpc_id": network.vpc_id,
        "private_access_cidrs": ["10.0.0.0/16"],
        "administrators": ["arn:aws:iam::123456789012:role/platform"],
        "kubernetes_version": kubernetes_version,
        "pools": {
            "gpu": {"instance_type": "g5.xlarge", "max_size": 4, "capacity_type": "spot"},
            "reserved": {
                "instance_type": "p5.48xlarge",
                "max_size": 2,
                "capacity_type": "reservation",
                "reservation_id": "cr-0123456789abcdef0",
                "zone": "us-east-1a",
                "efa": True,
            },
            "burst": {"instance_type": "g6.xlarge", "max_size": 8, "provisioner": "karpenter"},
            "large": {
                "instance_type": "p4d.24xlarge",
                "max_size": 2,
                "provisioner": "karpenter",
                "zone": "us-east-1b",
                "efa": True,
                "placement_group": True,
            },
        },
        "teams": {"speech": {}, "vision": {"members": ["vision"]}},
        "artifacts": artifacts.access,
        "frameworks": {"ray": True, "trainer": True},
        "schedule": {"close": "19:00", "open": "07:00"},
        "datasets": {"clicks": {"readers": ["speech", "vision"]}},
        "models": {"churn": {"writers": ["training"]}},
        "volume_drivers": ["lustre", "s3"],
        "deletion_protection": protected,
    }
    cluster = TrainingCluster("training", args)
    in_cluster = pulumi.ResourceOptions(provider=cluster.kubernetes_provider)
    files: Any = {
        "vpc_id": network.vpc_id,
        "subnet_id": network.private_subnet_ids.apply(lambda ids: ids[0]),
        "client_security_groups": {"cluster": cluster.security_group_id},
        "deletion_protection": protected,
    }
    cluster.mount("files", LustreFileSystem("files", files).mount)
    monitoring: Any = {
        "cluster": {"cluster_name": cluster.cluster_name, "gpus": True},
        "deletion_protection": protected,
    }
    MonitoringStack(
        "monitoring", monitoring, pulumi.ResourceOptions(providers=[cluster.kubernetes_provider])
    )
    _run(cluster, artifacts, in_cluster)
    return cluster


def _run(
    cluster: TrainingCluster, artifacts: ArtifactBucket, in_cluster: pulumi.ResourceOptions
) -> None:
    """Registers the workload of a team: a job, and a service with a load balancer."""
    namespace = cluster.platform.teams["vision"].namespace.metadata["name"]
    job: Any = {
        "on": "cluster",
        "image": "ghcr.io/example/churn@sha256:" + "a" * 64,
        "code": {"repository": "https://git.example.com/churn", "revision": "b" * 40},
        "datasets": {
            "train": {
                "uri": "s3://artifacts/datasets/churn/1/",
                "version": f"churn@sha256:{'1' * 64}",
            }
        },
        "artifacts": artifacts.access,
        "cluster": {"namespace": namespace, "pool": "burst"},
        "keep_runs": False,
    }
    TrainingJob("churn", job, pulumi.ResourceOptions(providers=[cluster.kubernetes_provider]))
    ports: Any = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    kubernetes.core.v1.Service(
        "board", metadata={"namespace": namespace}, spec=ports, opts=in_cluster
    )
