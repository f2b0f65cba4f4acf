"""AWS CodeCommit: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:codecommit/repository:Repository",),
        "repository",
        cost=Unpriced(),
        data=DataStore("all code in it"),
    ),
)
