"""Amazon DynamoDB: resource types."""

from groundplan.catalog.resource_type import (
    SETTING,
    DataStore,
    Level,
    ResourceType,
    Service,
    Unpriced,
)

TYPES = (
    # EnableKinesisStreamingDestination starts at its own time: there is no backfill
    # (terraform-provider-aws#49342).
    ResourceType(
        ("aws:dynamodb/kinesisStreamingDestination:KinesisStreamingDestination",),
        "streaming destination",
        cost=SETTING,
        service=Service(
            "changes of the table no longer reach its stream",
            level=Level.MEDIUM,
            part=True,
            when_replaced="changes of the table in between never reach its stream",
        ),
    ),
    ResourceType(
        ("aws:dynamodb/table:Table",),
        "table",
        cost=Unpriced(),
        summary=("billingMode", "hashKey", "rangeKey"),
        data=DataStore(
            "all items in it",
            deletion_protection="deletionProtectionEnabled",
            needs_protection=True,
        ),
    ),
)
