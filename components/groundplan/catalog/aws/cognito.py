"""Amazon Cognito: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:cognito/userPool:UserPool",),
        "user pool",
        cost=Unpriced(),
        data=DataStore(
            "all its users and their passwords",
            deletion_protection="deletionProtection",
            needs_protection=True,
        ),
    ),
)
