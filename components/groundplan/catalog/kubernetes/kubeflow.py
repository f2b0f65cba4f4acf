"""Kubeflow Trainer: resource types."""

from groundplan.catalog.resource_type import ON_NODES, ResourceType

TYPES = (
    ResourceType(
        ("kubernetes:kubeflow.org/v1:PyTorchJob",),
        "py torch job",
        cost=ON_NODES,
        interrupts="it is stopped if it still runs",
    ),
    ResourceType(
        ("kubernetes:trainer.kubeflow.org/v1alpha1:TrainJob",),
        "train job",
        cost=ON_NODES,
        interrupts="it is stopped if it still runs",
    ),
)
