"""The specification of an endpoint: its arguments, resolved, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.objectives import objective
from groundplan.objectives.objective import Objective
from groundplan.serving.kubernetes_endpoint import ingress_spec, release, resolution, workload
from groundplan.serving.kubernetes_endpoint.args import (
    KubernetesAlarmsArgs,
    KubernetesEndpointArgs,
    PodMetricsArgs,
)
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine, PodScalingMetric
from groundplan.serving.kubernetes_endpoint.ingress_spec import Ingress
from groundplan.serving.kubernetes_endpoint.release import Release
from groundplan.serving.kubernetes_endpoint.workload import Workload


@dataclass(frozen=True)
class Scaling:
    """How the number of pods is scaled."""

    min: int
    max: int
    metric: PodScalingMetric
    target: float
    query: str | None
    """Only with the metric `query`."""
    prometheus_url: pulumi.Input[str]
    cooldown_seconds: int


@dataclass(frozen=True)
class Metrics:
    """The metrics that Prometheus scrapes."""

    path: str
    requests: str
    latency: str


@dataclass(frozen=True)
class Alarms:
    """The thresholds of the alerts."""

    max_error_percent: float
    max_latency_ms: float | None
    """None without an alert on the latency."""
    max_first_token_ms: float
    max_waiting_requests: int
    evaluation_minutes: int
    runbooks_url: str
    """Empty without links."""


@dataclass(frozen=True)
class ManagedPrometheus:
    """The workspace of Amazon Managed Service for Prometheus that evaluates the
    alerts."""

    workspace_id: pulumi.Input[str]
    labels: Mapping[str, str]
    """Of all alerts."""


@dataclass(frozen=True)
class Artifacts:
    """The bucket of the models, and the cluster whose pods read it."""

    bucket_name: pulumi.Input[str]
    bucket_arn: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str]
    cluster_name: pulumi.Input[str]


@dataclass(frozen=True)
class EndpointSpec:
    """An endpoint, complete."""

    name: str
    """The endpoint's name."""
    namespace: str
    creates_namespace: bool
    service_account: pulumi.Input[str] | None
    """An existing service account; None for one that is created."""
    stable: Workload
    candidate: Workload | None
    canary_percent: int
    """0 without a candidate, and where releases have one of their own."""
    release: Release | None
    """None where the program releases models."""
    scaling: Scaling | None
    """None where no autoscaler changes the number of pods."""
    ingress: Ingress | None
    reached_from: Sequence[str]
    network_isolation: bool
    artifacts: Artifacts | None
    prometheus: bool
    managed: ManagedPrometheus | None
    """None where Prometheus in the cluster evaluates the alerts."""
    metrics: Metrics | None
    """None where the metrics of the pods are unknown."""
    alarms: Alarms
    objectives: tuple[Objective, ...]
    tags: Mapping[str, pulumi.Input[str]]

    @property
    def engine(self) -> EndpointEngine:
        """What serves."""
        return self.stable.engine

    @property
    def main_service(self) -> str:
        """The name of the Service and the Deployment that serve. KServe names them by
        itself."""
        return f"{self.name}-predictor" if self.engine is EndpointEngine.KSERVE else self.name

    @property
    def splits_requests(self) -> bool:
        """Whether an ingress weighs requests, and so needs a Service of the candidate's
        pods."""
        return self.candidate is not None and self.release is None

    @property
    def limits(self) -> tuple[int, int]:
        """The minimum and the maximum number of pods."""
        if self.scaling is None:
            return self.stable.replicas, self.stable.replicas
        return self.scaling.min, self.scaling.max


def resolve(args: KubernetesEndpointArgs, context: Context) -> EndpointSpec:
    """Returns the specification of valid arguments."""
    name = args.get("endpoint_name", context.name)
    canary, released = args.get("canary"), release.resolve(args)
    return EndpointSpec(
        name=name,
        namespace=args.get("namespace", name),
        creates_namespace="namespace" not in args,
        service_account=args.get("service_account"),
        stable=workload.stable(name, args),
        candidate=workload.candidate(name, args),
        canary_percent=canary["percent"] if canary and released is None else 0,
        release=released,
        scaling=_scaling(args),
        ingress=ingress_spec.resolve(args) if "ingress" in args else None,
        reached_from=tuple(args.get("reached_from", ())),
        network_isolation=resolution.argument(args, "network_isolation"),
        artifacts=_artifacts(args),
        prometheus=resolution.argument(args, "prometheus"),
        managed=_managed(args),
        metrics=_metrics(args),
        alarms=_alarms(args),
        objectives=objective.resolve(args["objective"]) if "objective" in args else (),
        tags=dict(args.get("tags", {})),
    )


def _scaling(args: KubernetesEndpointArgs) -> Scaling | None:
    if not resolution.scales(args):
        return None
    scaling, metric = resolution.scaling(args), resolution.metric(args)
    low, high = resolution.limits(args)
    return Scaling(
        min=low,
        max=high,
        metric=metric,
        target=scaling["target"] if "target" in scaling else resolution.TARGETS[metric],
        query=scaling.get("query"),
        prometheus_url=scaling["prometheus_url"],
        cooldown_seconds=scaling["scale_in_cooldown_seconds"],
    )


def _artifacts(args: KubernetesEndpointArgs) -> Artifacts | None:
    if "artifacts" not in args:
        return None
    bucket = args["artifacts"]
    return Artifacts(
        bucket["bucket_name"], bucket["bucket_arn"], bucket["kms_key_arn"], args["cluster_name"]
    )


def _managed(args: KubernetesEndpointArgs) -> ManagedPrometheus | None:
    if "managed_prometheus" not in args:
        return None
    own = args["managed_prometheus"]
    return ManagedPrometheus(own["workspace_id"], own.get("labels", {}))


def _metrics(args: KubernetesEndpointArgs) -> Metrics | None:
    vllm = resolution.is_vllm(args)
    if "metrics" not in args and not vllm:
        return None
    latency = "vllm:e2e_request_latency_seconds" if vllm else "http_request_duration_seconds"
    return Metrics(**{"latency": latency, **with_defaults(PodMetricsArgs, args.get("metrics"))})


def _alarms(args: KubernetesEndpointArgs) -> Alarms:
    filled = with_defaults(KubernetesAlarmsArgs, args.get("alarms"))
    latency = None if resolution.is_vllm(args) else 1000.0
    return Alarms(**{"max_latency_ms": latency, "runbooks_url": "", **filled})
