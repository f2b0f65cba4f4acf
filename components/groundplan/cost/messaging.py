"""Messaging: topics, queues, event buses."""

from collections.abc import Iterator, Mapping

from groundplan.catalog.aws.sns import TOPIC
from groundplan.cost.assumptions import amount_text
from groundplan.cost.estimation import Charge, Context, Estimator, Free, Unknown, is_true
from groundplan.manifest.model import Resource

DELIVERIES = {
    "email": "sns-email",
    "email-json": "sns-email",
    "http": "sns-http",
    "https": "sns-http",
}
"""Protocol of a subscription -> the price of a message."""

FREE_DELIVERIES = ("sqs", "lambda")
"""Deliveries that AWS doesn't charge (SNS pricing page)."""


def topic(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Messages published to a standard topic."""
    if is_true(resource.inputs.get("fifoTopic")):
        yield Unknown("no price for FIFO topics")
        return
    messages = ctx.assume("topic_messages", resource)
    yield ctx.charge("sns-request", messages, f"{amount_text(messages)} messages")


def subscription(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Messages delivered; as many as its topic's."""
    protocol = str(resource.inputs.get("protocol"))
    if protocol in FREE_DELIVERIES:
        yield Free(f"deliveries to {protocol} cost nothing")
        return
    if protocol not in DELIVERIES:
        yield Unknown(f"no price for deliveries by {protocol}")
        return
    messages = ctx.assume(
        "topic_messages", ctx.referenced(resource, "topic", TOPIC.token) or resource
    )
    yield ctx.charge(
        DELIVERIES[protocol], messages, f"{amount_text(messages)} messages by {protocol}"
    )


def queue(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Requests to a queue."""
    requests = ctx.assume("queue_requests", resource)
    kind = "fifo" if is_true(resource.inputs.get("fifoQueue")) else "standard"
    yield ctx.charge(f"sqs-{kind}-request", requests, f"{amount_text(requests)} requests")


def event_bus(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Custom events; those of AWS services are free."""
    events = ctx.assume("bus_events", resource)
    yield ctx.charge("eventbridge-custom-event", events, f"{amount_text(events)} events")


ESTIMATORS: Mapping[str, Estimator] = {
    "event-bus": event_bus,
    "sns-topic": topic,
    "sns-subscription": subscription,
    "sqs-queue": queue,
}
