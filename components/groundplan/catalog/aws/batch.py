"""AWS Batch: resource types."""

from groundplan.catalog.resource_type import ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:batch/computeEnvironment:ComputeEnvironment",),
        "compute environment",
        cost=Unpriced(),
        interrupts="jobs that run in it are stopped",
    ),
    ResourceType(
        ("aws:batch/jobQueue:JobQueue",),
        "job queue",
        cost=Unpriced(),
        interrupts="jobs that wait in it are dropped",
    ),
)
