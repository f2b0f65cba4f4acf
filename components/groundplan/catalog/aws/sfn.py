"""AWS Step Functions: resource types."""

from groundplan.catalog.resource_type import Level, ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:sfn/stateMachine:StateMachine",),
        "state machine",
        cost=Unpriced(),
        service=Service("its runs stop, and its callers fail", level=Level.MEDIUM),
    ),
)
