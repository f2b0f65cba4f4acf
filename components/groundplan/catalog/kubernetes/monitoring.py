"""The Prometheus operator: resource types."""

from groundplan.catalog.resource_type import ON_NODES, ResourceType, Safeguard

TYPES = (
    ResourceType(
        ("kubernetes:monitoring.coreos.com/v1:PodMonitor",),
        "pod monitor",
        cost=ON_NODES,
        safeguard=Safeguard("Prometheus no longer reads the metrics of its pods"),
    ),
    ResourceType(
        ("kubernetes:monitoring.coreos.com/v1:PrometheusRule",),
        "alert rules",
        cost=ON_NODES,
        safeguard=Safeguard("nobody is alerted of what they watch"),
    ),
    ResourceType(
        ("kubernetes:monitoring.coreos.com/v1:ServiceMonitor",),
        "service monitor",
        cost=ON_NODES,
        safeguard=Safeguard("Prometheus no longer reads the metrics of its service"),
    ),
)
