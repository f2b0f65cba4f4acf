"""Amazon Managed Service for Prometheus: resource types."""

from groundplan.catalog.resource_type import (
    SETTING,
    DataStore,
    Free,
    Level,
    Priced,
    ResourceType,
    Safeguard,
    Service,
)

TYPES = (
    ResourceType(
        ("aws:amp/alertManagerDefinition:AlertManagerDefinition",),
        "alert manager definition",
        cost=SETTING,
        safeguard=Safeguard("alerts of the workspace are no longer sent"),
    ),
    ResourceType(
        ("aws:amp/ruleGroupNamespace:RuleGroupNamespace",),
        "rule group namespace",
        cost=Free("the samples that its rules query are charged to the workspace"),
        safeguard=Safeguard("its alerts no longer fire"),
    ),
    ResourceType(
        ("aws:amp/workspace:Workspace",),
        "Prometheus workspace",
        cost=Priced("prometheus-workspace"),
        summary=("alias",),
        data=DataStore("all its metrics", needs_protection=True),
        service=Service("metrics are not written, and no alert on them fires", level=Level.MEDIUM),
    ),
    ResourceType(
        ("aws:amp/workspaceConfiguration:WorkspaceConfiguration",),
        "workspace configuration",
        cost=SETTING,
        summary=("retentionPeriodInDays",),
    ),
)
