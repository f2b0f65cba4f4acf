"""What a `KubernetesEndpoint` can be told.

Where a `ModelEndpoint` has the same argument, it has the same name and meaning here.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.kubernetes.taints import NodeTaintArgs
from groundplan.serving.kubernetes_endpoint.choices import (
    EndpointEngine,
    PodScalingMetric,
    VllmDtype,
)
from groundplan.serving.kubernetes_endpoint.ingress_args import EndpointIngressArgs
from groundplan.storage.access import ArtifactAccessArgs


class KubernetesSecretArgs(TypedDict):
    """Where a secret is kept in the endpoint's namespace. Neither Pulumi's state nor a
    log gets to know its value."""

    name: pulumi.Input[str]
    """Name of the Kubernetes secret."""
    key: pulumi.Input[str]
    """Key in it."""


class VllmArgs(TypedDict):
    """How vLLM serves a language model. Changing any of it rolls the pods out anew."""

    model: NotRequired[str]
    """Model on the Hugging Face Hub, `Qwen/Qwen3-8B`, in place of `model_data`. Give
    `revision` too."""
    revision: NotRequired[str]
    """Commit, tag or branch on the hub; only a commit is always the same. Needed with
    `model`."""
    hub_token: NotRequired[KubernetesSecretArgs]
    """Where the hub's token is kept, for models that need one (`HF_TOKEN`). Default:
    none."""
    served_model_name: NotRequired[str]
    """What clients write as `model`. Default: the endpoint's name."""
    tensor_parallel_size: NotRequired[int]
    """Accelerators that one copy of the model is spread over; has to divide
    `accelerators`, and several copies share the pod where it is less. Default:
    `accelerators`."""
    max_model_len: NotRequired[int]
    """Most tokens of a request and its answer together. Less needs less memory.
    Default: what the model's configuration says."""
    gpu_memory_utilization: NotRequired[float]
    """Share of the accelerators' memory that vLLM takes, above 0 and up to 1. Default:
    vLLM's."""
    dtype: NotRequired[VllmDtype]
    """What it reckons with. Default: `auto`, as the model's configuration says."""
    quantization: NotRequired[str]
    """How the weights are quantized: `fp8`, `awq`. Default: as the model's
    configuration says."""
    api_key: NotRequired[KubernetesSecretArgs]
    """Where the key is kept that clients have to send (`Authorization: Bearer`). vLLM
    asks for it below `/v1` only, so that is all an ingress lets through. Default:
    none."""


class KServeArgs(TypedDict):
    """How KServe serves a model. Changing any of it rolls the pods out anew."""

    model_format: str
    """What the model is stored as, by which KServe chooses the runtime: `sklearn`,
    `xgboost`, `huggingface`, `onnx`."""
    format_version: NotRequired[str]
    """Version of the format. Default: any."""
    runtime: NotRequired[str]
    """Name of the ServingRuntime or ClusterServingRuntime. Default: KServe chooses by
    the format."""
    protocol_version: NotRequired[str]
    """`v1`, `v2` or `grpc-v2`. Default: the runtime's."""


class KubernetesScalingArgs(TypedDict):
    """How many pods there may be. Changing any of it updates autoscaling in place."""

    min: NotRequired[int]
    """The fewest pods, at least 1. Default: `replicas`."""
    max: int
    """The most pods, and so the most accelerators that the endpoint takes."""
    metric: NotRequired[PodScalingMetric]
    """What decides. Default: `waiting-requests` for vLLM, else `cpu`; pods with
    accelerators need `query`."""
    target: NotRequired[float]
    """The metric's value for each pod, above which pods are added. Default: 70
    (percent) for `cpu`, 2 for `waiting-requests`, 32 for `running-requests`."""
    query: NotRequired[str]
    """PromQL that gives one number, for `query`: the sum over all pods. KEDA divides it
    by the pods."""
    keda: NotRequired[bool]
    """Whether KEDA is installed in the cluster, which all metrics but `cpu` need.
    Default: false."""
    prometheus_url: NotRequired[pulumi.Input[str]]
    """Where KEDA asks. Default: the Prometheus that `MonitoringStack` installs."""
    scale_in_cooldown_seconds: NotRequired[int]
    """Seconds that the metric has to be low before pods go, 0 to 3600. Default: 300."""


class KubernetesRolloutArgs(TypedDict):
    """How pods are replaced. Changing any of it updates the Deployment in place,
    without new pods."""

    max_surge: NotRequired[int]
    """Pods that may be there above `replicas`: each needs free accelerators. Default:
    1, so that no request finds a pod less."""
    max_unavailable: NotRequired[int]
    """Pods that may be missing, for clusters with no accelerator to spare; less than
    `replicas`. Default: 0."""
    min_ready_seconds: NotRequired[int]
    """Seconds that a new pod has to be ready before the next old one goes, 0 to 3600.
    Default: 30."""
    timeout_seconds: NotRequired[int]
    """Seconds without progress after which `pulumi up` fails and the old pods go on
    serving; node, image and model have to come in it. Default: 1800 more than
    `health_check_timeout_seconds`."""


class KubernetesCanaryArgs(TypedDict):
    """A candidate beside the pods that serve. What it doesn't say is as the endpoint's
    own arguments say.

    To promote it, make its arguments the endpoint's own and remove it; to roll back,
    remove it or set `percent` to 0.
    """

    percent: int
    """Share of the requests that the candidate gets, 0 to 50. With `ingress`, a weight
    on requests that come by it; others get the old model. Without, the Service knows
    pods of both, and their numbers are the share. Updates in place."""
    image: NotRequired[pulumi.Input[str]]
    """Container image. Default: the endpoint's `image`."""
    model_data: NotRequired[str]
    """Key of the model in the artifact bucket. Default: the endpoint's `model_data`."""
    model: NotRequired[str]
    """Model on the hub, for vLLM. Default: `vllm.model`."""
    revision: NotRequired[str]
    """Its revision. Default: `vllm.revision`, but for another `model`, which needs one
    of its own."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables on top of the endpoint's; the candidate's win. Default:
    none."""
    arguments: NotRequired[Sequence[str]]
    """Arguments of the server in place of the endpoint's. Default: the endpoint's
    `arguments`."""
    replicas: NotRequired[int]
    """The candidate's pods; only with `ingress`, as their number is the share without.
    Default: `percent` of `replicas`, rounded up."""


class PodMetricsArgs(TypedDict):
    """What Prometheus finds at the pods. The defaults are the names of
    prometheus-fastapi-instrumentator, and vLLM's."""

    path: NotRequired[str]
    """Where. Default: `/metrics`, on the port that serves."""
    requests: NotRequired[str]
    """A counter of requests with the label `status`: `503`, or `5xx`. Default:
    `http_requests_total`."""
    latency: NotRequired[str]
    """A histogram of seconds, without `_bucket`. Default:
    `http_request_duration_seconds`; for vLLM `vllm:e2e_request_latency_seconds`."""


class KubernetesAlarmsArgs(TypedDict):
    """When an endpoint is unwell. Changing any of it updates the alerts in place."""

    max_error_percent: NotRequired[float]
    """Share of requests that may fail with a 5xx error, in percent. Needs metrics.
    Default: 1."""
    max_latency_ms: NotRequired[float]
    """Milliseconds within which 90 of 100 requests must be answered. Needs metrics.
    Default: 1000; none for vLLM, whose answers differ in length."""
    max_first_token_ms: NotRequired[float]
    """Milliseconds within which 90 of 100 requests must get their first token; only for
    vLLM. Default: 2000."""
    max_waiting_requests: NotRequired[int]
    """Requests that may wait in vLLM for each pod; only for vLLM. Default: 10."""
    evaluation_minutes: NotRequired[int]
    """Minutes that it must be so before an alert, 1 to 60. Default: 3."""
    runbooks_url: NotRequired[str]
    """Address of a folder with the runbooks, for links in alerts. Default: none; alerts
    name the files."""


class KubernetesEndpointArgs(TypedDict):
    """What a `KubernetesEndpoint` can be told. The cluster comes by the Kubernetes
    provider in the component's options."""

    engine: NotRequired[EndpointEngine]
    """What serves: `container`, `vllm` or `kserve`. Default: `container`. For another
    engine, give the endpoint another name: it makes other objects."""
    image: NotRequired[pulumi.Input[str]]
    """Container image, with a version as tag or a digest. Needed for `container`;
    KServe's runtime brings its own. Default for vLLM:
    `groundplan.serving.kubernetes_endpoint.images.VLLM`. Changing it rolls the pods out
    anew."""
    model_data: NotRequired[str]
    """Key of the model's archive in the artifact bucket
    (`models/fraud/3/model.tar.gz`), or of a folder (`models/fraud/3/`); vLLM takes
    folders of safetensors files only. A container finds it unpacked in `/opt/ml/model`;
    vLLM streams it from S3 to the accelerators. Needs `artifacts`. Default: none.
    Changing it rolls the pods out anew."""
    artifacts: NotRequired[ArtifactAccessArgs]
    """The artifact bucket, as `ArtifactBucket.access` gives it. Makes a role that may
    read below the model's folder and nothing else, and ties it to the pods by EKS Pod
    Identity. Needs `cluster_name`. Default: none, and nothing is made in AWS."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """Name of the EKS cluster, with the add-on `eks-pod-identity-agent`. Needs
    `artifacts`. Changing it replaces the pod identity association."""
    vllm: NotRequired[VllmArgs]
    """How vLLM serves. Default: its defaults."""
    kserve: NotRequired[KServeArgs]
    """How KServe serves. Needed for `kserve`."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables of the container. Default: none. Changing them rolls the
    pods out anew."""
    secrets: NotRequired[Mapping[str, KubernetesSecretArgs]]
    """Environment variables whose values are in Kubernetes secrets. Default: none.
    Changing them rolls the pods out anew."""
    arguments: NotRequired[Sequence[str]]
    """Arguments of the container; for vLLM and KServe, on top of those that are there.
    Default: none. Changing them rolls the pods out anew."""
    port: NotRequired[int]
    """Port of the container, above 1023; only for `container`. Default: 8080, as
    SageMaker's containers. Updates in place, with new pods."""
    health_path: NotRequired[str]
    """Path that answers 200 once the model can serve; only for `container`. Default:
    `/ping`, as SageMaker's containers. Changing it rolls the pods out anew."""
    replicas: NotRequired[int]
    """Pods that serve, or that autoscaling starts with. Default: 2, so that the
    endpoint survives the loss of one. Updates in place."""
    scaling: NotRequired[KubernetesScalingArgs]
    """How many pods there may be. Default: none; `replicas` is how many there are."""
    rollout: NotRequired[KubernetesRolloutArgs]
    """How pods are replaced. Default: one above their number, one by one."""
    canary: NotRequired[KubernetesCanaryArgs]
    """A candidate beside what serves; not for KServe, which splits traffic with Knative
    only. Default: none."""
    ingress: NotRequired[EndpointIngressArgs]
    """How requests get in from outside of the cluster, always authenticated. Default:
    not at all."""
    accelerators: NotRequired[int]
    """Accelerators of each pod. Needed for vLLM. Default: 0. Changing it rolls the pods
    out anew."""
    accelerator: NotRequired[str]
    """The resource that they are counted as. Default: `nvidia.com/gpu`. Changing it
    rolls the pods out anew."""
    cpu: NotRequired[float]
    """Cores of each pod. Default: 1, or 3 for each accelerator. Changing it rolls the
    pods out anew."""
    memory_gib: NotRequired[int]
    """Memory of each pod, in GiB, and its limit. Default: 2, or 12 for each
    accelerator. Changing it rolls the pods out anew."""
    shared_memory_gib: NotRequired[int]
    """How much of `memory_gib` processes may share, at `/dev/shm`. Default: 2 with
    accelerators, else none of its own. Changing it rolls the pods out anew."""
    volume_size_gb: NotRequired[int]
    """Gigabytes of the node's disk for the model and for caches, 1 to 16384. Default:
    30; 100 for a model from the hub. Changing it rolls the pods out anew."""
    pool: NotRequired[str]
    """Pool of a `TrainingCluster` that the pods run on. Default: wherever there is
    room. Changing it rolls the pods out anew."""
    node_labels: NotRequired[Mapping[str, str]]
    """Labels of the nodes that the pods run on, in place of `pool`. Default: none.
    Changing them rolls the pods out anew."""
    taints: NotRequired[Sequence[NodeTaintArgs]]
    """Taints of those nodes, beside those of accelerators, which are tolerated anyway.
    Default: none. Changing them rolls the pods out anew."""
    priority_class: NotRequired[pulumi.Input[str]]
    """Name of the pods' PriorityClass: one above that of jobs lets the endpoint take
    nodes from them. Default: the cluster's. Changing it rolls the pods out anew."""
    service_account: NotRequired[pulumi.Input[str]]
    """Name of a service account in `namespace`, in place of one that is created.
    Default: none. Changing it rolls the pods out anew."""
    run_as_user: NotRequired[int]
    """Number of the user that the container runs as; 0, root, only where the image
    can't do otherwise. Default: vLLM's own user, 2000; for a container the image's,
    which must be a number other than 0. Changing it rolls the pods out anew."""
    writable_paths: NotRequired[Sequence[str]]
    """Folders that the container may write to, beside `/tmp`; all else is read-only.
    They are empty at first. Default: none. Changing them rolls the pods out anew."""
    namespace: NotRequired[str]
    """A namespace that is there already. One whose jobs Kueue queues is none for
    endpoints. Default: one of the endpoint's own, by its name. Replaces everything."""
    reached_from: NotRequired[Sequence[str]]
    """Namespaces whose pods may call the endpoint, beside its own; Prometheus' may
    anyway. Default: none. Updates in place."""
    network_isolation: NotRequired[bool]
    """Whether the pods are cut off from all networks but name resolution and, where
    they load a model, HTTPS. Takes a network plugin that enforces policies. Default:
    true. Updates in place."""
    metrics: NotRequired[PodMetricsArgs]
    """What Prometheus finds at the pods. Default: vLLM's; for others none, and no
    alerts on errors and latency."""
    alarms: NotRequired[KubernetesAlarmsArgs]
    """When the endpoint is unwell; Alertmanager tells people. Nothing rolls back by
    itself: the runbooks say how to."""
    prometheus: NotRequired[bool]
    """Whether the cluster has the Prometheus operator, as `MonitoringStack` installs
    it. Default: true. Without it there are no alerts."""
    health_check_timeout_seconds: NotRequired[int]
    """Seconds that a new pod has to answer its first health check, 60 to 7200. Default:
    600; 1800 for vLLM. Changing it rolls the pods out anew."""
    request_timeout_seconds: NotRequired[int]
    """Seconds that a request may take, 1 to 3600: as long, pods that go finish what
    they have begun. Default: 60; 600 for vLLM. Changing it rolls the pods out anew."""
    endpoint_name: NotRequired[str]
    """Name of the endpoint, its Service and, by default, its namespace. Default: the
    component's name. Replaces everything."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of what is made in AWS. Updates in place."""
