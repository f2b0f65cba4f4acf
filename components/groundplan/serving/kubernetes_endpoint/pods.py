"""The pods of an endpoint. Pure data: the spec of a pod.

No request is cut when a pod goes. Kubernetes takes it out of the Service, and load
balancers out of their targets, while it goes on serving (`preStop`); then it is told to
stop, finishes what it has begun, and only then is it ended.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from groundplan.kubernetes.node_labels import POOL_LABEL
from groundplan.serving.kubernetes_endpoint import images, server, workload
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.workload import Workload
from groundplan.serving.model_endpoint.model_data import ARCHIVE

LEAVE_SECONDS = 30
"""Until nobody sends new requests: the AWS Load Balancer Controller takes some seconds,
and the load balancer some more (its documentation, "Pod readiness gate" and
"Deregistration delay")."""
END_SECONDS = 30
"""For the process itself, after its last request."""

ARCHIVE_FOLDER = "/archive"
ARCHIVE_FILE = f"{ARCHIVE_FOLDER}/model{ARCHIVE}"
UNPACK = f"tar -xzf {ARCHIVE_FILE} -C {server.MODEL_FOLDER} && chmod -R a+rX {server.MODEL_FOLDER}"
"""The server runs as another user, and archives keep the modes that their files had."""
RESTRICTED: Mapping[str, Any] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
LOADER_USER = 65532
TMP = server.TMP


def grace_seconds(args: KubernetesEndpointArgs) -> int:
    """How long a pod may take to go."""
    return LEAVE_SECONDS + workload.request_seconds(args) + END_SECONDS


def spec(work: Workload, service_account: pulumi.Input[str]) -> dict[str, Any]:
    """The pods that serve a model."""
    args = work.args
    volumes, mounts = _storage(work)
    return {
        **placement(args),
        "serviceAccountName": service_account,
        "automountServiceAccountToken": False,  # EKS Pod Identity brings a token of its own
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": grace_seconds(args),
        "securityContext": _pod_security(args),
        "topologySpreadConstraints": spread(work.labels),
        "initContainers": _loaders(args),
        "containers": [_container(work, mounts)],
        "volumes": volumes,
    }


def placement(args: KubernetesEndpointArgs) -> dict[str, Any]:
    """Which nodes the pods run on, and what they bear to be there."""
    labels, pool = dict(args.get("node_labels", {})), args.get("pool")
    tolerations = [_tolerates(taint["key"], taint["value"]) for taint in args.get("taints", ())]
    if workload.accelerators(args):
        tolerations.append(
            {"key": workload.accelerator(args), "operator": "Exists", "effect": "NoSchedule"}
        )
    if pool is not None:
        labels[POOL_LABEL] = pool
        tolerations.append(_tolerates(POOL_LABEL, pool))
    priority = {"priorityClassName": args["priority_class"]} if "priority_class" in args else {}
    return {"nodeSelector": labels, "tolerations": tolerations, **priority}


def spread(labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Over zones, then over nodes, wherever there is room."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(labels)},
            "matchLabelKeys": ["pod-template-hash"],  # else the old pods of a rollout count too
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def resources(args: KubernetesEndpointArgs) -> dict[str, Any]:
    """What one pod asks for. Memory and accelerators are limits too; cores aren't, as a
    limit slows a server that could go on."""
    memory, count = f"{workload.memory_gib(args)}Gi", workload.accelerators(args)
    accelerated = {workload.accelerator(args): str(count)} if count else {}
    return {
        "requests": {"cpu": f"{workload.cpu(args):g}", "memory": memory, **accelerated},
        "limits": {"memory": memory, **accelerated},
    }


def _tolerates(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "operator": "Equal", "value": value, "effect": "NoSchedule"}


def _pod_security(args: KubernetesEndpointArgs) -> dict[str, Any]:
    default = server.VLLM_USER if workload.is_vllm(args) else None
    user = args.get("run_as_user", default)
    context: dict[str, Any] = {
        "runAsNonRoot": user != 0,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    return context if user is None else {**context, "runAsUser": user}


def _container(work: Workload, mounts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    args, asked = work.args, resources(work.args)
    asked["requests"]["ephemeral-storage"] = (
        f"{workload.volume_size_gb(args) * (2 if _is_archive(args) else 1)}G"
    )
    check = {"httpGet": {"path": workload.health_path(args), "port": "http"}}
    return {
        "name": "server",
        "image": server.image(work),
        **server.start(work),
        "env": server.environment(work),
        "ports": [{"name": "http", "containerPort": workload.port(args), "protocol": "TCP"}],
        "startupProbe": {
            **check,
            "periodSeconds": 10,
            "timeoutSeconds": 5,
            "failureThreshold": math.ceil(workload.startup_seconds(args) / 10),
        },
        "readinessProbe": {**check, "periodSeconds": 5, "timeoutSeconds": 5, "failureThreshold": 3},
        # Patient: a restart costs a load of the model, and a busy server may be slow to
        # answer.
        "livenessProbe": {
            **check,
            "periodSeconds": 10,
            "timeoutSeconds": 10,
            "failureThreshold": 6,
        },
        # The kubelet's own sleep (on since Kubernetes 1.30, KEP-3960): images need no
        # shell for it.
        "lifecycle": {"preStop": {"sleep": {"seconds": LEAVE_SECONDS}}},
        "resources": asked,
        "securityContext": dict(RESTRICTED),
        "volumeMounts": list(mounts),
    }


def _storage(work: Workload) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The volumes, and where the server finds them."""
    args = work.args
    size = f"{workload.volume_size_gb(args)}G"
    places = {"tmp": TMP}
    if workload.is_vllm(args):
        places["home"] = server.VLLM_HOME
    places |= {
        f"writable-{number}": path for number, path in enumerate(args.get("writable_paths", ()))
    }
    volumes: list[dict[str, Any]] = [
        {"name": name, "emptyDir": {"sizeLimit": size}} for name in places
    ]
    mounts: list[dict[str, Any]] = [
        {"name": name, "mountPath": path} for name, path in places.items()
    ]
    if shared := workload.shared_memory_gib(args):
        volumes.append(
            {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": f"{shared}Gi"}}
        )
        mounts.append({"name": "shared-memory", "mountPath": "/dev/shm"})  # noqa: S108 (the container's own)
    if _loads(args):
        volumes.append({"name": "model", "emptyDir": {"sizeLimit": size}})
        mounts.append({"name": "model", "mountPath": server.MODEL_FOLDER, "readOnly": True})
        if _is_archive(args):
            volumes.append({"name": "archive", "emptyDir": {"sizeLimit": size}})
    return volumes, mounts


def _loads(args: KubernetesEndpointArgs) -> bool:
    """Whether the model is copied to the node; vLLM streams it."""
    return "model_data" in args and not workload.is_vllm(args)


def _is_archive(args: KubernetesEndpointArgs) -> bool:
    """Whether the model lies on the node twice, packed and unpacked."""
    return _loads(args) and args["model_data"].endswith(ARCHIVE)


def _loaders(args: KubernetesEndpointArgs) -> list[dict[str, Any]]:
    """What brings the model to the pod before the server starts."""
    if not _loads(args):
        return []
    uri, model = workload.model_uri(args), {"name": "model", "mountPath": server.MODEL_FOLDER}
    if not _is_archive(args):
        arguments = ["s3", "cp", "--recursive", "--no-progress", uri, f"{server.MODEL_FOLDER}/"]
        return [_loader("download", images.DOWNLOAD, {"args": arguments}, [model])]
    archive = {"name": "archive", "mountPath": ARCHIVE_FOLDER}
    return [
        _loader(
            "download",
            images.DOWNLOAD,
            {"args": ["s3", "cp", "--no-progress", uri, ARCHIVE_FILE]},
            [archive],
        ),
        _loader("unpack", images.UNPACK, {"command": ["sh", "-c", UNPACK]}, [archive, model]),
    ]


def _loader(
    name: str, image: str, start: Mapping[str, Any], mounts: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "name": name,
        "image": image,
        **start,
        "env": [{"name": "HOME", "value": TMP}],
        "resources": {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {**RESTRICTED, "runAsNonRoot": True, "runAsUser": LOADER_USER},
        "volumeMounts": [*mounts, {"name": "tmp", "mountPath": TMP}],
    }
