"""Amazon EFS: resource types."""

from groundplan.catalog.resource_type import DataStore, Level, ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:efs/accessPoint:AccessPoint",),
        "access point",
        cost=Unpriced(),
        service=Service("what has mounted the file system by it hangs", level=Level.LOW, part=True),
    ),
    ResourceType(
        ("aws:efs/fileSystem:FileSystem",),
        "file system",
        cost=Unpriced(),
        data=DataStore("all files in it", needs_protection=True),
    ),
    ResourceType(
        ("aws:efs/mountTarget:MountTarget",),
        "mount target",
        cost=Unpriced(),
        service=Service(
            "what has mounted the file system by it hangs", level=Level.MEDIUM, part=True
        ),
    ),
)
