"""Amazon MQ: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:mq/broker:Broker",),
        "broker",
        cost=Unpriced(),
        data=DataStore("all messages in it"),
        service=Service("its producers and consumers fail"),
    ),
)
