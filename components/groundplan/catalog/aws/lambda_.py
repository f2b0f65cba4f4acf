"""AWS Lambda: resource types."""

from groundplan.catalog.resource_type import (
    NAME,
    SETTING,
    Free,
    Level,
    Priced,
    ResourceType,
    Service,
    Unpriced,
)

TYPES = (
    ResourceType(
        ("aws:lambda/alias:Alias",),
        "alias",
        cost=NAME,
        service=Service("callers of this alias fail", level=Level.MEDIUM, part=True),
    ),
    ResourceType(
        ("aws:lambda/eventSourceMapping:EventSourceMapping",),
        "event source mapping",
        cost=SETTING,
        service=Service("the function no longer gets its events", level=Level.MEDIUM, part=True),
    ),
    ResourceType(
        ("aws:lambda/function:Function",),
        "Lambda function",
        cost=Priced("lambda-function"),
        summary=("runtime", "memorySize", "timeout", "handler"),
        service=Service("its callers fail"),
    ),
    ResourceType(
        ("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",),
        "asynchronous invocation configuration",
        cost=SETTING,
        service=Service(
            "retries and the destination of failed events are Lambda's defaults",
            level=Level.MEDIUM,
            part=True,
        ),
    ),
    ResourceType(
        ("aws:lambda/functionUrl:FunctionUrl",),
        "function URL",
        cost=Unpriced(),
        service=Service("its address is released, and its callers fail", part=True),
    ),
    ResourceType(
        ("aws:lambda/invocation:Invocation",),
        "function call",
        cost=Free("a call is charged to its function"),
        summary=("functionName",),
    ),
    ResourceType(
        ("aws:lambda/layerVersion:LayerVersion",),
        "layer version",
        cost=NAME,
    ),
    ResourceType(
        ("aws:lambda/permission:Permission",),
        "permission",
        cost=SETTING,
    ),
)
