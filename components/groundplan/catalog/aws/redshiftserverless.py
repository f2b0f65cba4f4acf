"""Amazon Redshift Serverless: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:redshiftserverless/namespace:Namespace",),
        "namespace",
        cost=Unpriced(),
        data=DataStore("all its data"),
    ),
)
