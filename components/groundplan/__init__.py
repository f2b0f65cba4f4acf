"""Groundplan: Pulumi components for machine-learning environments on AWS and
Kubernetes.

    from groundplan import ArtifactBucket

Components load when they are first asked for, so that the command line starts without
the cloud SDKs.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundplan.acceptance.accepted_finding import AcceptedFinding as AcceptedFinding
    from groundplan.acceptance.args import AcceptedFindingArgs as AcceptedFindingArgs
    from groundplan.api.component.args import DeliveryApiArgs as DeliveryApiArgs
    from groundplan.api.component.delivery_api import DeliveryApi as DeliveryApi
    from groundplan.arguments import InvalidArguments as InvalidArguments
    from groundplan.cost_guard.component.args import CostGuardArgs as CostGuardArgs
    from groundplan.cost_guard.component.cost_guard import CostGuard as CostGuard
    from groundplan.data.datasets.args import DatasetsArgs as DatasetsArgs
    from groundplan.data.datasets.datasets import Datasets as Datasets
    from groundplan.data.pipeline.args import DataPipelineArgs as DataPipelineArgs
    from groundplan.data.pipeline.choices import WorkerType as WorkerType
    from groundplan.data.pipeline.data_pipeline import DataPipeline as DataPipeline
    from groundplan.delivery.ci_access.args import CiAccessArgs as CiAccessArgs
    from groundplan.delivery.ci_access.ci_access import CiAccess as CiAccess
    from groundplan.kubernetes.pod_security import PodSecurity as PodSecurity
    from groundplan.logs.args import LogStoreArgs as LogStoreArgs
    from groundplan.logs.choices import LogOutputType as LogOutputType
    from groundplan.logs.log_store import LogStore as LogStore
    from groundplan.model_monitoring.component.args import (
        ModelMonitoringArgs as ModelMonitoringArgs,
    )
    from groundplan.model_monitoring.component.model_monitoring import (
        ModelMonitoring as ModelMonitoring,
    )
    from groundplan.model_monitoring.kubernetes.args import (
        KubernetesModelMonitoringArgs as KubernetesModelMonitoringArgs,
    )
    from groundplan.model_monitoring.kubernetes.kubernetes_model_monitoring import (
        KubernetesModelMonitoring as KubernetesModelMonitoring,
    )
    from groundplan.monitoring.args import MonitoringStackArgs as MonitoringStackArgs
    from groundplan.monitoring.choices import SubscriberProtocol as SubscriberProtocol
    from groundplan.monitoring.monitoring_stack import MonitoringStack as MonitoringStack
    from groundplan.network.args import NetworkArgs as NetworkArgs
    from groundplan.network.choices import NatGateways as NatGateways
    from groundplan.network.network import Network as Network
    from groundplan.registry.container_registry.args import (
        ContainerRegistryArgs as ContainerRegistryArgs,
    )
    from groundplan.registry.container_registry.container_registry import (
        ContainerRegistry as ContainerRegistry,
    )
    from groundplan.registry.experiment_tracking.args import (
        ExperimentTrackingArgs as ExperimentTrackingArgs,
    )
    from groundplan.registry.experiment_tracking.choices import TrackingServer as TrackingServer
    from groundplan.registry.experiment_tracking.experiment_tracking import (
        ExperimentTracking as ExperimentTracking,
    )
    from groundplan.registry.model_registry.args import (
        ModelRegistryArgs as ModelRegistryArgs,
    )
    from groundplan.registry.model_registry.choices import CardStatus as CardStatus
    from groundplan.registry.model_registry.choices import RiskRating as RiskRating
    from groundplan.registry.model_registry.model_registry import ModelRegistry as ModelRegistry
    from groundplan.release.component.args import ReleaseRuntimeArgs as ReleaseRuntimeArgs
    from groundplan.release.component.release_runtime import ReleaseRuntime as ReleaseRuntime
    from groundplan.retraining.component.args import (
        RetrainingPipelineArgs as RetrainingPipelineArgs,
    )
    from groundplan.retraining.component.retraining_pipeline import (
        RetrainingPipeline as RetrainingPipeline,
    )
    from groundplan.retraining.kubernetes.args import (
        KubernetesRetrainingArgs as KubernetesRetrainingArgs,
    )
    from groundplan.retraining.kubernetes.kubernetes_retraining import (
        KubernetesRetraining as KubernetesRetraining,
    )
    from groundplan.sagemaker.endpoint_kind import EndpointKind as EndpointKind
    from groundplan.serving.kubernetes_endpoint.args import (
        KubernetesEndpointArgs as KubernetesEndpointArgs,
    )
    from groundplan.serving.kubernetes_endpoint.kubernetes_endpoint import (
        KubernetesEndpoint as KubernetesEndpoint,
    )
    from groundplan.serving.model_endpoint.args import ModelEndpointArgs as ModelEndpointArgs
    from groundplan.serving.model_endpoint.choices import ReleaseMode as ReleaseMode
    from groundplan.serving.model_endpoint.choices import RolloutStrategy as RolloutStrategy
    from groundplan.serving.model_endpoint.choices import RoutingStrategy as RoutingStrategy
    from groundplan.serving.model_endpoint.model_endpoint import ModelEndpoint as ModelEndpoint
    from groundplan.storage.access import ArtifactAccessArgs as ArtifactAccessArgs
    from groundplan.storage.artifact_bucket.args import ArtifactBucketArgs as ArtifactBucketArgs
    from groundplan.storage.artifact_bucket.artifact_bucket import (
        ArtifactBucket as ArtifactBucket,
    )
    from groundplan.storage.choices import ObjectLockMode as ObjectLockMode
    from groundplan.storage.encryption_key.args import EncryptionKeyArgs as EncryptionKeyArgs
    from groundplan.storage.encryption_key.encryption_key import EncryptionKey as EncryptionKey
    from groundplan.storage.log_bucket.args import LogBucketArgs as LogBucketArgs
    from groundplan.storage.log_bucket.log_bucket import LogBucket as LogBucket
    from groundplan.training.choices import CapacityType as CapacityType
    from groundplan.training.choices import ImageFamily as ImageFamily
    from groundplan.training.choices import Provisioner as Provisioner
    from groundplan.training.choices import RunningJobs as RunningJobs
    from groundplan.training.choices import TaintEffect as TaintEffect
    from groundplan.training.choices import VolumeDriver as VolumeDriver
    from groundplan.training.cluster.args import TrainingClusterArgs as TrainingClusterArgs
    from groundplan.training.cluster.training_cluster import TrainingCluster as TrainingCluster
    from groundplan.training.job.args import TrainingJobArgs as TrainingJobArgs
    from groundplan.training.job.choices import AcceleratorKind as AcceleratorKind
    from groundplan.training.job.choices import RunsOn as RunsOn
    from groundplan.training.job.training_job import TrainingJob as TrainingJob
    from groundplan.training.lustre.args import LustreFileSystemArgs as LustreFileSystemArgs
    from groundplan.training.lustre.choices import FileEvent as FileEvent
    from groundplan.training.lustre.lustre_file_system import (
        LustreFileSystem as LustreFileSystem,
    )
    from groundplan.training.platform.args import TrainingPlatformArgs as TrainingPlatformArgs
    from groundplan.training.platform.training_platform import (
        TrainingPlatform as TrainingPlatform,
    )
    from groundplan.training.teams.team_args import TeamArgs as TeamArgs
    from groundplan.utilization_report.args import UtilizationReportArgs as UtilizationReportArgs
    from groundplan.utilization_report.utilization_report import (
        UtilizationReport as UtilizationReport,
    )

MODULES = {
    "AcceleratorKind": "groundplan.training.job.choices",
    "AcceptedFinding": "groundplan.acceptance.accepted_finding",
    "AcceptedFindingArgs": "groundplan.acceptance.args",
    "ArtifactAccessArgs": "groundplan.storage.access",
    "ArtifactBucket": "groundplan.storage.artifact_bucket.artifact_bucket",
    "ArtifactBucketArgs": "groundplan.storage.artifact_bucket.args",
    "CapacityType": "groundplan.training.choices",
    "CardStatus": "groundplan.registry.model_registry.choices",
    "CiAccess": "groundplan.delivery.ci_access.ci_access",
    "CiAccessArgs": "groundplan.delivery.ci_access.args",
    "ContainerRegistry": "groundplan.registry.container_registry.container_registry",
    "ContainerRegistryArgs": "groundplan.registry.container_registry.args",
    "CostGuard": "groundplan.cost_guard.component.cost_guard",
    "CostGuardArgs": "groundplan.cost_guard.component.args",
    "DataPipeline": "groundplan.data.pipeline.data_pipeline",
    "DataPipelineArgs": "groundplan.data.pipeline.args",
    "Datasets": "groundplan.data.datasets.datasets",
    "DatasetsArgs": "groundplan.data.datasets.args",
    "DeliveryApi": "groundplan.api.component.delivery_api",
    "DeliveryApiArgs": "groundplan.api.component.args",
    "EncryptionKey": "groundplan.storage.encryption_key.encryption_key",
    "EncryptionKeyArgs": "groundplan.storage.encryption_key.args",
    "EndpointKind": "groundplan.sagemaker.endpoint_kind",
    "ExperimentTracking": "groundplan.registry.experiment_tracking.experiment_tracking",
    "ExperimentTrackingArgs": "groundplan.registry.experiment_tracking.args",
    "FileEvent": "groundplan.training.lustre.choices",
    "ImageFamily": "groundplan.training.choices",
    "InvalidArguments": "groundplan.arguments",
    "KubernetesEndpoint": "groundplan.serving.kubernetes_endpoint.kubernetes_endpoint",
    "KubernetesEndpointArgs": "groundplan.serving.kubernetes_endpoint.args",
    "KubernetesModelMonitoring": (
        "groundplan.model_monitoring.kubernetes.kubernetes_model_monitoring"
    ),
    "KubernetesModelMonitoringArgs": "groundplan.model_monitoring.kubernetes.args",
    "KubernetesRetraining": "groundplan.retraining.kubernetes.kubernetes_retraining",
    "KubernetesRetrainingArgs": "groundplan.retraining.kubernetes.args",
    "LogBucket": "groundplan.storage.log_bucket.log_bucket",
    "LogBucketArgs": "groundplan.storage.log_bucket.args",
    "LogOutputType": "groundplan.logs.choices",
    "LogStore": "groundplan.logs.log_store",
    "LogStoreArgs": "groundplan.logs.args",
    "LustreFileSystem": "groundplan.training.lustre.lustre_file_system",
    "LustreFileSystemArgs": "groundplan.training.lustre.args",
    "ModelEndpoint": "groundplan.serving.model_endpoint.model_endpoint",
    "ModelEndpointArgs": "groundplan.serving.model_endpoint.args",
    "ModelMonitoring": "groundplan.model_monitoring.component.model_monitoring",
    "ModelMonitoringArgs": "groundplan.model_monitoring.component.args",
    "ModelRegistry": "groundplan.registry.model_registry.model_registry",
    "ModelRegistryArgs": "groundplan.registry.model_registry.args",
    "MonitoringStack": "groundplan.monitoring.monitoring_stack",
    "MonitoringStackArgs": "groundplan.monitoring.args",
    "NatGateways": "groundplan.network.choices",
    "Network": "groundplan.network.network",
    "NetworkArgs": "groundplan.network.args",
    "ObjectLockMode": "groundplan.storage.choices",
    "PodSecurity": "groundplan.kubernetes.pod_security",
    "Provisioner": "groundplan.training.choices",
    "ReleaseMode": "groundplan.serving.model_endpoint.choices",
    "ReleaseRuntime": "groundplan.release.component.release_runtime",
    "ReleaseRuntimeArgs": "groundplan.release.component.args",
    "RetrainingPipeline": "groundplan.retraining.component.retraining_pipeline",
    "RetrainingPipelineArgs": "groundplan.retraining.component.args",
    "RiskRating": "groundplan.registry.model_registry.choices",
    "RolloutStrategy": "groundplan.serving.model_endpoint.choices",
    "RoutingStrategy": "groundplan.serving.model_endpoint.choices",
    "RunningJobs": "groundplan.training.choices",
    "RunsOn": "groundplan.training.job.choices",
    "SubscriberProtocol": "groundplan.monitoring.choices",
    "TaintEffect": "groundplan.training.choices",
    "TeamArgs": "groundplan.training.teams.team_args",
    "TrackingServer": "groundplan.registry.experiment_tracking.choices",
    "TrainingCluster": "groundplan.training.cluster.training_cluster",
    "TrainingClusterArgs": "groundplan.training.cluster.args",
    "TrainingJob": "groundplan.training.job.training_job",
    "TrainingJobArgs": "groundplan.training.job.args",
    "TrainingPlatform": "groundplan.training.platform.training_platform",
    "TrainingPlatformArgs": "groundplan.training.platform.args",
    "UtilizationReport": "groundplan.utilization_report.utilization_report",
    "UtilizationReportArgs": "groundplan.utilization_report.args",
    "VolumeDriver": "groundplan.training.choices",
    "WorkerType": "groundplan.data.pipeline.choices",
}
"""The public names -> their modules. A component is in `<package>.<name>`, its
arguments and its validation are in `<package>.args` and `<package>.validation`."""

__all__ = sorted(MODULES)


def __getattr__(name: str) -> Any:
    if name not in MODULES:
        raise AttributeError(f"module 'groundplan' has no attribute {name!r}")
    return getattr(import_module(MODULES[name]), name)


if os.environ.get("GROUNDPLAN_LAZY_PROVIDERS") == "1":
    # Also outside of previews and tests: in `pulumi up`, before the program imports an
    # SDK.
    import_module("groundplan.manifest.lazy_providers").install()
