"""KServe's InferenceService in Standard mode, as plain data.

Keys: CustomResourceDefinition and pkg/constants/constants.go of kserve/kserve v0.20.0.
`RawDeployment` is the mode's old name.
"""

from typing import Any

import pulumi

from groundplan.serving.kubernetes_endpoint import objects, pods, server
from groundplan.serving.kubernetes_endpoint.choices import PodScalingMetric
from groundplan.serving.kubernetes_endpoint.spec import EndpointSpec
from groundplan.serving.kubernetes_endpoint.workload import KServe, Workload

RELEASED = ["spec.predictor.model.storageUri", "spec.predictor.annotations"]
"""What a release from the registry changes."""
API_VERSION, KIND = "serving.kserve.io/v1beta1", "InferenceService"


def annotations(spec: EndpointSpec) -> dict[str, str]:
    """Returns the mode, and the autoscaler: KServe's own HorizontalPodAutoscaler, an
    external one, or none."""
    scaler = "none"
    if spec.scaling is not None:
        scaler = "hpa" if spec.scaling.metric is PodScalingMetric.CPU else "external"
    return {
        "serving.kserve.io/deploymentMode": "Standard",
        "serving.kserve.io/autoscalerClass": scaler,
    }


def labels(work: Workload) -> dict[str, str]:
    """Returns the labels of the service. Without `cluster-local`, KServe would create
    an ingress without authentication."""
    return {**work.labels, "networking.kserve.io/visibility": "cluster-local"}


def service_spec(
    spec: EndpointSpec, kserve: KServe, service_account: pulumi.Input[str]
) -> dict[str, Any]:
    """Returns the spec of an InferenceService."""
    work, (low, high) = spec.stable, spec.limits
    scaled = {}
    if spec.scaling is not None and spec.scaling.metric is PodScalingMetric.CPU:
        scaled = {"scaleMetric": "cpu", "scaleTarget": round(spec.scaling.target)}
    return {
        "predictor": {
            **pods.placement(work),
            **scaled,
            "minReplicas": low,
            "maxReplicas": high,
            "timeout": work.request_seconds,
            "deploymentStrategy": objects.strategy(work),
            "labels": work.labels,
            "annotations": work.annotations,
            "serviceAccountName": service_account,
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": pods.grace_seconds(work),
            "topologySpreadConstraints": pods.spread(work.labels),
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "model": _model(work, kserve),
        }
    }


def _model(work: Workload, kserve: KServe) -> dict[str, Any]:
    version = {} if kserve.format_version is None else {"version": kserve.format_version}
    model: dict[str, Any] = {
        "modelFormat": {"name": kserve.model_format, **version},
        "storageUri": work.model_uri,
        "args": list(work.arguments),
        # No HOME: the runtimes set it.
        "env": [variable for variable in server.environment(work) if variable["name"] != "HOME"],
        "resources": pods.resources(work),
    }
    if kserve.runtime is not None:
        model["runtime"] = kserve.runtime
    if kserve.protocol_version is not None:
        model["protocolVersion"] = kserve.protocol_version
    return model
