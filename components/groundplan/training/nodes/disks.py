"""The volumes of a pool's nodes as plain data: what the image expects under which name,
and what local NVMe disks add.

The same facts serve the launch template of a managed node group and Karpenter's
EC2NodeClass.
"""

from dataclasses import dataclass
from typing import Any

from groundplan.training.choices import ImageFamily
from groundplan.training.nodes.pool import Pool

ROOT = "/dev/xvda"
"""The root device of both families' images (aws/karpenter-provider-aws@1d927085,
pkg/providers/amifamily/al2023.go and bottlerocket.go, DefaultBlockDeviceMappings)."""

DATA = "/dev/xvdb"
"""Bottlerocket's second volume: container images, pods' files and logs. Its root holds
the operating system alone."""

BOTTLEROCKET_ROOT_GIB = 4
"""What Karpenter gives it, in the same place."""

VOLUME_TYPE = "gp3"
"""With its baseline of 3,000 IOPS and 125 MiB/s, whatever the size: where that is too
slow, local disks or a snapshot help."""


@dataclass(frozen=True)
class BlockDevice:
    """An EBS volume of a node: gp3, encrypted, gone with its instance."""

    name: str
    gib: int
    snapshot_id: Any = None
    """What the volume starts with, a string or an `Output` of one; None for what the
    image says, or nothing."""


def block_devices(pool: Pool) -> list[BlockDevice]:
    """Returns the volumes of a node, in the order of their names; `disk_gib` goes to
    the one for container images and pods.

    Raises `ValueError` for a snapshot where container images have no volume of their
    own: see `takes_snapshot`.
    """
    if pool.image is ImageFamily.BOTTLEROCKET:
        return [
            BlockDevice(ROOT, BOTTLEROCKET_ROOT_GIB),
            BlockDevice(DATA, pool.disk_gib, pool.snapshot_id),
        ]
    if pool.snapshot_id is not None:
        raise ValueError(
            f"{pool.image.value} has container images on its root volume: ask `problems` first"
        )
    return [BlockDevice(ROOT, pool.disk_gib)]


def takes_snapshot(family: ImageFamily) -> bool:
    """Returns whether nodes can start with a snapshot of container images: the images
    need a volume of their own."""
    return family is ImageFamily.BOTTLEROCKET


def ephemeral_storage_gib(pool: Pool) -> int:
    """Returns what the pods of a node share as `ephemeral-storage`: its local disks
    where they are used, else its EBS volume."""
    return pool.instance.local_nvme_gb * 10**9 // 2**30 if pool.local_storage else pool.disk_gib


def instance_store_policy(pool: Pool) -> str | None:
    """`instanceStorePolicy` of an EC2NodeClass; None leaves local disks alone."""
    return "RAID0" if pool.local_storage else None


def block_device_mappings(pool: Pool) -> list[dict[str, Any]]:
    """`blockDeviceMappings` of an EC2NodeClass (karpenter.k8s.aws/v1)."""
    return [{"deviceName": device.name, "ebs": _ebs(device)} for device in block_devices(pool)]


def _ebs(device: BlockDevice) -> dict[str, Any]:
    snapshot = {} if device.snapshot_id is None else {"snapshotID": device.snapshot_id}
    return {
        "volumeSize": f"{device.gib}Gi",
        "volumeType": VOLUME_TYPE,
        "encrypted": True,
        "deleteOnTermination": True,
        **snapshot,
    }
