"""Amazon EMR Serverless: resource types."""

from groundplan.catalog.resource_type import ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:emrserverless/application:Application",),
        "application",
        cost=Unpriced(),
        interrupts="jobs that run in it are stopped",
    ),
)
