"""Amazon MSK: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:msk/cluster:Cluster",),
        "Kafka cluster",
        cost=Unpriced(),
        data=DataStore("all messages in its topics"),
        service=Service("its producers and consumers fail"),
    ),
)
