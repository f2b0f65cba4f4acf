"""KServe's InferenceService in Standard mode, as plain data.

Keys: CustomResourceDefinition and pkg/constants/constants.go of kserve/kserve v0.20.0.
`RawDeployment` is the mode's old name.
"""

from typing import Any

import pulumi

from groundplan.serving.kubernetes_endpoint import objects, pods, server, workload
from groundplan.serving.kubernetes_endpoint.autoscaling import metric, target
from groundplan.serving.kubernetes_endpoint.choices import PodScalingMetric
from groundplan.serving.kubernetes_endpoint.workload import Workload

API_VERSION, KIND = "serving.kserve.io/v1beta1", "InferenceService"

CANARY = (
    "none with kserve: in Standard mode KServe doesn't read canaryTrafficPercent, only with Knative "
    "(v0.20.0, reconcilers/knative/ksvc_reconciler.go)"
)


def predictor(endpoint: str) -> str:
    """What KServe calls the Deployment and the Service."""
    return f"{endpoint}-predictor"


def annotations(work: Workload) -> dict[str, str]:
    """The mode, and who scales: KServe's own HorizontalPodAutoscaler, somebody else, or
    nobody."""
    scaler = "none"
    if workload.scales(work.args):
        scaler = "hpa" if metric(work.args) is PodScalingMetric.CPU else "external"
    return {
        "serving.kserve.io/deploymentMode": "Standard",
        "serving.kserve.io/autoscalerClass": scaler,
    }


def labels(work: Workload) -> dict[str, str]:
    """KServe would put an endpoint into its own ingress, without authentication."""
    return {**work.labels, "networking.kserve.io/visibility": "cluster-local"}


def spec(work: Workload, service_account: pulumi.Input[str]) -> dict[str, Any]:
    """The spec of an InferenceService."""
    args, given = work.args, work.args["kserve"]
    low, high = workload.limits(args)
    version = {"version": given["format_version"]} if "format_version" in given else {}
    model: dict[str, Any] = {
        "modelFormat": {"name": given["model_format"], **version},
        "storageUri": workload.model_uri(args),
        "args": list(args.get("arguments", ())),
        # No HOME: the runtimes have one.
        "env": [variable for variable in server.environment(work) if variable["name"] != "HOME"],
        "resources": pods.resources(args),
    }
    if "runtime" in given:
        model["runtime"] = given["runtime"]
    if "protocol_version" in given:
        model["protocolVersion"] = given["protocol_version"]
    scaled = {}
    if annotations(work)["serving.kserve.io/autoscalerClass"] == "hpa":
        scaled = {"scaleMetric": "cpu", "scaleTarget": round(target(args))}
    return {
        "predictor": {
            **pods.placement(args),
            **scaled,
            "minReplicas": low,
            "maxReplicas": high,
            "timeout": workload.request_seconds(args),
            "deploymentStrategy": objects.strategy(args),
            "labels": work.labels,
            "serviceAccountName": service_account,
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": pods.grace_seconds(args),
            "topologySpreadConstraints": pods.spread(work.labels),
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "model": model,
        }
    }
