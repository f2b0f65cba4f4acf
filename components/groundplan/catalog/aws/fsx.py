"""Amazon FSx: resource types."""

from groundplan.catalog.resource_type import (
    SETTING,
    DataStore,
    Level,
    Priced,
    ResourceType,
    Service,
    Unpriced,
)

TYPES = (
    ResourceType(
        ("aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation",),
        "data repository association",
        cost=SETTING,
        service=Service(
            "new objects of its bucket no longer appear in the file system, nor new files in it",
            level=Level.MEDIUM,
            part=True,
            when_replaced="in between, nothing new gets from its bucket to the file system or back",
        ),
    ),
    ResourceType(
        ("aws:fsx/fileCache:FileCache",),
        "file cache",
        cost=Unpriced(),
        data=DataStore("all files in it"),
    ),
    ResourceType(
        ("aws:fsx/lustreFileSystem:LustreFileSystem",),
        "lustre file system",
        cost=Priced("fsx-lustre"),
        data=DataStore(
            "all files that weren't exported to S3",
            # pulumi-aws 7, fsx.LustreFileSystem: `Defaults to true`, and never with a
            # scratch deployment type.
            skips_snapshot_if="skipFinalBackup",
            skips_snapshot_default=True,
            never_snapshots_if=("deploymentType", "SCRATCH"),
            needs_protection=True,
        ),
        interrupts="jobs that read or write it fail",
    ),
    ResourceType(
        ("aws:fsx/ontapFileSystem:OntapFileSystem",),
        "ontap file system",
        cost=Unpriced(),
        data=DataStore("all files in it"),
        interrupts="jobs that read or write it fail",
    ),
    ResourceType(
        ("aws:fsx/ontapVolume:OntapVolume",),
        "ontap volume",
        cost=Unpriced(),
        data=DataStore("all its files", skips_snapshot_if="skipFinalBackup"),
    ),
    ResourceType(
        ("aws:fsx/openZfsFileSystem:OpenZfsFileSystem",),
        "open zfs file system",
        cost=Unpriced(),
        data=DataStore("all its files", skips_snapshot_if="skipFinalBackup", needs_protection=True),
        interrupts="jobs that read or write it fail",
    ),
    ResourceType(
        ("aws:fsx/openZfsVolume:OpenZfsVolume",),
        "open zfs volume",
        cost=Unpriced(),
        data=DataStore("all files in it"),
    ),
    ResourceType(
        ("aws:fsx/windowsFileSystem:WindowsFileSystem",),
        "windows file system",
        cost=Unpriced(),
        data=DataStore("all its files", skips_snapshot_if="skipFinalBackup"),
    ),
)
