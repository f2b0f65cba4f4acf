"""The closed choices of a training cluster's pools."""

from enum import Enum


class CapacityType(str, Enum):
    """How EC2 sells a pool's instances."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    RESERVATION = "reservation"
    """An on-demand capacity reservation of one's own: paid for whether used or not,
    open until it is cancelled."""
    CAPACITY_BLOCK = "capacity-block"
    """An EC2 Capacity Block for ML: bought beforehand, for a window of time."""


class Provisioner(str, Enum):
    """What starts a pool's nodes."""

    MANAGED = "managed"
    """An EKS managed node group, which the cluster autoscaler grows and shrinks."""
    KARPENTER = "karpenter"
    """Karpenter, which starts single instances for the pods that wait."""


class ImageFamily(str, Enum):
    """The operating system of a pool's nodes, each with the drivers that the instance
    type needs."""

    AL2023 = "al2023"
    BOTTLEROCKET = "bottlerocket"


class VolumeDriver(str, Enum):
    """A CSI driver beside that of EBS, which every cluster has."""

    LUSTRE = "lustre"
    """Mounts Amazon FSx for Lustre file systems."""
    S3 = "s3"
    """Mounts folders of buckets, by Mountpoint for Amazon S3."""


class RunningJobs(str, Enum):
    """What happens to jobs that run when the queues close."""

    FINISH = "finish"
    """They run to their end; their nodes go then."""
    STOP = "stop"
    """They are evicted, and start again in the morning: for jobs that write
    checkpoints."""
