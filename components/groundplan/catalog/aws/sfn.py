"""AWS Step Functions: resource types."""

from groundplan.catalog.resource_type import Free, Level, Priced, ResourceType, Service

STATE_MACHINE = ResourceType(
    ("aws:sfn/stateMachine:StateMachine",),
    "state machine",
    cost=Priced("state-machine"),
    summary=("type", "loggingConfiguration.level"),
    # Step Functions Developer Guide, "Deleting state machines": the running executions
    # end too. A replacement is a new one with another ARN.
    service=Service(
        "its running executions end, and its callers fail",
        level=Level.MEDIUM,
        when_replaced="its running executions end, and its callers fail until they have its "
        "new ARN",
    ),
)

TYPES = (
    ResourceType(
        ("aws:sfn/activity:Activity",),
        "activity",
        cost=Free("the state transitions of its state machines are charged"),
        service=Service("tasks that wait for its workers fail", level=Level.MEDIUM),
    ),
    ResourceType(
        ("aws:sfn/alias:Alias",),
        "state machine alias",
        cost=Free("a name for versions of a state machine"),
        service=Service("callers of this alias fail", level=Level.MEDIUM, part=True),
    ),
    STATE_MACHINE,
)
