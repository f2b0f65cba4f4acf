"""The arguments of a `KubernetesEndpoint`. Those that a `ModelEndpoint` has too have
the same name and meaning here."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults, several_lines
from groundplan.kubernetes import prometheus
from groundplan.kubernetes.device_resources import GPU
from groundplan.kubernetes.managed_prometheus import ManagedPrometheusArgs
from groundplan.kubernetes.taints import NodeTaintArgs
from groundplan.objectives.args import ObjectiveArgs
from groundplan.serving.kubernetes_endpoint.canary_args import KubernetesCanaryArgs
from groundplan.serving.kubernetes_endpoint.capture_args import KubernetesCaptureArgs
from groundplan.serving.kubernetes_endpoint.choices import (
    EndpointEngine,
    EndpointEngineValue,
    PodScalingMetricValue,
    VllmDtypeValue,
)
from groundplan.serving.kubernetes_endpoint.ingress_args import EndpointIngressArgs
from groundplan.serving.kubernetes_endpoint.release_args import KubernetesGatesArgs
from groundplan.serving.model_endpoint.choices import ReleaseMode, ReleaseModeValue
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.storage.object_store import ObjectStoreArgs


class KubernetesSecretArgs(TypedDict):
    """A key of a Kubernetes secret in the endpoint's namespace. Its value is neither in
    Pulumi's state nor in a log. Changing it starts a new rollout."""

    name: pulumi.Input[str]
    """Name of the Kubernetes secret."""
    key: pulumi.Input[str]
    """Key in the secret."""


class VllmArgs(TypedDict):
    """How vLLM serves a language model. Changing any of it starts a new rollout."""

    model: NotRequired[str]
    """Model on the Hugging Face Hub, Qwen/Qwen3-8B, instead of `model_data`. Requires
    `revision`. Default: none."""
    revision: NotRequired[str]
    """Commit, tag or branch on the hub; only a commit never changes. Required with
    `model`. Default: none."""
    hub_token: NotRequired[KubernetesSecretArgs]
    """Secret with the hub's access token (`HF_TOKEN`), for models that require one.
    Default: none."""
    served_model_name: NotRequired[str]
    """Name of the model in requests. Default: the endpoint's name."""
    tensor_parallel_size: NotRequired[int]
    """Accelerators that one replica of the model is sharded over; must divide
    `accelerators`, and several replicas share the pod where it is less. Default:
    `accelerators`."""
    max_model_len: NotRequired[int]
    """Maximum tokens of a request with its response, at least 1. Lower values need less
    memory. Default: the model configuration's."""
    gpu_memory_utilization: NotRequired[float]
    """Fraction of the accelerators' memory that vLLM uses, above 0 and up to 1.
    Default: vLLM's."""
    dtype: NotRequired[VllmDtypeValue]
    """Data type of weights and activations: auto, bfloat16, half, float16, float,
    float32. Default: the model configuration's."""
    quantization: NotRequired[str]
    """Quantization of the weights: fp8, awq. Default: the model configuration's."""
    api_key: NotRequired[KubernetesSecretArgs]
    """Secret with the API key that clients send (`Authorization: Bearer`). vLLM checks
    it below /v1 only, so an ingress routes no other paths. Default: none."""


class KServeArgs(TypedDict):
    """How KServe serves a model. Changing any of it starts a new rollout."""

    model_format: str
    """Format of the model, by which KServe selects the runtime: sklearn, xgboost,
    huggingface, onnx."""
    format_version: NotRequired[str]
    """Version of the format. Default: any."""
    runtime: NotRequired[str]
    """Name of the ServingRuntime or ClusterServingRuntime. Default: KServe selects one
    by the format."""
    protocol_version: NotRequired[str]
    """v1, v2 or grpc-v2. Default: the runtime's."""


class KubernetesScalingArgs(TypedDict):
    """How the number of pods is scaled. Updates in place."""

    min: NotRequired[int]
    """Minimum pods, at least 1. Default: `replicas`."""
    max: int
    """Maximum pods, and so the maximum accelerators of the endpoint."""
    metric: NotRequired[PodScalingMetricValue]
    """The metric: cpu, waiting-requests, running-requests, query. Pods with
    accelerators need one of the last three. Default: waiting-requests with vllm, else
    cpu."""
    target: NotRequired[float]
    """Value of the metric per pod above which pods are added; required with query.
    Default: 70 (percent) for cpu, 2 for waiting-requests, 32 for running-requests."""
    query: NotRequired[str]
    """PromQL query that returns one number, the sum over all pods; only for query. KEDA
    divides it by the number of pods. Default: none."""
    keda: NotRequired[bool]
    """Whether KEDA is installed in the cluster, which all metrics except cpu require.
    Default: false."""
    prometheus_url: NotRequired[pulumi.Input[str]]
    """URL of the Prometheus that KEDA queries. Default:
    http://kube-prometheus-stack-prometheus.monitoring.svc:9090, that of
    `MonitoringStack`."""
    scale_in_cooldown_seconds: NotRequired[int]
    """Seconds that the metric has to be low before pods are removed, 0 to 3600.
    Default: 300."""


SCALING_DEFAULTS = defaults(
    KubernetesScalingArgs,
    keda=False,
    prometheus_url=prometheus.URL,
    scale_in_cooldown_seconds=300,
)


class KubernetesRolloutArgs(TypedDict):
    """How pods are replaced. Updates the Deployment in place, without new pods."""

    max_surge: NotRequired[int]
    """Pods above `replicas` during a rollout, 0 to 100; each needs free accelerators.
    Default: 1."""
    max_unavailable: NotRequired[int]
    """Pods that may be unavailable during a rollout, 0 to 100, for clusters without
    spare accelerators; less than `replicas`. Default: 0."""
    min_ready_seconds: NotRequired[int]
    """Seconds that a new pod has to be ready before the next old one is removed, 0 to
    3600. Default: 30."""
    timeout_seconds: NotRequired[int]
    """Seconds without progress after which `pulumi up` fails while the old pods
    continue to serve, 1 to 86400. Includes the start of a node and the download of
    image and model. Default: 1800 more than `health_check_timeout_seconds`."""


ROLLOUT_DEFAULTS = defaults(
    KubernetesRolloutArgs, max_surge=1, max_unavailable=0, min_ready_seconds=30
)


class PodMetricsArgs(TypedDict):
    """The metrics that Prometheus scrapes from the pods. The defaults are the names of
    prometheus-fastapi-instrumentator and of vLLM. Updates in place."""

    path: NotRequired[str]
    """HTTP path of the metrics, on the port that serves. Default: /metrics."""
    requests: NotRequired[str]
    """Name of a counter of requests with the label `status`: 503, or 5xx. Default:
    http_requests_total."""
    latency: NotRequired[str]
    """Name of a histogram of seconds, without `_bucket`. Default:
    vllm:e2e_request_latency_seconds with vllm, else http_request_duration_seconds."""


METRICS_DEFAULTS = defaults(PodMetricsArgs, path="/metrics", requests="http_requests_total")


class KubernetesAlarmsArgs(TypedDict):
    """The thresholds of an endpoint's alerts. Updates in place."""

    max_error_percent: NotRequired[float]
    """Percent of requests that may fail with a 5xx error, above 0 and up to 100.
    Requires metrics. Default: 1."""
    max_latency_ms: NotRequired[float]
    """90th percentile of the latency, in milliseconds, above 0. Requires metrics.
    Default: none with vllm, whose responses differ in length; else 1000."""
    max_first_token_ms: NotRequired[float]
    """90th percentile of the time to the first token, in milliseconds, above 0; only
    for vllm. Default: 2000."""
    max_waiting_requests: NotRequired[int]
    """Requests that may wait in vLLM's queue, per pod, at least 1; only for vllm.
    Default: 10."""
    evaluation_minutes: NotRequired[int]
    """Minutes that a threshold has to be exceeded before an alert fires, 1 to 60.
    Default: 3."""
    runbooks_url: NotRequired[str]
    """URL of a folder with the runbooks, for links in alerts. Default: none; alerts
    name the files."""


ALARMS_DEFAULTS = defaults(
    KubernetesAlarmsArgs,
    max_error_percent=1.0,
    max_first_token_ms=2000.0,
    max_waiting_requests=10,
    evaluation_minutes=3,
)


class KubernetesEndpointArgs(TypedDict):
    """The arguments of a `KubernetesEndpoint`. The Kubernetes provider in the
    component's options selects the cluster."""

    engine: NotRequired[EndpointEngineValue]
    """What serves: container, vllm or kserve. Default: container. For another engine,
    use another name: the objects differ."""
    image: NotRequired[pulumi.Input[str]]
    """Container image, with a version tag or a digest. Required for container; not for
    kserve, whose runtime has its own. Default: with vllm, docker.io/vllm/vllm-openai at
    the version that this release pins. Changing it starts a new rollout."""
    model_data: NotRequired[str]
    """Key of the model's archive in the artifact bucket, models/fraud/3/model.tar.gz,
    or of a folder, models/fraud/3/; with vllm, a folder of safetensors files. For a
    container it is downloaded and unpacked to /opt/ml/model; vLLM streams it from S3 to
    the accelerators. Requires `artifacts`, or `object_store`. Default: none. Changing
    it starts a new rollout."""
    model_version_id: NotRequired[str]
    """S3 version of the archive `model_data`, for a container: pods that start later
    serve the same bytes, even if the object was overwritten. For folders, make the
    prefix one of `write_once_prefixes` of the bucket. Required with release `registry`.
    Default: none, the newest version when a pod starts. Changing it starts a new
    rollout."""
    release: NotRequired[ReleaseModeValue]
    """What releases a new model: `declared`, this program, or `registry`, the driver of
    a `KubernetesRetraining`, which releases the approved versions of the registry in
    the artifact bucket. With `registry`, `model_data` is what serves until the first
    release; Pulumi ignores the model and the candidate's pods from then on. Changing it
    to `declared` starts a rollout of `model_data`. Default: declared."""
    model_prefix: NotRequired[str]
    """Folder of the bucket whose models are released: `models/fraud/`. The pods may
    read all of it. Only with release `registry`. Updates in place. Default: the folder
    of all versions of `model_data`."""
    gates: NotRequired[KubernetesGatesArgs]
    """The conditions of a release: metrics compared with the champion's. Only with
    release `registry`. Updates in place. Default: none."""
    prometheus_url: NotRequired[pulumi.Input[str]]
    """URL of the Prometheus that evaluates the alerts, which the driver asks; with
    `managed_prometheus` required, `MonitoringStack.prometheus_endpoint`. Only with
    release `registry`. Updates in place. Default:
    http://kube-prometheus-stack-prometheus.monitoring.svc:9090, that of
    `MonitoringStack`."""
    artifacts: NotRequired[ArtifactAccessArgs]
    """The artifact bucket: `ArtifactBucket.access`. Creates a role that may read below
    the model's folder, and write below the captures', only, and associates it with the
    pods by EKS Pod Identity. Requires `cluster_name`. Default: none; no AWS
    resources."""
    object_store: NotRequired[ObjectStoreArgs]
    """The bucket of the models where it is none of Amazon S3, in place of `artifacts`;
    only for container. `namespace` is required: it has the secret. Default: none.
    Changing it starts a new rollout."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """Name of the EKS cluster, with the add-on eks-pod-identity-agent. Requires
    `artifacts`. Default: none. Changing it replaces the pod identity association."""
    vllm: NotRequired[VllmArgs]
    """How vLLM serves; only for vllm. Default: the defaults of its arguments."""
    kserve: NotRequired[KServeArgs]
    """How KServe serves; only for kserve, which requires it. Default: none."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables of the container. No secrets: plans show them. Default:
    none. Changing them starts a new rollout."""
    secrets: NotRequired[Mapping[str, KubernetesSecretArgs]]
    """Environment variables from Kubernetes secrets. Default: none. Changing them
    starts a new rollout."""
    arguments: NotRequired[Sequence[str]]
    """Arguments of the container; for vllm and kserve in addition to those of the
    engine. Default: none. Changing them starts a new rollout."""
    port: NotRequired[int]
    """Port of the container, 1024 to 65535; only for container. Default: 8080. Changing
    it starts a new rollout."""
    health_path: NotRequired[str]
    """HTTP path that returns 200 once the model can serve; only for container. Default:
    /ping. Changing it starts a new rollout."""
    replicas: NotRequired[int]
    """Pods, or the pods that autoscaling starts with, 1 to 1000. Default: 2. Updates in
    place."""
    scaling: NotRequired[KubernetesScalingArgs]
    """How the number of pods is scaled. Default: none; always `replicas` pods."""
    rollout: NotRequired[KubernetesRolloutArgs]
    """How pods are replaced. Default: the defaults of its arguments."""
    capture: NotRequired[KubernetesCaptureArgs]
    """Captured requests and responses; only for container. Default: none."""
    canary: NotRequired[KubernetesCanaryArgs]
    """A candidate that serves part of the requests; not for kserve, which splits
    traffic with Knative only. Default: none."""
    ingress: NotRequired[EndpointIngressArgs]
    """How requests reach the endpoint from outside of the cluster, always
    authenticated. Default: none; reachable inside of the cluster only."""
    accelerators: NotRequired[int]
    """Accelerators of each pod, 0 to 16. Required for vllm. Default: 0. Changing it
    starts a new rollout."""
    accelerator: NotRequired[str]
    """Extended resource of the accelerators: nvidia.com/gpu, amd.com/gpu. Default:
    nvidia.com/gpu. Changing it starts a new rollout."""
    cpu: NotRequired[float]
    """CPU request of each pod, in cores, above 0 and up to 1000. Default: 1, or 3 for
    each accelerator. Changing it starts a new rollout."""
    memory_gib: NotRequired[int]
    """Memory request and limit of each pod, in GiB, at least 1. Default: 2, or 12 for
    each accelerator. Changing it starts a new rollout."""
    shared_memory_gib: NotRequired[int]
    """Shared memory at /dev/shm, in GiB, part of `memory_gib`. Default: 2 with
    accelerators, else 0. Changing it starts a new rollout."""
    volume_size_gb: NotRequired[int]
    """Ephemeral storage of the node for the model and for caches, in GB, 1 to 16384.
    Default: 100 for a model from the hub, else 30. Changing it starts a new rollout."""
    pool: NotRequired[str]
    """Pool of a `TrainingCluster` that the pods are scheduled on. Default: none; any
    node. Changing it starts a new rollout."""
    node_labels: NotRequired[Mapping[str, str]]
    """Labels of the nodes that the pods are scheduled on, instead of `pool`. Default:
    none. Changing them starts a new rollout."""
    taints: NotRequired[Sequence[NodeTaintArgs]]
    """Taints of those nodes that the pods tolerate, in addition to those of
    accelerators. Default: none. Changing them starts a new rollout."""
    priority_class: NotRequired[pulumi.Input[str]]
    """Name of the pods' PriorityClass; one above that of jobs preempts them. Default:
    the cluster's. Changing it starts a new rollout."""
    service_account: NotRequired[pulumi.Input[str]]
    """Name of an existing service account in `namespace`. Default: one that is created.
    Changing it starts a new rollout."""
    run_as_user: NotRequired[int]
    """ID of the user that the container runs as, at least 1; 0, which is root, only
    with `allow_root`. Not for kserve. Default: 2000 with vllm, the user of its image;
    with container the image's user, which has to be a number other than 0. Changing it
    starts a new rollout."""
    allow_root: NotRequired[bool]
    """Whether `run_as_user` may be 0, for an image that requires root. The endpoint's
    own namespace enforces the Pod Security Standard baseline then, in place of
    restricted. Not for kserve. Default: false. Updates in place."""
    writable_paths: NotRequired[Sequence[str]]
    """Folders that the container may write to, in addition to /tmp; the rest of its
    file system is read-only. They are empty when a pod starts. Default: none. Changing
    them starts a new rollout."""
    namespace: NotRequired[str]
    """An existing namespace, whose jobs Kueue does not queue. Default: one that is
    created, with the endpoint's name. Changing it forces replacement of all objects."""
    reached_from: NotRequired[Sequence[str]]
    """Namespaces whose pods may call the endpoint, in addition to its own and to
    Prometheus'. Default: none. Updates in place."""
    network_isolation: NotRequired[bool]
    """Whether the network policy denies the pods all egress except name resolution and,
    where they load a model, HTTPS. Requires a network plugin that enforces policies.
    Default: true. Updates in place."""
    metrics: NotRequired[PodMetricsArgs]
    """The metrics that Prometheus scrapes from the pods. Default: vLLM's with vllm,
    else none, and no alerts on errors and latency."""
    alarms: NotRequired[KubernetesAlarmsArgs]
    """The thresholds of the endpoint's alerts, which Alertmanager sends. They do not
    roll back by themselves: the runbooks describe how to. Default: the defaults of its
    arguments."""
    objective: NotRequired[ObjectiveArgs]
    """The service-level objective, of all pods together, with alerts on its burn rate.
    `latency_ms` has to be a bucket of the histogram in `metrics`; an alert says if it
    is none. Requires metrics and Prometheus. Default: none. Updates in place."""
    prometheus: NotRequired[bool]
    """Whether the cluster has the Prometheus operator, as `MonitoringStack` installs
    it; without it there are no alerts. Default: true. Updates in place."""
    managed_prometheus: NotRequired[ManagedPrometheusArgs]
    """The workspace of Amazon Managed Service for Prometheus that evaluates the alerts,
    of `MonitoringStack` with the backend `managed`. Requires Prometheus. Default: none;
    Prometheus in the cluster. Updates in place; creates or deletes the rules."""
    health_check_timeout_seconds: NotRequired[int]
    """Seconds until a new pod has to pass its first health check, 60 to 7200; not for
    kserve. Default: 1800 with vllm, else 600. Changing it starts a new rollout."""
    request_timeout_seconds: NotRequired[int]
    """Maximum duration of a request in seconds, 1 to 3600; pods that terminate finish
    their requests within it. Default: 600 with vllm, else 60. Changing it starts a new
    rollout."""
    endpoint_name: NotRequired[str]
    """Name of the endpoint, its Service and, by default, its namespace. Default: the
    component's name. Changing it forces replacement of all objects."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all AWS resources. Default: none. Updates in place."""


ENDPOINT_DEFAULTS = defaults(
    KubernetesEndpointArgs,
    engine=EndpointEngine.CONTAINER,
    release=ReleaseMode.DECLARED,
    port=8080,
    health_path="/ping",
    replicas=2,
    accelerators=0,
    accelerator=GPU,
    allow_root=False,
    network_isolation=True,
    prometheus=True,
)
"""Port and health path are SageMaker's contract (SageMaker AI Developer Guide, "Custom
Inference Code with Hosting Services"): an image for a `ModelEndpoint` serves here too.
KServe's runtimes have the same port. Two replicas survive the loss of one."""

several_lines(KubernetesEndpointArgs, "environment", "arguments")
several_lines(KubernetesScalingArgs, "query")
