"""Karpenter: resource types."""

from groundplan.catalog.resource_type import Free, Priced, ResourceType

NODE_CLASS = ResourceType(
    ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",),
    "node class",
    cost=Free("the node pools that use it are charged"),
    interrupts="the nodes that it describes are replaced, and jobs on them are interrupted",
)

AUTO_NODE_CLASS = ResourceType(
    ("kubernetes:eks.amazonaws.com/v1:NodeClass",),
    "node class of EKS Auto Mode",
    cost=Free("the node pools that use it are charged"),
    interrupts="the nodes that it describes are replaced, and jobs on them are interrupted",
)

NODE_POOL = ResourceType(
    ("kubernetes:karpenter.sh/v1:NodePool",),
    "node pool",
    cost=Priced("karpenter-node-pool"),
    interrupts="its nodes are terminated, and jobs on them are interrupted",
)

TYPES = (
    NODE_CLASS,
    AUTO_NODE_CLASS,
    NODE_POOL,
)
