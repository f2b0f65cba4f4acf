"""Amazon Kinesis: resource types."""

from groundplan.catalog.resource_type import DataStore, Level, ResourceType, Service, Unpriced

TYPES = (
    # Data Firehose: records that producers send while the stream doesn't exist are
    # lost (terraform-provider-aws#48743).
    ResourceType(
        ("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",),
        "delivery stream",
        cost=Unpriced(),
        service=Service(
            "records that are sent to it are lost",
            level=Level.MEDIUM,
            when_replaced="records that are sent to it in between are lost",
        ),
    ),
    ResourceType(
        ("aws:kinesis/stream:Stream",),
        "stream",
        cost=Unpriced(),
        data=DataStore("all records in it"),
    ),
)
