"""The enums of a `KubernetesEndpoint`'s arguments."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class EndpointEngine(str, Enum):
    """What serves the model."""

    CONTAINER = "container"
    """A container image of your own, in a Deployment. Images for SageMaker hosting run
    unchanged."""
    VLLM = "vllm"
    """vLLM's OpenAI-compatible server for language models, in a Deployment."""
    KSERVE = "kserve"
    """KServe's InferenceService in Standard mode, which runs one of KServe's serving
    runtimes in a Deployment."""


class PodScalingMetric(str, Enum):
    """The metric that pods are scaled by."""

    CPU = "cpu"
    """Percent of the pods' CPU requests, by a HorizontalPodAutoscaler. Not for pods
    with accelerators."""
    WAITING_REQUESTS = "waiting-requests"
    """Requests that wait in vLLM's queue, per pod, by KEDA."""
    RUNNING_REQUESTS = "running-requests"
    """Requests that vLLM processes at once, per pod, by KEDA."""
    QUERY = "query"
    """A PromQL query, per pod, by KEDA."""


class IngressKind(str, Enum):
    """What routes requests from outside of the cluster."""

    ALB = "alb"
    """An Ingress of the AWS Load Balancer Controller: an Application Load Balancer."""
    GATEWAY = "gateway"
    """An HTTPRoute of the Gateway API, on an existing Gateway."""


class IngressScheme(str, Enum):
    """Where the load balancer can be reached from."""

    INTERNAL = "internal"
    """The VPC, and networks that are connected to it."""
    INTERNET_FACING = "internet-facing"
    """The internet."""


class VllmDtype(str, Enum):
    """The data type of weights and activations in vLLM (`--dtype`)."""

    AUTO = "auto"
    BFLOAT16 = "bfloat16"
    HALF = "half"
    FLOAT16 = "float16"
    FLOAT = "float"
    FLOAT32 = "float32"


if TYPE_CHECKING:
    EndpointEngineValue = EndpointEngine | Literal["container", "vllm", "kserve"]
    PodScalingMetricValue = (
        PodScalingMetric | Literal["cpu", "waiting-requests", "running-requests", "query"]
    )
    IngressKindValue = IngressKind | Literal["alb", "gateway"]
    IngressSchemeValue = IngressScheme | Literal["internal", "internet-facing"]
    VllmDtypeValue = VllmDtype | Literal["auto", "bfloat16", "half", "float16", "float", "float32"]
else:
    EndpointEngineValue = EndpointEngine
    PodScalingMetricValue = PodScalingMetric
    IngressKindValue = IngressKind
    IngressSchemeValue = IngressScheme
    VllmDtypeValue = VllmDtype
