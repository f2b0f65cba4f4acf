"""A Lustre file system as a volume of pods, in each namespace that is to have it.

The CSI driver only mounts what is there: it needs no AWS permissions for that
(kubernetes-sigs/aws-fsx-csi-driver@5b227125, pkg/driver/node.go, NodePublishVolume; its
controller asks FSx only for volumes that it creates itself).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from groundplan.training.volumes import static_volumes
from groundplan.training.volumes.static_volumes import Bound, StaticVolume

DRIVER = "fsx.csi.aws.com"

MOUNT_OPTIONS = ("relatime", "flock")
"""What AWS mounts with (FSx for Lustre User Guide, "Mounting from an Amazon EC2
instance"); `flock` lets several nodes lock files, as Hugging Face's and PyTorch's
caches do."""


@dataclass(frozen=True)
class LustreMount:
    """What a client has to know of a file system: `LustreFileSystem.mount`, or one that
    is there already."""

    file_system_id: pulumi.Input[str]
    dns_name: pulumi.Input[str]
    mount_name: pulumi.Input[str]
    capacity_gib: int


def static_volume(
    mount: LustreMount, volume_name: pulumi.Input[str], read_only: bool
) -> StaticVolume:
    """The volume that a namespace mounts."""
    return StaticVolume(
        driver=DRIVER,
        # Several volumes are of one file system; the handle only has to differ (node.go
        # takes the rest from the attributes).
        handle=pulumi.Output.concat(mount.file_system_id, "::", volume_name),
        attributes={"dnsname": mount.dns_name, "mountname": mount.mount_name},
        capacity=f"{mount.capacity_gib}Gi",
        read_only=read_only,
        mount_options=MOUNT_OPTIONS,
    )


class LustreVolume:
    """The claim `claim_name` in each of `namespaces`, all of them on one file system.

    It is one tree of files for all namespaces, kept apart by the files' owners and
    modes only.
    """

    bound: dict[str, Bound]
    """By namespace."""

    def __init__(
        self,
        name: str,
        mount: LustreMount,
        *,
        namespaces: Sequence[str],
        claim_name: str = "lustre",
        read_only: bool = False,
        opts: pulumi.ResourceOptions,
        homes: Mapping[str, pulumi.Resource] | None = None,
    ) -> None:
        """`opts` names parent and provider, and waits for the add-on; `homes` are those
        of the namespaces that the program has, by their names."""
        self.bound = {}
        for namespace in namespaces:
            volume_name = f"{namespace}-{claim_name}"
            self.bound[namespace] = static_volumes.bind(
                f"{name}-{namespace}-{claim_name}",
                static_volume(mount, volume_name, read_only),
                namespace=namespace,
                volume_name=volume_name,
                claim_name=claim_name,
                opts=opts,
                home=(homes or {}).get(namespace),
            )
