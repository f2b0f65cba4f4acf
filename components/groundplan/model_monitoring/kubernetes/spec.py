"""The specification of a KubernetesModelMonitoring: its arguments, with every
default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.kubernetes.managed_prometheus import ManagedPrometheusArgs
from groundplan.kubernetes.taints import NodeTaintArgs
from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.component.args import MonitoringLimitsArgs
from groundplan.model_monitoring.component.check_spec import CheckSpec
from groundplan.model_monitoring.kubernetes.args import (
    KUBERNETES_MODEL_MONITORING_DEFAULTS,
    KubernetesModelMonitoringArgs,
    RayCheckArgs,
)
from groundplan.storage import object_store
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.storage.object_store import ObjectStore


@dataclass(frozen=True)
class RayCluster:
    """The Ray cluster of a check."""

    queue: str
    version: str
    nodes: int


@dataclass(frozen=True)
class KubernetesModelMonitoringSpec(CheckSpec):
    """Scheduled checks of an endpoint on a cluster, complete."""

    default_variant = KUBERNETES_MODEL_MONITORING_DEFAULTS["variant"]

    name: str
    """Name of the objects."""
    endpoint: pulumi.Input[str]
    image: pulumi.Input[str]
    bucket: ArtifactAccessArgs | None
    """None with another store."""
    cluster_name: pulumi.Input[str] | None
    object_store: ObjectStore | None
    """None with `bucket`."""
    ray: RayCluster | None
    """None if a container checks."""
    namespace: str
    creates_namespace: bool
    schedule: str
    late_after_hours: int
    workers: int
    cpu: float
    memory_gib: int
    volume_size_gb: int
    timeout_seconds: int
    node_labels: Mapping[str, str]
    taints: Sequence[NodeTaintArgs]
    prometheus: bool
    managed_prometheus: ManagedPrometheusArgs | None
    """None if Prometheus in the cluster evaluates the alerts."""
    owner: str
    """Empty for that of Prometheus."""
    runbooks_url: str
    """Empty if alerts name paths."""
    tags: Mapping[str, pulumi.Input[str]]

    @property
    def bucket_name(self) -> pulumi.Input[str]:
        """Name of the bucket."""
        if self.bucket is not None:
            return self.bucket["bucket_name"]
        assert self.object_store is not None  # noqa: S101 (validated)
        return self.object_store.bucket_name

    def settings(self, bucket: str, endpoint: str) -> dict[str, Any]:
        """Returns the settings of the containers (`analysis.handler.Settings`)."""
        # Without AWS there is no event bus: what retrains reads the results.
        bus = "default" if self.bucket is not None else ""
        engine = names.PROCESS if self.ray is None else names.RAY
        settings = super().settings(bucket, endpoint)
        return {**settings, "event_bus": bus, "engine": engine, "workers": self.workers}


def late_after_hours(args: KubernetesModelMonitoringArgs) -> int:
    """Returns the hours after which a check is late."""
    window = with_defaults(KubernetesModelMonitoringArgs, args)["window_hours"]
    return args.get("late_after_hours", 2 * int(window) + 2)


def resolve(args: KubernetesModelMonitoringArgs, context: Context) -> KubernetesModelMonitoringSpec:
    """Returns the specification of valid arguments."""
    filled: dict[str, Any] = {**with_defaults(KubernetesModelMonitoringArgs, args)}
    store = filled.pop("object_store", None)
    filled.pop("namespace", None)
    del filled["engine"]
    ray = filled.pop("ray", None)
    workers = filled["workers"]
    return KubernetesModelMonitoringSpec(
        **{
            "bucket": None,
            "cluster_name": None,
            "managed_prometheus": None,
            "label_prefix": "",
            "cpu": float(workers),
            "memory_gib": workers,
            "node_labels": {},
            "taints": (),
            "owner": "",
            "runbooks_url": "",
            "tags": {},
            **filled,
            "name": context.name,
            "ray": RayCluster(**with_defaults(RayCheckArgs, ray)) if ray else None,
            "object_store": object_store.resolve(store) if store else None,
            "namespace": args.get("namespace", context.name),
            "creates_namespace": "namespace" not in args,
            "late_after_hours": late_after_hours(args),
            "limits": with_defaults(MonitoringLimitsArgs, args.get("limits", {})),
        }
    )
