"""A directory of a Lustre file system as a volume of a namespace's pods.

The CSI driver only mounts what is there: it needs no AWS permissions for that
(kubernetes-sigs/aws-fsx-csi-driver@5b227125, pkg/driver/node.go, NodePublishVolume; its
controller asks FSx only for volumes that it creates itself).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from groundplan.training.volumes import static_volumes
from groundplan.training.volumes.static_volumes import Bound, StaticVolume

DRIVER = "fsx.csi.aws.com"

MOUNT_OPTIONS = ("relatime", "flock")
"""What AWS mounts with (FSx for Lustre User Guide, "Mounting from an Amazon EC2
instance"); `flock` lets several nodes lock files, as Hugging Face's and PyTorch's
caches do."""


@dataclass(frozen=True)
class SharedDirectory:
    """A directory of a file system that namespaces mount read-only."""

    path: pulumi.Input[str]
    """Its absolute path: `/datasets`."""
    readers: Sequence[str]
    """The namespaces."""


@dataclass(frozen=True)
class LustreMount:
    """What a client needs to mount a file system: `LustreFileSystem.mount`, or the
    values of an existing one."""

    file_system_id: pulumi.Input[str]
    dns_name: pulumi.Input[str]
    mount_name: pulumi.Input[str]
    capacity_gib: int
    shared: Mapping[str, SharedDirectory] = field(default_factory=dict)
    """Directories for reading, by name."""


def static_volume(
    mount: LustreMount,
    volume_name: pulumi.Input[str],
    read_only: bool,
    path: pulumi.Input[str] = "",
) -> StaticVolume:
    """Returns the volume of the directory `path` (`/teams/vision`), or of the whole
    file system.

    A client that mounts a directory has no path to what is outside of it (FSx for
    Lustre User Guide, "Mounting from a fileset"; kubernetes-sigs/aws-fsx-csi-driver#247
    for the driver). The directory has to exist.
    """
    root = mount.mount_name
    return StaticVolume(
        driver=DRIVER,
        # Several volumes are of one file system; the handle only has to differ (node.go
        # takes the rest from the attributes).
        handle=pulumi.Output.concat(mount.file_system_id, "::", volume_name),
        attributes={
            "dnsname": mount.dns_name,
            "mountname": pulumi.Output.concat(root, path) if path else root,
        },
        capacity=f"{mount.capacity_gib}Gi",
        read_only=read_only,
        # Kubernetes passes `readOnly` of a volume only to drivers that attach it, which
        # this one does not (CSIDriver, `attachRequired: false`): a pod could write.
        mount_options=(*MOUNT_OPTIONS, "ro") if read_only else MOUNT_OPTIONS,
    )


class LustreVolume:
    """The claim `claim_name` in a namespace, on one directory of a file system."""

    bound: Bound

    def __init__(
        self,
        name: str,
        mount: LustreMount,
        *,
        namespace: str,
        path: pulumi.Input[str],
        claim_name: str = "lustre",
        read_only: bool = False,
        opts: pulumi.ResourceOptions,
        home: pulumi.Resource | None = None,
    ) -> None:
        """`path` is the directory, absolute. `opts` has parent and provider, and
        depends on the add-on and on what creates the directory; `home` is the
        namespace, where the program has it."""
        volume_name = f"{namespace}-{claim_name}"
        self.bound = static_volumes.bind(
            f"{name}-{namespace}-{claim_name}",
            static_volume(mount, volume_name, read_only, path),
            namespace=namespace,
            volume_name=volume_name,
            claim_name=claim_name,
            opts=opts,
            home=home,
        )
