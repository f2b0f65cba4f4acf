"""AWS Glue: resource types."""

from groundplan.catalog.resource_type import DataStore, Level, ResourceType, Unpriced

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
)
