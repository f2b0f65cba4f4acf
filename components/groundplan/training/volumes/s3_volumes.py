"""A folder of a bucket as a volume of pods, by the Mountpoint for Amazon S3 CSI driver;
read-only unless asked otherwise.

Each pod reads with its own identity (`authenticationSource: pod`): the driver has no
access of its own that one team could use to read what belongs to another. The pod's
service account needs a pod identity with `ArtifactBucket.grant_read`.

Source of keys and behaviour: awslabs/mountpoint-s3-csi-driver@57c6bedb (v2.7.0),
docs/CONFIGURATION.md.
"""

from dataclasses import dataclass

import pulumi

from groundplan import arguments
from groundplan.problems import Problem
from groundplan.storage import arns
from groundplan.storage.prefixes import prefix_problems
from groundplan.training.volumes import static_volumes
from groundplan.training.volumes.static_volumes import Bound, StaticVolume

DRIVER = "s3.csi.aws.com"

CAPACITY = "1Ti"
"""The driver ignores it; Kubernetes wants one."""


@dataclass(frozen=True)
class S3Folder:
    """A folder of a bucket, and how it is mounted."""

    bucket_name: pulumi.Input[str]
    region: pulumi.Input[str]
    """Region of the bucket: nodes keep pods from EC2's metadata, where Mountpoint would
    look for it."""
    prefix: str = ""
    """`datasets/`; the whole bucket if it is empty."""
    read_only: bool = True
    user_id: int | None = None
    """Who owns the files, as a writing container's `runAsUser`. Reading needs none:
    other users may read."""
    group_id: int | None = None
    """Group of the files."""


def problems(folder: S3Folder) -> list[Problem]:
    """Returns what is wrong with a folder."""
    return [
        *arns.name_problems("bucket_name", folder.bucket_name),
        *prefix_problems("prefix", folder.prefix),
    ]


def mount_options(folder: S3Folder) -> list[pulumi.Input[str]]:
    """Mountpoint's options. Without allow-delete and allow-overwrite it would write new
    objects only, and keep them."""
    region = folder.region
    options: list[pulumi.Input[str]] = [
        f"region {region}" if isinstance(region, str) else pulumi.Output.concat("region ", region),
        # Containers that are not root, as a restricted namespace asks for, couldn't
        # read otherwise.
        "allow-other",
    ]
    if folder.prefix:
        options.append(f"prefix {folder.prefix}")
    if folder.user_id is not None:
        options.append(f"uid={folder.user_id}")
    if folder.group_id is not None:
        options.append(f"gid={folder.group_id}")
    return [*options, *(["read-only"] if folder.read_only else ["allow-delete", "allow-overwrite"])]


def static_volume(folder: S3Folder, volume_name: str) -> StaticVolume:
    """Returns the volume that a namespace mounts."""
    return StaticVolume(
        driver=DRIVER,
        handle=volume_name,
        attributes={"bucketName": folder.bucket_name, "authenticationSource": "pod"},
        capacity=CAPACITY,
        read_only=folder.read_only,
        mount_options=mount_options(folder),
    )


class S3Volume:
    """The claim `claim_name` in a namespace, on a folder of a bucket."""

    bound: Bound

    def __init__(
        self,
        name: str,
        folder: S3Folder,
        *,
        namespace: str,
        claim_name: str,
        opts: pulumi.ResourceOptions,
        home: pulumi.Resource | None = None,
    ) -> None:
        """`opts` names parent and provider, and waits for the add-on; `home` is the
        namespace, where the program has it."""
        arguments.require("S3Volume", name, problems(folder))
        volume_name = f"{namespace}-{claim_name}"
        self.bound = static_volumes.bind(
            f"{name}-{namespace}-{claim_name}",
            static_volume(folder, volume_name),
            namespace=namespace,
            volume_name=volume_name,
            claim_name=claim_name,
            opts=opts,
            home=home,
        )
