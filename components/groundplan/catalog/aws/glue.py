"""AWS Glue: resource types."""

from groundplan.catalog.resource_type import DataStore, Free, Level, ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:glue/catalogDatabase:CatalogDatabase",),
        "catalog database",
        cost=Unpriced(),
        data=DataStore("the definitions of all its tables"),
    ),
    ResourceType(
        ("aws:glue/catalogTable:CatalogTable",),
        "catalog table",
        cost=Unpriced(),
        data=DataStore("its definition and its partitions", level=Level.MEDIUM),
    ),
    ResourceType(
        ("aws:glue/job:Job",),
        "Glue job",
        cost=Free("AWS charges for its runs"),
        service=Service("it doesn't run any more", level=Level.LOW, read_only=True),
    ),
    ResourceType(
        ("aws:glue/trigger:Trigger",),
        "Glue trigger",
        cost=Free("AWS charges for the runs that it starts"),
        service=Service("it starts no jobs any more", level=Level.LOW, part=True, read_only=True),
    ),
)
