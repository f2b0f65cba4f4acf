"""The arguments of a KubernetesModelMonitoring.

Arguments that a `ModelMonitoring` has too have the same name and meaning here.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.kubernetes.managed_prometheus import ManagedPrometheusArgs
from groundplan.kubernetes.taints import NodeTaintArgs
from groundplan.model_monitoring.component.args import MonitoringLimitsArgs
from groundplan.model_monitoring.kubernetes.choices import CheckEngine, CheckEngineValue
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.storage.object_store import ObjectStoreArgs


class RayCheckArgs(TypedDict):
    """A Ray cluster for each check. All of them update in place."""

    queue: str
    """Name of Kueue's LocalQueue in the namespace, which admits the RayJob."""
    version: str
    """Version of Ray in the image: 2.60.0."""
    nodes: NotRequired[int]
    """Pods that work, 1 to 1000, beside the head; each has `cpu` and `memory_gib`.
    Default: 4."""


class KubernetesModelMonitoringArgs(TypedDict):
    """The arguments of a KubernetesModelMonitoring. The Kubernetes provider in the
    component's options selects the cluster."""

    endpoint: pulumi.Input[str]
    """Name of the endpoint whose captures are checked:
    `KubernetesEndpoint.endpoint_name`. Metrics have it as the label `monitor`. Updates
    in place."""
    image: pulumi.Input[str]
    """Container image with `groundplan[monitoring]`, and `groundplan[parquet]` for
    Parquet: what images/monitoring/Dockerfile builds. With a version tag or a digest.
    Updates in place."""
    baseline_key: str
    """Key of the baseline in the bucket. Its digest is in each result. Updates in
    place."""
    bucket: NotRequired[ArtifactAccessArgs]
    """The bucket of captures, labels, baselines and results: `ArtifactBucket.access`.
    Creates a role for the pods by EKS Pod Identity. Requires `cluster_name`. Default:
    none; then `object_store` is required. Updates in place."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """Name of the EKS cluster, with the add-on eks-pod-identity-agent. Requires
    `bucket`. Default: none. Changing it replaces the pod identity association."""
    object_store: NotRequired[ObjectStoreArgs]
    """A bucket of another store, in place of `bucket`; no AWS resources. Default: none.
    Updates in place."""
    engine: NotRequired[CheckEngineValue]
    """What runs a check: container or ray. Default: container. Updates in place."""
    ray: NotRequired[RayCheckArgs]
    """The Ray cluster of a check; only for ray, which requires it, KubeRay, and Ray in
    the image. Default: none."""
    namespace: NotRequired[str]
    """An existing namespace; for ray, one with a queue, else one whose jobs Kueue does
    not queue. Default: one that is
    created, with the component's name. Changing it forces replacement of all
    objects."""
    variant: NotRequired[str]
    """Variant of the endpoint whose captures are checked: stable or canary. Updates in
    place. Default: stable."""
    capture_prefix: NotRequired[str]
    """Folder of the captures of all endpoints: `capture.prefix` of the endpoint.
    Updates in place. Default: capture/."""
    label_prefix: NotRequired[str]
    """Folder of the endpoint's labels. Updates in place. Default: none; quality is not
    checked."""
    label_delay_hours: NotRequired[int]
    """Hours until the labels of an answer are there, 0 to 8760: quality is judged of
    answers that are as much older. Needs `label_prefix`. Updates in place.
    Default: 0."""
    result_prefix: NotRequired[str]
    """Folder of the results. Updates in place. Default: monitoring/."""
    schedule: NotRequired[str]
    """When a check runs, in UTC: five fields, as a CronJob has them. It checks the
    complete hours before it. Updates in place. Default: 30 0 * * *."""
    window_hours: NotRequired[int]
    """Hours that a check looks at, 1 to 744. Updates in place. Default: 24."""
    late_after_hours: NotRequired[int]
    """Hours after the end of the last hours that were checked, at which an alert fires,
    1 to 2232. Updates in place. Default: twice `window_hours`, and 2."""
    limits: NotRequired[MonitoringLimitsArgs]
    """What counts as drift. Updates in place. Default: those of its arguments."""
    workers: NotRequired[int]
    """Processes of a check, 1 to 64: each reads other objects. Updates in place.
    Default: 1."""
    cpu: NotRequired[float]
    """CPU request of a check, in cores, above 0 and up to 64. Updates in place.
    Default: 1, for each worker."""
    memory_gib: NotRequired[int]
    """Memory request and limit of a check, in GiB, 1 to 1024. Updates in place.
    Default: 1, for each worker."""
    volume_size_gb: NotRequired[int]
    """Ephemeral storage of the node where answers wait for their labels, 100 bytes a
    row, in GB, 1 to 1024. Updates in place. Default: 4."""
    timeout_seconds: NotRequired[int]
    """Seconds after which a check is ended, with its second attempt, 60 to 86400.
    Updates in place. Default: 7200."""
    node_labels: NotRequired[Mapping[str, str]]
    """Labels of the nodes that the pods are scheduled on. Default: none. Updates in
    place."""
    taints: NotRequired[Sequence[NodeTaintArgs]]
    """Taints of those nodes that the pods tolerate. Default: none. Updates in place."""
    prometheus: NotRequired[bool]
    """Whether the cluster has the Prometheus operator, as `MonitoringStack` installs
    it; without it there are no metrics and no alerts. Default: true. Updates in
    place."""
    managed_prometheus: NotRequired[ManagedPrometheusArgs]
    """The workspace of Amazon Managed Service for Prometheus that evaluates the alerts,
    of `MonitoringStack` with the backend `managed`. Requires Prometheus. Default: none;
    Prometheus in the cluster. Updates in place; creates or deletes the rules."""
    owner: NotRequired[str]
    """The team that alerts are for, as their label `owner`. Default: none; then it is
    Prometheus' external label, if `MonitoringStack` has an owner. Updates in place."""
    runbooks_url: NotRequired[str]
    """URL of the folder docs/runbooks, for the links of alerts. Updates in place.
    Default: none; alerts name paths."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all AWS resources. Updates in place. Default: none."""


RAY_CHECK_DEFAULTS = defaults(RayCheckArgs, nodes=4)
KUBERNETES_MODEL_MONITORING_DEFAULTS = defaults(
    KubernetesModelMonitoringArgs,
    engine=CheckEngine.CONTAINER,
    variant="stable",
    capture_prefix="capture/",
    label_delay_hours=0,
    result_prefix="monitoring/",
    schedule="30 0 * * *",
    window_hours=24,
    workers=1,
    volume_size_gb=4,
    timeout_seconds=7200,
    prometheus=True,
)
