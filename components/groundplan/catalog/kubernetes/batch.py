"""Kubernetes API group `batch`: resource types."""

from groundplan.catalog.resource_type import ON_NODES, ResourceType

TYPES = (
    ResourceType(
        ("kubernetes:batch/v1:CronJob",),
        "cron job",
        cost=ON_NODES,
        interrupts="it no longer starts",
    ),
    ResourceType(
        ("kubernetes:batch/v1:Job",),
        "job",
        cost=ON_NODES,
        interrupts="it is stopped if it still runs",
    ),
)
