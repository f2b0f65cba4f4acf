"""Amazon SQS: resource types."""

from groundplan.catalog.resource_type import SETTING, DataStore, Level, Priced, ResourceType

TYPES = (
    ResourceType(
        ("aws:sqs/queue:Queue",),
        "SQS queue",
        cost=Priced("sqs-queue"),
        data=DataStore("all messages in it", level=Level.MEDIUM),
    ),
    ResourceType(
        ("aws:sqs/queuePolicy:QueuePolicy",),
        "queue policy",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:sqs/redrivePolicy:RedrivePolicy",),
        "redrive policy",
        cost=SETTING,
    ),
)
