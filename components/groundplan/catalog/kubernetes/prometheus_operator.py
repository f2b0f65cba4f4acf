"""The Prometheus operator: resource types."""

from groundplan.catalog.resource_type import ON_NODES, Level, ResourceType, Safeguard

TYPES = (
    ResourceType(
        ("kubernetes:monitoring.coreos.com/v1:PodMonitor",),
        "pod monitor",
        cost=ON_NODES,
        safeguard=Safeguard("the metrics of its pods are no longer scraped", Level.LOW),
    ),
    ResourceType(
        ("kubernetes:monitoring.coreos.com/v1:PrometheusRule",),
        "alert rules",
        cost=ON_NODES,
        safeguard=Safeguard("its alerts no longer fire"),
    ),
    ResourceType(
        ("kubernetes:monitoring.coreos.com/v1:ServiceMonitor",),
        "service monitor",
        cost=ON_NODES,
        safeguard=Safeguard("the metrics of its service are no longer scraped", Level.LOW),
    ),
)
