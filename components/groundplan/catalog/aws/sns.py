"""Amazon SNS: resource types."""

from groundplan.catalog.resource_type import (
    SETTING,
    Level,
    Priced,
    ResourceType,
    Safeguard,
    Service,
)

TOPIC = ResourceType(
    ("aws:sns/topic:Topic",),
    "SNS topic",
    cost=Priced("sns-topic"),
    service=Service("what is published to it is not delivered", level=Level.MEDIUM),
)

TYPES = (
    TOPIC,
    ResourceType(
        ("aws:sns/topicPolicy:TopicPolicy",),
        "topic policy",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:sns/topicSubscription:TopicSubscription",),
        "subscription",
        cost=Priced("sns-subscription"),
        safeguard=Safeguard("its subscriber is no longer notified"),
    ),
)
