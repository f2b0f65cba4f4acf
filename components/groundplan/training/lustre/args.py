"""The arguments of a LustreFileSystem."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.training.lustre.choices import FileEvent


class LustreLinkArgs(TypedDict):
    """A directory that shows the objects below a prefix of a bucket: an FSx data
    repository association.

    What is read there is loaded from the bucket at its first use, and stays on the file
    system.
    """

    bucket_name: pulumi.Input[str]
    """Name of the bucket, in the file system's account. Where its objects are under a
    KMS key of one's own, that key has to let FSx in: `file_systems` of an
    `ArtifactBucket`, service `fsx` of an `EncryptionKey`. Changing it replaces the
    link."""
    prefix: NotRequired[str]
    """Folder of the bucket: `datasets/`. Default: the whole bucket. Changing it
    replaces the link."""
    path: NotRequired[str]
    """Directory of the file system: `/datasets`. Default: `/` and the link's name.
    Changing it replaces the link."""
    imports: NotRequired[Sequence[FileEvent]]
    """What of the bucket appears by itself: `new`, `changed`, `deleted`. Default: all
    three. Updates in place."""
    exports: NotRequired[Sequence[FileEvent]]
    """What of the directory is written to the bucket by itself: `new`, `changed`,
    `deleted`; the last deletes objects. Default: nothing. Updates in place."""
    readers: NotRequired[Sequence[str]]
    """Namespaces whose pods mount the directory, read-only, as the claim `<file
    system>-<link>`: names of teams, or `training`. Every namespace has a directory of
    its own besides, which no other mounts. Default: none. Updates in place."""
    import_existing: NotRequired[bool]
    """Whether the directory lists objects that exist when the link is created.
    Default: true. Changing it replaces the link."""


LUSTRE_LINK_DEFAULTS = defaults(LustreLinkArgs, import_existing=True)


class LustreFileSystemArgs(TypedDict):
    """The arguments of a LustreFileSystem."""

    vpc_id: pulumi.Input[str]
    """ID of the VPC of subnet and clients. Changing it replaces the security group, and
    with it the file system."""
    subnet_id: pulumi.Input[str]
    """The subnet of the file system; clients that read much belong in the same zone, as
    traffic between zones is slower and charged. Changing it replaces the file
    system."""
    client_security_groups: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Security groups of those who mount it, by a name of your choice: `{"cluster":
    cluster.security_group_id}`. They get rules for Lustre's ports in both directions;
    going out, a client has to be let by its own group. Default: none. In place."""
    capacity_gib: NotRequired[int]
    """1200, or a multiple of 2400 GiB. Default: 1200. It grows in place, six hours or
    more after the last time; a smaller one replaces the file system."""
    throughput_per_tib: NotRequired[int]
    """MB/s for each TiB: 125, 250, 500 or 1000. Default: 125. Updates in place; with
    `efa` it replaces the file system."""
    compression: NotRequired[bool]
    """Whether data is compressed by LZ4. Default: true. Updates in place, for what is
    written from then on."""
    metadata_iops: NotRequired[int]
    """Metadata operations a second: 1500, 3000, 6000 or a multiple of 12000 up to
    192000. Default: what FSx gives with the capacity. Grows in place; without it again,
    the file system is replaced."""
    efa: NotRequired[bool]
    """Whether clients can use EFA and GPUDirect Storage. The nodes' Lustre client has
    to be set up for it (FSx for Lustre User Guide, "Configuring EFA clients"); others
    use TCP. Needs a large capacity. Default: false. Changing it replaces the file
    system."""
    links: NotRequired[Mapping[str, LustreLinkArgs]]
    """Directories that show a bucket, by name; at most 8. Default: none. Another name
    replaces a link."""
    backup_retention_days: NotRequired[int]
    """Days that FSx keeps a daily backup, up to 90; 0 for none. Default: 7, and 0 with
    `links`, as FSx backs up no linked file system. Updates in place."""
    log_retention_days: NotRequired[int]
    """Days that CloudWatch Logs keeps what links report. Default: 90. Updates in
    place."""
    maintenance_start: NotRequired[str]
    """When a week's half hour for maintenance begins: day (1 is Monday) and time in
    UTC, `7:02:30`. Jobs stand still meanwhile. Default: a time that AWS chooses.
    Updates in place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """A KMS key for the data, and for the logs of links, for which CloudWatch Logs has
    to be allowed to use it. Default: an `EncryptionKey` of its own. Changing it
    replaces the file system."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the file system, its logs and key, and retains
    them on delete. Default: true. Updates in place."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Default: none. Updates in place."""


LUSTRE_FILE_SYSTEM_DEFAULTS = defaults(
    LustreFileSystemArgs,
    capacity_gib=1200,
    throughput_per_tib=125,
    compression=True,
    efa=False,
    log_retention_days=90,
    deletion_protection=True,
)
