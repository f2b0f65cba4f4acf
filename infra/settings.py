"""The settings of an environment: the arguments of its components, in camelCase.

An option is defined once, in the arguments of the component that it configures. Here
are the sections, what only an environment has, and which arguments the wiring fills.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from groundplan.acceptance.args import AcceptedFindingArgs
from groundplan.api.component.args import (
    ApiCallersArgs,
    ApiDomainArgs,
    ApiThrottlingArgs,
    ApiTokensArgs,
    DeliveryApiArgs,
)
from groundplan.arguments import Reader, camel_case
from groundplan.cost_guard.component.args import CostGuardArgs
from groundplan.data.datasets.args import DatasetsArgs
from groundplan.data.pipeline.args import (
    ContainerJobArgs,
    DataPipelineArgs,
    PipelineNetworkArgs,
)
from groundplan.delivery_levels.args import ApprovalArgs, DeliveryArgs
from groundplan.logs.args import (
    ClusterLogsArgs,
    LogOutputArgs,
    LogStoreArgs,
    SearchArgs,
    SearchDomainArgs,
    SearchServerlessArgs,
    TeamLogsArgs,
)
from groundplan.model_monitoring.component.args import ModelMonitoringArgs
from groundplan.model_monitoring.kubernetes.args import KubernetesModelMonitoringArgs
from groundplan.monitoring.args import (
    MonitoringStackArgs,
    WatchedClusterArgs,
    WatchedEndpointArgs,
)
from groundplan.network.args import NetworkArgs
from groundplan.registry.container_registry.args import ContainerRegistryArgs, ImageReplicaArgs
from groundplan.registry.experiment_tracking.args import (
    ClusterTrackingArgs,
    DatabaseReplicaArgs,
    ExperimentTrackingArgs,
    ManagedTrackingArgs,
    TrackingDatabaseArgs,
)
from groundplan.registry.model_registry.args import ModelRegistryArgs
from groundplan.release.component.args import ReleaseRuntimeArgs
from groundplan.retraining.component.args import RetrainingPipelineArgs
from groundplan.retraining.kubernetes.args import KubernetesRetrainingArgs
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.storage.artifact_bucket.args import ArtifactBucketArgs
from groundplan.storage.object_store import ObjectStoreArgs
from groundplan.training.cluster.args import TrainingClusterArgs
from groundplan.training.lustre.args import LustreFileSystemArgs, LustreLinkArgs
from groundplan.training.platform.args import TrainingPlatformArgs
from groundplan.utilization_report.args import UtilizationReportArgs
from role_limits import IamSettings


class FileSystemSettings(LustreFileSystemArgs):
    """A Lustre file system that all jobs mount, as the claim of its name."""

    zone: NotRequired[str]
    """Availability zone: that of the pools that read most. Default: the first of the
    network's. Changing it replaces the file system."""


class TrainingSettings(TrainingClusterArgs):
    """The training cluster and its file systems."""

    file_systems: NotRequired[Mapping[str, FileSystemSettings]]
    """Lustre file systems, by name. Default: none."""


class DatasetAccessSettings(TypedDict):
    """What namespaces of the training cluster do with a dataset: names of teams, or
    `training`. All of them update in place."""

    readers: NotRequired[Sequence[str]]
    """Namespaces whose jobs read it: objects, versions and tags. Default: none."""
    writers: NotRequired[Sequence[str]]
    """Namespaces whose jobs write its objects. Default: none."""
    publishers: NotRequired[Sequence[str]]
    """Namespaces whose jobs read it, commit versions of it and move its tags. Default:
    none."""


class DatasetsSettings(DatasetsArgs):
    """Named datasets, and what teams do with them."""

    access: NotRequired[Mapping[str, DatasetAccessSettings]]
    """Dataset -> what namespaces of the training cluster do with it. Default: none."""


class Settings(TypedDict):
    """The settings of an environment."""

    region: NotRequired[str]
    """The AWS region: us-east-1. Required for everything but `platform` and what runs
    on it: services, their checks and their retraining. Default: none. Changing it
    replaces the whole environment."""
    network: NotRequired[NetworkArgs]
    """The VPC. Default: one with three zones."""
    artifacts: NotRequired[ArtifactBucketArgs]
    """The artifact bucket: datasets, models, captured requests. Default: one with a key
    of its own."""
    datasets: NotRequired[DatasetsSettings]
    """Named datasets of the artifact bucket, which keeps their versions. Default:
    none."""
    pipelines: NotRequired[Mapping[str, DataPipelineArgs]]
    """What fills datasets, by name. An empty `glue.network` places workers in the first
    private subnet. Default: none."""
    images: NotRequired[ContainerRegistryArgs]
    """Repositories of container images. Default: none."""
    models: NotRequired[ModelRegistryArgs]
    """The model registry. Default: none."""
    tracking: NotRequired[ExperimentTrackingArgs]
    """Experiment tracking with MLflow. Default: none."""
    training: NotRequired[TrainingSettings]
    """The training cluster. Default: none."""
    platform: NotRequired[TrainingPlatformArgs]
    """An existing Kubernetes cluster. Without a region it is the whole environment.
    Default: none."""
    object_store: NotRequired[ObjectStoreArgs]
    """Without a region, the bucket of services, their checks and their retraining:
    models, captured requests, dataset versions, records, the registry. The namespaces
    of services, drivers and jobs have its secret. Default: none."""
    endpoints: NotRequired[Mapping[str, ModelEndpointArgs]]
    """SageMaker endpoints, by name. Default: none."""
    services: NotRequired[Mapping[str, KubernetesEndpointArgs]]
    """Models that the training cluster serves, or `platform` without a region, by name,
    which is also the name of the namespace. Default: none."""
    releases: NotRequired[ReleaseRuntimeArgs]
    """Releases of approved model versions to the endpoints whose `release` is
    `registry`. Default: as its arguments say."""
    monitoring: NotRequired[MonitoringStackArgs]
    """Alarms, dashboard, logs; Prometheus and Grafana where there is a cluster.
    Default: as its arguments say."""
    model_monitoring: NotRequired[Mapping[str, ModelMonitoringArgs]]
    """Scheduled checks of what real-time endpoints are asked and answer, by the
    endpoint's name. Default: none."""
    service_monitoring: NotRequired[Mapping[str, KubernetesModelMonitoringArgs]]
    """Scheduled checks of what services are asked and answer, on the services' cluster,
    by the service's name. Default: none."""
    queue_retraining: NotRequired[Mapping[str, KubernetesRetrainingArgs]]
    """Retraining by jobs of the queue of the training cluster, or of `platform` without
    a region, by the name of the endpoint or the service, whose release is `registry`;
    in place of `retraining`. Default: none."""
    retraining: NotRequired[Mapping[str, RetrainingPipelineArgs]]
    """Retraining of models of endpoints whose `release` is `registry`, by the
    endpoint's name. Default: none."""
    api: NotRequired[DeliveryApiArgs]
    """A REST API of the endpoints whose `release` is `registry`: training, versions,
    approvals, releases. An empty section is an absent one: set `memory_mb`. Default:
    none."""
    logs: NotRequired[LogStoreArgs]
    """The logs of containers, endpoints and functions in one place. Default: none."""
    iam: NotRequired[IamSettings]
    """The path and the permissions boundary of all IAM roles. Default: none of
    either."""
    utilization: NotRequired[UtilizationReportArgs]
    """A weekly report on what idles, what is too small, and what that costs. An empty
    section is an absent one: set `days`. Default: none."""
    costs: NotRequired[CostGuardArgs]
    """Budgets of the environment, its teams and models, and what may be stopped to keep
    to them. Default: none."""
    deletion_protection: NotRequired[bool]
    """Whether AWS and Pulumi refuse to delete resources that hold data, which are also
    retained on delete. False for scratch environments only. Default: true. Updates in
    place."""
    accepted_findings: NotRequired[Sequence[AcceptedFindingArgs]]
    """Policy findings and risks that are accepted until a date. Previews and the policy
    pack read them; no resource depends on them. Default: none."""
    delivery: NotRequired[DeliveryArgs]
    """The level of delivery that the environment has to meet, and how approvals are
    sealed. Previews, `groundplan approve` and `groundplan up` read it; no resource
    depends on it. Default: none."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of all AWS resources. Default: none. Updates in place."""


SHARED = ("deletion_protection", "tags")
"""Arguments that have the same value in every component that has them."""

FILLED: Mapping[type, frozenset[str]] = {
    NetworkArgs: frozenset(),
    ArtifactBucketArgs: frozenset({"file_systems", "datasets"}),
    DatasetsSettings: frozenset({"bucket", "alarm_actions"}),
    DataPipelineArgs: frozenset({"bucket", "alarm_actions"}),
    ContainerJobArgs: frozenset({"cluster_name"}),
    PipelineNetworkArgs: frozenset({"vpc_id", "subnet_id", "availability_zone"}),
    ContainerRegistryArgs: frozenset(),
    ImageReplicaArgs: frozenset(),
    ModelRegistryArgs: frozenset(),
    ExperimentTrackingArgs: frozenset({"artifacts"}),
    ManagedTrackingArgs: frozenset({"model_package_group_arns"}),
    ClusterTrackingArgs: frozenset({"cluster_name"}),
    TrackingDatabaseArgs: frozenset({"network"}),
    DatabaseReplicaArgs: frozenset(),
    TrainingSettings: frozenset(
        {"private_subnet_ids", "zones", "subnet_cidr_blocks", "vpc_id", "artifacts"}
    ),
    FileSystemSettings: frozenset({"vpc_id", "subnet_id", "client_security_groups"}),
    LustreLinkArgs: frozenset({"bucket_name"}),
    TrainingPlatformArgs: frozenset(),
    ModelEndpointArgs: frozenset({"artifacts", "network"}),
    KubernetesEndpointArgs: frozenset(
        {"artifacts", "object_store", "cluster_name", "managed_prometheus"}
    ),
    ReleaseRuntimeArgs: frozenset({"targets", "audit", "alarm_actions"}),
    AcceptedFindingArgs: frozenset(),
    DeliveryArgs: frozenset(),
    ApprovalArgs: frozenset(),
    IamSettings: frozenset(),
    ModelMonitoringArgs: frozenset({"endpoint", "bucket", "capture_prefix", "alarm_actions"}),
    KubernetesModelMonitoringArgs: frozenset(
        {
            "endpoint",
            "bucket",
            "cluster_name",
            "object_store",
            "namespace",
            "capture_prefix",
            "managed_prometheus",
        }
    ),
    KubernetesRetrainingArgs: frozenset(
        {
            "release_target",
            "kubernetes_release_target",
            "endpoint",
            "artifacts",
            "object_store",
            "cluster_name",
            "results_uri",
            "notifications",
            "managed_prometheus",
        }
    ),
    RetrainingPipelineArgs: frozenset(
        {"release_target", "endpoint", "artifacts", "monitor", "notifications", "alarm_actions"}
    ),
    DeliveryApiArgs: frozenset({"targets", "artifacts", "pipelines", "datasets", "alarm_actions"}),
    ApiCallersArgs: frozenset(),
    ApiDomainArgs: frozenset(),
    ApiThrottlingArgs: frozenset(),
    ApiTokensArgs: frozenset(),
    LogStoreArgs: frozenset({"endpoints", "functions", "alarm_actions"}),
    ClusterLogsArgs: frozenset({"cluster_name", "managed_prometheus"}),
    LogOutputArgs: frozenset(),
    TeamLogsArgs: frozenset(),
    SearchArgs: frozenset({"network"}),
    SearchDomainArgs: frozenset(),
    SearchServerlessArgs: frozenset(),
    MonitoringStackArgs: frozenset({"buckets", "replicas", "network"}),
    CostGuardArgs: frozenset(
        {
            "bucket",
            "node_groups",
            "cluster_name",
            "endpoints",
            "endpoint_key_arns",
            "topic_arn",
            "topic_key_arn",
            "alarm_actions",
        }
    ),
    UtilizationReportArgs: frozenset(
        {
            "bucket",
            "endpoints",
            "cluster_name",
            "vpc_id",
            "topic_arn",
            "topic_key_arn",
            "alarm_actions",
        }
    ),
    WatchedEndpointArgs: frozenset(
        {"endpoint_name", "kind", "variant_name", "instance_type", "variants"}
    ),
    WatchedClusterArgs: frozenset({"cluster_name", "gpus", "max_usd_per_hour"}),
}
"""The arguments that the wiring fills; those of `SHARED` are filled everywhere."""


def omitted() -> dict[type, frozenset[str]]:
    """Returns the arguments that no stack file can set: the wiring fills them.

    The region's key is `aws:region`, which is not in the project's namespace.
    """
    filled = {spec: keys | set(SHARED) for spec, keys in FILLED.items()}
    return {**filled, Settings: frozenset({"region"})}


def reader() -> Reader[Settings]:
    """Returns what reads settings: camelCase, without the arguments that are filled."""
    return Reader(Settings, camel_case, omitted())
