"""The enums of a training cluster's arguments.

Arguments are annotated with `XValue`: type checkers accept a member or its value, and
Pulumi's analyzer, which has no literals, sees the enum.
"""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class CapacityType(str, Enum):
    """How EC2 sells a pool's instances."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    RESERVATION = "reservation"
    """An existing on-demand capacity reservation: paid for whether used or not, open
    until it is cancelled."""
    CAPACITY_BLOCK = "capacity-block"
    """An EC2 Capacity Block for ML: purchased in advance, for a window of time."""


class Provisioner(str, Enum):
    """What provisions the nodes of a pool."""

    MANAGED = "managed"
    """An EKS managed node group, which the cluster autoscaler scales."""
    KARPENTER = "karpenter"
    """Karpenter, which launches single instances for pending pods."""
    AUTO_MODE = "auto-mode"
    """EKS Auto Mode: Karpenter, drivers and images operated by AWS, for a fee on each
    instance."""


class ImageFamily(str, Enum):
    """The operating system of a pool's nodes, with the drivers that the instance type
    needs."""

    AL2023 = "al2023"
    BOTTLEROCKET = "bottlerocket"


class VolumeDriver(str, Enum):
    """A CSI driver that is installed beside the EBS CSI driver."""

    LUSTRE = "lustre"
    """Mounts Amazon FSx for Lustre file systems."""
    S3 = "s3"
    """Mounts folders of buckets, by Mountpoint for Amazon S3."""


class RunningJobs(str, Enum):
    """What happens to jobs that run when the queues close."""

    FINISH = "finish"
    """They run to completion; then their nodes are removed."""
    STOP = "stop"
    """They are evicted, and restart when the queues open: for jobs that write
    checkpoints."""


class TaintEffect(str, Enum):
    """The effect of a Kubernetes taint on pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    """They are not scheduled on the node."""
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    """They are scheduled on the node only if no other one fits."""
    NO_EXECUTE = "NoExecute"
    """They are not scheduled on the node, and evicted if they run there."""


if TYPE_CHECKING:
    CapacityTypeValue = CapacityType | Literal["on-demand", "spot", "reservation", "capacity-block"]
    ProvisionerValue = Provisioner | Literal["managed", "karpenter", "auto-mode"]
    ImageFamilyValue = ImageFamily | Literal["al2023", "bottlerocket"]
    VolumeDriverValue = VolumeDriver | Literal["lustre", "s3"]
    RunningJobsValue = RunningJobs | Literal["finish", "stop"]
    TaintEffectValue = TaintEffect | Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
else:
    CapacityTypeValue = CapacityType
    ProvisionerValue = Provisioner
    ImageFamilyValue = ImageFamily
    VolumeDriverValue = VolumeDriver
    RunningJobsValue = RunningJobs
    TaintEffectValue = TaintEffect
