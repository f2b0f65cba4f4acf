"""Amazon EBS: resource types."""

from groundplan.catalog.resource_type import DataStore, Priced, ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:ebs/snapshot:Snapshot",),
        "snapshot",
        cost=Unpriced(),
        data=DataStore("what it holds"),
    ),
    ResourceType(
        ("aws:ebs/volume:Volume",),
        "volume",
        cost=Priced("ebs-volume"),
        aliases=("ec2.Volume",),
        data=DataStore("all data on it", needs_protection=True),
    ),
)
