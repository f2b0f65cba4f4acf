"""The events that the runtime acts on, as EventBridge names them.

Amazon SageMaker AI Developer Guide, "Events that Amazon SageMaker AI sends to Amazon
EventBridge"; Amazon EventBridge User Guide, "Creating an Amazon EventBridge rule that
runs on a schedule".
"""

PACKAGE_EVENT = "SageMaker Model Package State Change"
ENDPOINT_EVENTS = ("SageMaker Endpoint State Change", "SageMaker Endpoint Deployment State Change")
SCHEDULED_EVENT = "Scheduled Event"


def group_name(group: str) -> str:
    """Returns what events call a model package group: its name, where an endpoint may
    have been given its ARN."""
    return group.rsplit("/", 1)[-1]
