"""Groundplan: Pulumi components for machine-learning environments on AWS and Kubernetes.

    from groundplan import ArtifactBucket

Components load when they are first asked for, so that the command line starts without the cloud SDKs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundplan.arguments import InvalidArguments as InvalidArguments
    from groundplan.delivery.args import ReleaseRuntimeArgs as ReleaseRuntimeArgs
    from groundplan.delivery.release_runtime import ReleaseRuntime as ReleaseRuntime
    from groundplan.monitoring.choices import SubscriberProtocol as SubscriberProtocol
    from groundplan.monitoring.stack import MonitoringStack as MonitoringStack
    from groundplan.monitoring.stack import MonitoringStackArgs as MonitoringStackArgs
    from groundplan.network.choices import NatGateways as NatGateways
    from groundplan.network.network import Network as Network
    from groundplan.network.network_args import NetworkArgs as NetworkArgs
    from groundplan.registry.container_registry import ContainerRegistry as ContainerRegistry
    from groundplan.registry.container_registry import ContainerRegistryArgs as ContainerRegistryArgs
    from groundplan.registry.model_card import CardStatus as CardStatus
    from groundplan.registry.model_card import RiskRating as RiskRating
    from groundplan.registry.model_registry import ModelRegistry as ModelRegistry
    from groundplan.registry.model_registry import ModelRegistryArgs as ModelRegistryArgs
    from groundplan.registry.tracking.args import ExperimentTrackingArgs as ExperimentTrackingArgs
    from groundplan.registry.tracking.choices import TrackingServer as TrackingServer
    from groundplan.registry.tracking.experiment_tracking import ExperimentTracking as ExperimentTracking
    from groundplan.serving.choices import ReleaseMode as ReleaseMode
    from groundplan.serving.choices import RoutingStrategy as RoutingStrategy
    from groundplan.serving.endpoint import ModelEndpoint as ModelEndpoint
    from groundplan.serving.endpoint_args import ModelEndpointArgs as ModelEndpointArgs
    from groundplan.serving.kubernetes.args import KubernetesEndpointArgs as KubernetesEndpointArgs
    from groundplan.serving.kubernetes.endpoint import KubernetesEndpoint as KubernetesEndpoint
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
    from groundplan.training.choices import ImageFamily as ImageFamily
    from groundplan.training.choices import Provisioner as Provisioner
    from groundplan.training.choices import RunningJobs as RunningJobs
    from groundplan.training.choices import VolumeDriver as VolumeDriver
    from groundplan.training.cluster import TrainingCluster as TrainingCluster
    from groundplan.training.cluster import TrainingClusterArgs as TrainingClusterArgs
    from groundplan.training.handed_in import TrainingPlatform as TrainingPlatform
    from groundplan.training.jobs.args import TrainingJobArgs as TrainingJobArgs
    from groundplan.training.jobs.choices import AcceleratorKind as AcceleratorKind
    from groundplan.training.jobs.choices import RunsOn as RunsOn
    from groundplan.training.jobs.job import TrainingJob as TrainingJob
    from groundplan.training.platform_args import TrainingPlatformArgs as TrainingPlatformArgs
    from groundplan.training.teams.team_args import PodSecurity as PodSecurity
    from groundplan.training.teams.team_args import TeamArgs as TeamArgs
    from groundplan.training.volumes.lustre import LustreFileSystem as LustreFileSystem
    from groundplan.training.volumes.lustre_args import LustreFileSystemArgs as LustreFileSystemArgs
    from groundplan.training.volumes.lustre_choices import FileEvent as FileEvent

_ROOMS = {
    "AcceleratorKind": "groundplan.training.jobs.choices",
    "ArtifactAccessArgs": "groundplan.storage.access",
    "ArtifactBucket": "groundplan.storage.bucket",
    "ArtifactBucketArgs": "groundplan.storage.bucket_args",
    "CapacityType": "groundplan.training.choices",
    "CardStatus": "groundplan.registry.model_card",
    "ContainerRegistry": "groundplan.registry.container_registry",
    "ContainerRegistryArgs": "groundplan.registry.container_registry",
    "EncryptionKey": "groundplan.storage.key",
    "EncryptionKeyArgs": "groundplan.storage.key",
    "ExperimentTracking": "groundplan.registry.tracking.experiment_tracking",
    "ExperimentTrackingArgs": "groundplan.registry.tracking.args",
    "FileEvent": "groundplan.training.volumes.lustre_choices",
    "ImageFamily": "groundplan.training.choices",
    "InvalidArguments": "groundplan.arguments",
    "KubernetesEndpoint": "groundplan.serving.kubernetes.endpoint",
    "KubernetesEndpointArgs": "groundplan.serving.kubernetes.args",
    "LogBucket": "groundplan.storage.log_bucket",
    "LogBucketArgs": "groundplan.storage.log_bucket",
    "LustreFileSystem": "groundplan.training.volumes.lustre",
    "LustreFileSystemArgs": "groundplan.training.volumes.lustre_args",
    "ModelEndpoint": "groundplan.serving.endpoint",
    "ModelEndpointArgs": "groundplan.serving.endpoint_args",
    "ModelRegistry": "groundplan.registry.model_registry",
    "ModelRegistryArgs": "groundplan.registry.model_registry",
    "MonitoringStack": "groundplan.monitoring.stack",
    "MonitoringStackArgs": "groundplan.monitoring.stack",
    "NatGateways": "groundplan.network.choices",
    "Network": "groundplan.network.network",
    "NetworkArgs": "groundplan.network.network_args",
    "ObjectLockMode": "groundplan.storage.choices",
    "PodSecurity": "groundplan.training.teams.team_args",
    "Provisioner": "groundplan.training.choices",
    "ReleaseMode": "groundplan.serving.choices",
    "ReleaseRuntime": "groundplan.delivery.release_runtime",
    "ReleaseRuntimeArgs": "groundplan.delivery.args",
    "RiskRating": "groundplan.registry.model_card",
    "RolloutStrategy": "groundplan.serving.rollout",
    "RoutingStrategy": "groundplan.serving.choices",
    "RunningJobs": "groundplan.training.choices",
    "RunsOn": "groundplan.training.jobs.choices",
    "SubscriberProtocol": "groundplan.monitoring.choices",
    "TeamArgs": "groundplan.training.teams.team_args",
    "TrackingServer": "groundplan.registry.tracking.choices",
    "TrainingCluster": "groundplan.training.cluster",
    "TrainingClusterArgs": "groundplan.training.cluster",
    "TrainingJob": "groundplan.training.jobs.job",
    "TrainingJobArgs": "groundplan.training.jobs.args",
    "TrainingPlatform": "groundplan.training.handed_in",
    "TrainingPlatformArgs": "groundplan.training.platform_args",
    "VolumeDriver": "groundplan.training.choices",
}
"""What `from groundplan import ...` gives -> the module it stands in."""

__all__ = sorted(_ROOMS)


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'groundplan' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)
