"""Kubernetes API group `core`: resource types."""

from groundplan.catalog.resource_type import (
    ON_NODES,
    DataStore,
    Level,
    Priced,
    ResourceType,
    Safeguard,
    Service,
)

PERSISTENT_VOLUME = ResourceType(
    ("kubernetes:core/v1:PersistentVolume",),
    "volume",
    cost=ON_NODES,
    data=DataStore("the data on it", needs_protection=True),
)

PERSISTENT_VOLUME_CLAIM = ResourceType(
    ("kubernetes:core/v1:PersistentVolumeClaim",),
    "volume claim",
    cost=Priced("volume-claim"),
    data=DataStore("the data on its volume", needs_protection=True),
)

TYPES = (
    ResourceType(
        ("kubernetes:core/v1:ConfigMap",),
        "config map",
        cost=ON_NODES,
        service=Service(
            "pods that use it don't start again", level=Level.LOW, part=True, read_only=True
        ),
        immutable_data=True,
    ),
    ResourceType(
        ("kubernetes:core/v1:LimitRange",),
        "limit range",
        cost=ON_NODES,
        safeguard=Safeguard("nothing limits what a pod asks for", level=Level.LOW),
    ),
    ResourceType(
        ("kubernetes:core/v1:Namespace",),
        "namespace",
        cost=ON_NODES,
        data=DataStore("everything that runs or is stored in it"),
    ),
    PERSISTENT_VOLUME,
    PERSISTENT_VOLUME_CLAIM,
    ResourceType(
        ("kubernetes:core/v1:ResourceQuota",),
        "resource quota",
        cost=ON_NODES,
        safeguard=Safeguard("nothing limits what its namespace uses", level=Level.LOW),
    ),
    ResourceType(
        ("kubernetes:core/v1:Secret",),
        "secret",
        cost=ON_NODES,
        service=Service(
            "its value is lost, and pods that use it don't start again",
            level=Level.MEDIUM,
            part=True,
            read_only=True,
        ),
        immutable_data=True,
    ),
    ResourceType(
        ("kubernetes:core/v1:Service",),
        "service",
        cost=Priced("kubernetes-service"),
        service=Service("its callers fail", part=True),
    ),
    ResourceType(
        ("kubernetes:core/v1:ServiceAccount",),
        "service account",
        cost=ON_NODES,
        service=Service(
            "no new pods are created that run as it", level=Level.LOW, part=True, read_only=True
        ),
    ),
)
