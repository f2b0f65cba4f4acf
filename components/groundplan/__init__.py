"""Groundplan: Pulumi components for machine-learning environments on AWS and Kubernetes.

    from groundplan import ArtifactBucket

Components load when they are first asked for, so that the command line starts without the cloud SDKs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundplan.arguments import InvalidArguments as InvalidArguments
    from groundplan.monitoring.choices import SubscriberProtocol as SubscriberProtocol
    from groundplan.monitoring.stack import MonitoringStack as MonitoringStack
    from groundplan.monitoring.stack import MonitoringStackArgs as MonitoringStackArgs
    from groundplan.network.choices import NatGateways as NatGateways
    from groundplan.network.network import Network as Network
    from groundplan.network.network_args import NetworkArgs as NetworkArgs
    from groundplan.serving.endpoint import ModelEndpoint as ModelEndpoint
    from groundplan.serving.endpoint_args import ModelEndpointArgs as ModelEndpointArgs
    from groundplan.serving.rollout import RolloutStrategy as RolloutStrategy
    from groundplan.storage.access import ArtifactAccessArgs as ArtifactAccessArgs
    from groundplan.storage.bucket import ArtifactBucket as ArtifactBucket
    from groundplan.storage.bucket_args import ArtifactBucketArgs as ArtifactBucketArgs
    from groundplan.storage.choices import ObjectLockMode as ObjectLockMode
    from groundplan.storage.key import EncryptionKey as EncryptionKey
    from groundplan.storage.key import EncryptionKeyArgs as EncryptionKeyArgs
    from groundplan.storage.log_bucket import LogBucket as LogBucket
    from groundplan.storage.log_bucket import LogBucketArgs as LogBucketArgs
    from groundplan.training.choices import CapacityType as CapacityType
    from groundplan.training.cluster import TrainingCluster as TrainingCluster
    from groundplan.training.cluster import TrainingClusterArgs as TrainingClusterArgs

_ROOMS = {
    "ArtifactAccessArgs": "groundplan.storage.access",
    "ArtifactBucket": "groundplan.storage.bucket",
    "ArtifactBucketArgs": "groundplan.storage.bucket_args",
    "CapacityType": "groundplan.training.choices",
    "EncryptionKey": "groundplan.storage.key",
    "EncryptionKeyArgs": "groundplan.storage.key",
    "InvalidArguments": "groundplan.arguments",
    "LogBucket": "groundplan.storage.log_bucket",
    "LogBucketArgs": "groundplan.storage.log_bucket",
    "ModelEndpoint": "groundplan.serving.endpoint",
    "ModelEndpointArgs": "groundplan.serving.endpoint_args",
    "MonitoringStack": "groundplan.monitoring.stack",
    "MonitoringStackArgs": "groundplan.monitoring.stack",
    "NatGateways": "groundplan.network.choices",
    "Network": "groundplan.network.network",
    "NetworkArgs": "groundplan.network.network_args",
    "ObjectLockMode": "groundplan.storage.choices",
    "RolloutStrategy": "groundplan.serving.rollout",
    "SubscriberProtocol": "groundplan.monitoring.choices",
    "TrainingCluster": "groundplan.training.cluster",
    "TrainingClusterArgs": "groundplan.training.cluster",
}
"""What `from groundplan import ...` gives -> the module it stands in."""

__all__ = sorted(_ROOMS)


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'groundplan' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)
