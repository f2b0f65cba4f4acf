"""Elastic Load Balancing: Classic Load Balancers: resource types."""

from groundplan.catalog.resource_type import ResourceType, Service, Unpriced

LOAD_BALANCER = ResourceType(
    ("aws:elb/loadBalancer:LoadBalancer",),
    "load balancer",
    cost=Unpriced(),
    aliases=("elasticloadbalancing.LoadBalancer",),
    service=Service(
        "its address is released, and its callers fail",
        deletion_protection="enableDeletionProtection",
    ),
)

TYPES = (LOAD_BALANCER,)
