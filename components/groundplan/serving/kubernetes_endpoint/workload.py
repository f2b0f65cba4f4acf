"""The pods of an endpoint, complete: those that serve, and those of a candidate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

import pulumi

from groundplan.kubernetes.node_labels import POOL_LABEL
from groundplan.release.cluster.workloads import KEY, OBJECT_VERSION
from groundplan.release.cluster.workloads import VERSION as MODEL_ANNOTATION
from groundplan.serving.kubernetes_endpoint import capture, images, release, resolution
from groundplan.serving.kubernetes_endpoint.args import (
    KServeArgs,
    KubernetesEndpointArgs,
    KubernetesSecretArgs,
    VllmArgs,
)
from groundplan.serving.kubernetes_endpoint.capture import Capture
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine, VllmDtype
from groundplan.storage import object_store
from groundplan.storage.object_store import ObjectStore

NAME_LABEL = "app.kubernetes.io/name"
TRACK_LABEL = "app.kubernetes.io/component"

VLLM_USER = 2000
"""ID of the user `vllm` in vLLM's image (vllm-project/vllm#40275)."""


class Track(str, Enum):
    """One of the two sets of pods."""

    STABLE = "stable"
    CANARY = "canary"


@dataclass(frozen=True)
class SecretKey:
    """A key of a Kubernetes secret."""

    name: pulumi.Input[str]
    key: pulumi.Input[str]


@dataclass(frozen=True)
class Vllm:
    """How vLLM serves. None is vLLM's own default."""

    model: str | None
    """The model on the Hugging Face Hub; None for a model in the bucket."""
    revision: str | None
    served_model_name: str
    tensor_parallel_size: int
    max_model_len: int | None
    gpu_memory_utilization: float | None
    dtype: VllmDtype | None
    quantization: str | None
    hub_token: SecretKey | None
    api_key: SecretKey | None


@dataclass(frozen=True)
class KServe:
    """How KServe serves. None is KServe's own default."""

    model_format: str
    format_version: str | None
    runtime: str | None
    protocol_version: str | None


@dataclass(frozen=True)
class Rollout:
    """How pods are replaced."""

    max_surge: int
    max_unavailable: int
    min_ready_seconds: int
    timeout_seconds: int


@dataclass(frozen=True)
class NodeTaint:
    """A taint that pods tolerate."""

    key: str
    value: str


@dataclass(frozen=True)
class ModelObject:
    """One version of an object in S3."""

    bucket: pulumi.Input[str]
    key: str
    version_id: str


@dataclass(frozen=True)
class Workload:
    """The pods of one track."""

    endpoint: str
    """The endpoint's name."""
    track: Track
    engine: EndpointEngine
    replicas: int
    max_replicas: int
    """The most pods that an autoscaler runs."""
    image: pulumi.Input[str]
    arguments: Sequence[str]
    environment: Mapping[str, pulumi.Input[str]]
    secrets: Mapping[str, SecretKey]
    model_data: str | None
    model_uri: pulumi.Output[str] | None
    """S3 URI of the model. A folder ends in a slash: without, KServe would take `3` for
    a prefix of `30` too."""
    model_object: ModelObject | None
    """The version of the archive; None for the newest."""
    vllm: Vllm | None
    """None with another engine."""
    kserve: KServe | None
    """None with another engine."""
    port: int
    health_path: str
    startup_seconds: int
    request_seconds: int
    rollout: Rollout
    accelerators: int
    accelerator: str
    cpu: float
    memory_gib: int
    shared_memory_gib: int
    volume_size_gb: int
    node_labels: Mapping[str, str]
    taints: Sequence[NodeTaint]
    pool_taint: NodeTaint | None
    priority_class: pulumi.Input[str] | None
    run_as_user: int | None
    """None for the image's user."""
    writable_paths: Sequence[str]
    capture: Capture | None
    """None where requests are not captured."""
    object_store: ObjectStore | None
    """The store of the models; None for Amazon S3."""
    released: bool
    """Whether a driver releases its models from the registry."""

    @property
    def name(self) -> str:
        """The name of the Deployment."""
        stable = self.track is Track.STABLE
        return self.endpoint if stable else f"{self.endpoint}-{self.track.value}"

    @property
    def entry_port(self) -> int:
        """The port that requests come to: the agent's where they are captured."""
        return self.port if self.capture is None else capture.AGENT_PORT

    @property
    def labels(self) -> dict[str, str]:
        """The labels that select these pods."""
        return {NAME_LABEL: self.endpoint, TRACK_LABEL: self.track.value}

    @property
    def annotations(self) -> dict[str, pulumi.Input[str]]:
        """The annotation that leads from a pod, and from its log lines, to its model,
        and those that a release changes it by."""
        found: dict[str, pulumi.Input[str]] = {MODEL_ANNOTATION: self.model_version}
        if self.released and self.kserve is None and self.model_data is not None:
            found[KEY] = self.model_data
        if self.released and self.model_object is not None:
            found[OBJECT_VERSION] = self.model_object.version_id
        return found

    @property
    def model_version(self) -> pulumi.Input[str]:
        """What the pods serve: the model's key with its S3 version, the model on the
        hub with its revision, or the image that contains it."""
        if self.model_object is not None:
            return f"{self.model_object.key}@{self.model_object.version_id}"
        if self.model_data is not None:
            return self.model_data
        if self.vllm is not None and self.vllm.model is not None:
            revision = self.vllm.revision
            return self.vllm.model if revision is None else f"{self.vllm.model}@{revision}"
        return self.image

    @property
    def loads_model(self) -> bool:
        """Whether the pods download a model, from the bucket or from the hub."""
        return self.model_data is not None or (
            self.vllm is not None and self.vllm.model is not None
        )


def stable(endpoint: str, args: KubernetesEndpointArgs) -> Workload:
    """Returns the pods that serve."""
    return _resolve(endpoint, Track.STABLE, args, resolution.replicas(args))


def candidate(endpoint: str, args: KubernetesEndpointArgs) -> Workload | None:
    """Returns the candidate's pods; None without a candidate. Those of releases are
    none, until there is one."""
    own = release.resolve(args)
    if own is not None:
        return _resolve(endpoint, Track.CANARY, args, 0) if own.percent else None
    if "canary" not in args:
        return None
    canary: Mapping[str, Any] = dict(args["canary"])
    keys = ("image", "model_data", "model_version_id", "arguments")
    merged: dict[str, Any] = {**args, **_subset(canary, *keys)}
    if "model_data" in canary and "model_version_id" not in canary:
        merged.pop("model_version_id", None)  # of another object
    if "environment" in canary:
        merged["environment"] = {**args.get("environment", {}), **canary["environment"]}
    vllm: dict[str, Any] = {**args.get("vllm", {}), **_subset(canary, "model", "revision")}
    # A model has one location: the candidate's replaces the endpoint's.
    if "model" in canary:
        merged.pop("model_data", None)
    elif "model_data" in canary:
        vllm = {key: value for key, value in vllm.items() if key not in ("model", "revision")}
    if vllm or "vllm" in args:
        merged["vllm"] = vllm
    return _resolve(
        endpoint,
        Track.CANARY,
        cast(KubernetesEndpointArgs, merged),
        resolution.candidate_replicas(args),
    )


def selector(endpoint: str, track: Track | None = None) -> dict[str, str]:
    """Returns the labels that select the pods of one track, or of both."""
    return {NAME_LABEL: endpoint, **({TRACK_LABEL: track.value} if track else {})}


def _subset(args: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: args[key] for key in keys if key in args}


def _resolve(endpoint: str, track: Track, args: KubernetesEndpointArgs, replicas: int) -> Workload:
    engine, vllm = resolution.engine(args), resolution.is_vllm(args)
    labels, taints = dict(args.get("node_labels", {})), list(args.get("taints", ()))
    pool = args.get("pool")
    if pool is not None:
        labels[POOL_LABEL] = pool
    return Workload(
        endpoint=endpoint,
        track=track,
        engine=engine,
        replicas=replicas,
        max_replicas=max(replicas, resolution.limits(args)[1]),
        image=args.get("image", images.VLLM),
        arguments=tuple(args.get("arguments", ())),
        environment=dict(args.get("environment", {})),
        secrets={name: _secret(secret) for name, secret in args.get("secrets", {}).items()},
        model_data=args.get("model_data"),
        model_uri=_model_uri(args),
        model_object=_model_object(args),
        vllm=_vllm(endpoint, args) if vllm else None,
        kserve=_kserve(args["kserve"]) if engine is EndpointEngine.KSERVE else None,
        port=resolution.VLLM_PORT if vllm else resolution.argument(args, "port"),
        health_path=(
            resolution.VLLM_HEALTH_PATH if vllm else resolution.argument(args, "health_path")
        ),
        startup_seconds=resolution.startup_seconds(args),
        request_seconds=resolution.request_seconds(args),
        rollout=Rollout(**resolution.rollout(args)),
        accelerators=resolution.accelerators(args),
        accelerator=resolution.argument(args, "accelerator"),
        cpu=resolution.cpu(args),
        memory_gib=resolution.memory_gib(args),
        shared_memory_gib=resolution.shared_memory_gib(args),
        volume_size_gb=resolution.volume_size_gb(args),
        node_labels=labels,
        taints=[NodeTaint(taint["key"], taint["value"]) for taint in taints],
        pool_taint=None if pool is None else NodeTaint(POOL_LABEL, pool),
        priority_class=args.get("priority_class"),
        run_as_user=args.get("run_as_user", VLLM_USER if vllm else None),
        writable_paths=tuple(args.get("writable_paths", ())),
        capture=capture.resolve(args),
        object_store=object_store.resolve(args["object_store"]) if "object_store" in args else None,
        released=release.is_registry(args),
    )


def _model_uri(args: KubernetesEndpointArgs) -> pulumi.Output[str] | None:
    if "model_data" not in args:
        return None
    bucket, key = resolution.bucket_name(args), args["model_data"]
    if release.is_registry(args) and resolution.engine(args) is not EndpointEngine.KSERVE:
        key = "$(GROUNDPLAN_MODEL_KEY)"  # Kubernetes replaces it in arguments
    return pulumi.Output.format("s3://{0}/{1}", bucket, key)


def _model_object(args: KubernetesEndpointArgs) -> ModelObject | None:
    if "model_data" not in args or "model_version_id" not in args:
        return None
    bucket = resolution.bucket_name(args)
    return ModelObject(bucket, args["model_data"], args["model_version_id"])


def _vllm(endpoint: str, args: KubernetesEndpointArgs) -> Vllm:
    vllm: VllmArgs = args.get("vllm", {})
    return Vllm(
        model=vllm.get("model"),
        revision=vllm.get("revision"),
        served_model_name=vllm.get("served_model_name", endpoint),
        tensor_parallel_size=vllm.get("tensor_parallel_size", resolution.accelerators(args)),
        max_model_len=vllm.get("max_model_len"),
        gpu_memory_utilization=vllm.get("gpu_memory_utilization"),
        dtype=cast(VllmDtype | None, vllm.get("dtype")),
        quantization=vllm.get("quantization"),
        hub_token=_secret(vllm["hub_token"]) if "hub_token" in vllm else None,
        api_key=_secret(vllm["api_key"]) if "api_key" in vllm else None,
    )


def _kserve(kserve: KServeArgs) -> KServe:
    return KServe(
        model_format=kserve["model_format"],
        format_version=kserve.get("format_version"),
        runtime=kserve.get("runtime"),
        protocol_version=kserve.get("protocol_version"),
    )


def _secret(secret: KubernetesSecretArgs) -> SecretKey:
    return SecretKey(secret["name"], secret["key"])
