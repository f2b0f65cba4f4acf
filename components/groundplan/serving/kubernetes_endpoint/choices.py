"""The closed choices of a `KubernetesEndpoint`."""

from enum import Enum


class EndpointEngine(str, Enum):
    """What serves the model."""

    CONTAINER = "container"
    """A container of your own, in a Deployment. One that SageMaker can run serves here
    as it is."""
    VLLM = "vllm"
    """vLLM's OpenAI-compatible server of language models, in a Deployment."""
    KSERVE = "kserve"
    """KServe's InferenceService in its Standard mode, which runs one of KServe's
    serving runtimes in a Deployment."""


class PodScalingMetric(str, Enum):
    """What pods are added and removed by."""

    CPU = "cpu"
    """Percent of the cores that pods ask for, by a HorizontalPodAutoscaler. Not for
    pods with accelerators."""
    WAITING_REQUESTS = "waiting-requests"
    """Requests that wait inside of vLLM, for each pod, by KEDA."""
    RUNNING_REQUESTS = "running-requests"
    """Requests that vLLM works on at once, for each pod, by KEDA."""
    QUERY = "query"
    """Any PromQL query, for each pod, by KEDA."""


class IngressKind(str, Enum):
    """What lets requests in from outside of the cluster."""

    ALB = "alb"
    """An Ingress of the AWS Load Balancer Controller: an Application Load Balancer."""
    GATEWAY = "gateway"
    """An HTTPRoute of the Gateway API, on a Gateway that is there already."""


class IngressScheme(str, Enum):
    """Who can reach the load balancer."""

    INTERNAL = "internal"
    """The VPC, and what is connected to it."""
    INTERNET_FACING = "internet-facing"
    """Everybody."""


class VllmDtype(str, Enum):
    """What vLLM reckons with (`--dtype`)."""

    AUTO = "auto"
    BFLOAT16 = "bfloat16"
    HALF = "half"
    FLOAT16 = "float16"
    FLOAT = "float"
    FLOAT32 = "float32"
