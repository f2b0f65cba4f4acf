"""The settings of a model that the training cluster serves."""

from typing import Annotated, Any

from groundplan.serving.kubernetes_endpoint.choices import (
    EndpointEngine,
    PodScalingMetric,
    VllmDtype,
)
from ingress_settings import Ingress
from platform_settings import Taint
from pydantic import Field
from section import NotNegative, Percent, Positive, Section

Above = Annotated[float, Field(gt=0)]


class KubernetesSecret(Section):
    """Where a secret is kept in the service's namespace."""

    name: str
    """Name of the Kubernetes secret."""
    key: str
    """Key in it."""


class Vllm(Section):
    """How vLLM serves a language model."""

    model: str | None = None
    """Model on the Hugging Face Hub, in place of modelData."""
    revision: str | None = None
    """Commit on the hub. Needed with model."""
    hub_token: KubernetesSecret | None = None
    """Where the hub's token is kept, for models that need one. Default: none."""
    served_model_name: str | None = None
    """What clients write as the model. Default: the service's name."""
    tensor_parallel_size: Positive | None = None
    """Accelerators that one copy of the model is spread over. Default: accelerators."""
    max_model_len: Positive | None = None
    """Most tokens of a request and its answer together. Default: what the model's
    configuration says."""
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of the accelerators' memory that vLLM takes, up to 1. Default: vLLM's."""
    dtype: VllmDtype | None = None
    """What it reckons with: auto, bfloat16, half, float16, float, float32. Default:
    auto."""
    quantization: str | None = None
    """How the weights are quantized: fp8, awq. Default: as the model's configuration
    says."""
    api_key: KubernetesSecret | None = None
    """Where the key is kept that clients have to send. Default: none."""


class KServe(Section):
    """How KServe serves a model."""

    model_format: str
    """What the model is stored as: sklearn, xgboost, huggingface, onnx."""
    format_version: str | None = None
    """Version of the format. Default: any."""
    runtime: str | None = None
    """Name of the serving runtime. Default: KServe chooses by the format."""
    protocol_version: str | None = None
    """v1, v2 or grpc-v2. Default: the runtime's."""


class ServiceScaling(Section):
    """How many pods there may be."""

    min: Positive | None = None
    """The fewest pods. Default: replicas."""
    max: Positive
    """The most pods."""
    metric: PodScalingMetric | None = None
    """What decides: cpu, waiting-requests, running-requests, query. Default:
    waiting-requests for vLLM, else cpu."""
    target: Above | None = None
    """The metric's value for each pod, above which pods are added. Default: 70 for cpu,
    2 and 32 for requests."""
    query: str | None = None
    """PromQL that gives one number, for query."""
    keda: bool | None = None
    """Whether KEDA is installed in the cluster, which all metrics but cpu need.
    Default: false."""
    scale_in_cooldown_seconds: NotNegative | None = None
    """Seconds that the metric has to be low before pods go, at most 3600. Default: 300."""


class ServiceRollout(Section):
    """How pods are replaced."""

    max_surge: NotNegative | None = None
    """Pods that may be there above replicas. Default: 1."""
    max_unavailable: NotNegative | None = None
    """Pods that may be missing, less than replicas. Default: 0."""
    min_ready_seconds: NotNegative | None = None
    """Seconds that a new pod has to be ready before the next old one goes, at most
    3600. Default: 30."""
    timeout_seconds: Positive | None = None
    """Seconds without progress after which `pulumi up` fails. Default: 1800 more than
    healthCheckTimeoutSeconds."""


class ServiceCanary(Section):
    """A candidate beside the pods that serve. What it doesn't say is as the service
    says."""

    percent: Annotated[int, Field(ge=0, le=50)]
    """Share of the requests that it gets, 0 to 50: a weight with ingress, else the
    numbers of pods."""
    image: str | None = None
    """The candidate's image."""
    model_data: str | None = None
    """Key of the candidate's model in the artifact bucket."""
    model: str | None = None
    """The candidate's model on the hub, for vLLM."""
    revision: str | None = None
    """Its revision."""
    environment: dict[str, str] | None = None
    """Environment variables on top of the service's. Default: none."""
    arguments_: list[str] | None = Field(default=None, alias="arguments")
    """Arguments of the server in place of the service's."""
    replicas: Positive | None = None
    """The candidate's pods; only with ingress. Default: percent of replicas, rounded
    up."""


class PodMetrics(Section):
    """What Prometheus finds at the pods."""

    path: str | None = None
    """Where. Default: /metrics."""
    requests: str | None = None
    """A counter of requests with the label status. Default: http_requests_total."""
    latency: str | None = None
    """A histogram of seconds, without _bucket. Default: http_request_duration_seconds,
    or vLLM's."""


class ServiceAlarms(Section):
    """When a service is unwell."""

    max_error_percent: Percent | None = None
    """Share of requests that may fail with a 5xx error. Needs metrics. Default: 1."""
    max_latency_ms: Above | None = None
    """Milliseconds within which 90 of 100 requests must be answered. Needs metrics.
    Default: 1000; none for vLLM."""
    max_first_token_ms: Above | None = None
    """Milliseconds within which 90 of 100 requests must get their first token; only for
    vLLM. Default: 2000."""
    max_waiting_requests: Positive | None = None
    """Requests that may wait in vLLM for each pod; only for vLLM. Default: 10."""
    evaluation_minutes: Positive | None = None
    """Minutes that it must be so before an alert, 1 to 60. Default: 3."""
    runbooks_url: str | None = None
    """Address of a folder with the runbooks, for links in alerts. Default: none."""


class ServiceSettings(Section):
    """A model that the training cluster serves, behind a Kubernetes Service. Its name
    is that of its namespace, too."""

    engine: EndpointEngine | None = None
    """What serves: container, vllm or kserve. Default: container."""
    image: str | None = None
    """Container image, by digest or an exact tag. Needed for container."""
    model_data: str | None = None
    """Key of the model's archive in the artifact bucket, or of its folder. Default: the
    image holds the model."""
    vllm: Vllm | None = None
    """How vLLM serves."""
    kserve: KServe | None = None
    """How KServe serves. Needed for kserve."""
    environment: dict[str, str] | None = None
    """Environment variables of the container. No secrets: they are shown in plans.
    Default: none."""
    secrets: dict[str, KubernetesSecret] | None = None
    """Environment variables whose values are in Kubernetes secrets. Default: none."""
    arguments_: list[str] | None = Field(default=None, alias="arguments")
    """Arguments of the container; for vLLM and KServe, on top of those that are there.
    Default: none."""
    port: Positive | None = None
    """Port of the container, above 1023; only for container. Default: 8080."""
    health_path: str | None = None
    """Path that answers 200 once the model can serve; only for container. Default:
    /ping."""
    replicas: Positive | None = None
    """Pods that serve, or that autoscaling starts with. Default: 2."""
    scaling: ServiceScaling | None = None
    """How many pods there may be. Default: replicas, always."""
    rollout: ServiceRollout | None = None
    """How pods are replaced."""
    canary: ServiceCanary | None = None
    """A candidate beside what serves. Default: none."""
    ingress: Ingress | None = None
    """How requests get in from outside of the cluster, always authenticated. Default:
    not at all."""
    accelerators: NotNegative | None = None
    """Accelerators of each pod. Needed for vllm. Default: 0."""
    accelerator: str | None = None
    """The resource that they are counted as. Default: nvidia.com/gpu."""
    cpu: Above | None = None
    """Cores of each pod. Default: 1, or 3 for each accelerator."""
    memory_gib: Positive | None = None
    """Memory of each pod, in GiB. Default: 2, or 12 for each accelerator."""
    shared_memory_gib: NotNegative | None = None
    """How much of memoryGib processes may share, at /dev/shm. Default: 2 with
    accelerators, else none."""
    volume_size_gb: Positive | None = None
    """Gigabytes of the node's disk for the model and for caches. Default: 30; 100 for a
    model from the hub."""
    pool: str | None = None
    """Pool of the training cluster that the pods run on. Default: wherever there is
    room."""
    node_labels: dict[str, str] | None = None
    """Labels of the nodes that the pods run on, in place of pool. Default: none."""
    taints: list[Taint] | None = None
    """Taints of those nodes, beside those of accelerators. Default: none."""
    priority_class: str | None = None
    """Name of the pods' PriorityClass. Default: the cluster's."""
    namespace: str | None = None
    """A namespace that is there already, and no team's. Default: one of its own, by its
    name."""
    service_account: str | None = None
    """A service account of that namespace. Default: one of its own."""
    run_as_user: NotNegative | None = None
    """Number of the user that the container runs as. Default: the image's, which can't
    be root."""
    writable_paths: list[str] | None = None
    """Folders that the container may write to, beside /tmp. Default: none."""
    reached_from: list[str] | None = None
    """Namespaces whose pods may call the service, beside its own. Default: none."""
    network_isolation: bool | None = None
    """Whether the pods are cut off from all networks but what they need to load a
    model. Default: true."""
    metrics: PodMetrics | None = None
    """What Prometheus finds at the pods. Default: vLLM's; for others none, and no
    alerts on errors and latency."""
    alarms: ServiceAlarms | None = None
    """When the service is unwell."""
    health_check_timeout_seconds: Positive | None = None
    """Seconds that a new pod has to answer its first health check, 60 to 7200. Default:
    600; 1800 for vLLM."""
    request_timeout_seconds: Positive | None = None
    """Seconds that a request may take, at most 3600. Default: 60; 600 for vLLM."""

    def arguments(self) -> dict[str, Any]:
        """The component's arguments. Its own `arguments` would be in the way of this
        method."""
        given = super().arguments()
        for section in (given, given.get("canary", {})):
            if "arguments_" in section:
                section["arguments"] = section.pop("arguments_")
        return given

    @property
    def reads_models(self) -> bool:
        """Whether its pods, or a candidate's, load a model from the artifact bucket."""
        return self.model_data is not None or (
            self.canary is not None and self.canary.model_data is not None
        )
