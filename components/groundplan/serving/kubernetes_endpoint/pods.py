"""The pods of an endpoint, as plain data: the spec of a pod.

No request is cut when a pod terminates. Kubernetes removes it from the Service, and
load balancers from their targets, while it continues to serve (`preStop`); then it
receives SIGTERM, completes its requests, and exits.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from groundplan.kubernetes import pod_security
from groundplan.serving.kubernetes_endpoint import capture, images, release, server
from groundplan.serving.kubernetes_endpoint.workload import NodeTaint, Workload
from groundplan.serving.model_endpoint.model_data import ARCHIVE

DEREGISTRATION_SECONDS = 30
"""Until no new requests arrive: the AWS Load Balancer Controller takes some seconds,
and the load balancer some more (its documentation, "Pod readiness gate" and
"Deregistration delay")."""
EXIT_SECONDS = 30
"""For the process to exit, after its last request."""

ARCHIVE_FOLDER = "/archive"
ARCHIVE_FILE = f"{ARCHIVE_FOLDER}/model{ARCHIVE}"
UNPACK = f"tar -xzf {ARCHIVE_FILE} -C {server.MODEL_FOLDER} && chmod -R a+rX {server.MODEL_FOLDER}"
"""The server runs as another user, and archives preserve the modes of their files."""
LOADER_USER = 65532
TMP = server.TMP


def grace_seconds(work: Workload) -> int:
    """Returns how long a pod may take to terminate."""
    captures = capture.END_SECONDS if work.capture is not None else 0
    return DEREGISTRATION_SECONDS + work.request_seconds + EXIT_SECONDS + captures


def spec(work: Workload, service_account: pulumi.Input[str]) -> dict[str, Any]:
    """Returns the spec of the pods that serve a model."""
    volumes, mounts = _storage(work)
    return {
        **placement(work),
        "serviceAccountName": service_account,
        "automountServiceAccountToken": False,  # EKS Pod Identity mounts a token of its own
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": grace_seconds(work),
        "securityContext": _pod_security(work),
        "topologySpreadConstraints": spread(work.labels),
        "initContainers": [*_loaders(work), *_sidecars(work)],
        "containers": [_container(work, mounts)],
        "volumes": volumes,
    }


def placement(work: Workload) -> dict[str, Any]:
    """Returns the node selector, the tolerations and the priority of the pods."""
    tolerations = [_toleration(taint) for taint in work.taints]
    # A pool of nodes with accelerators has their taint, for pods without any too.
    if work.accelerators or work.pool_taint is not None:
        tolerations.append({"key": work.accelerator, "operator": "Exists", "effect": "NoSchedule"})
    if work.pool_taint is not None:
        tolerations.append(_toleration(work.pool_taint))
    placed: dict[str, Any] = {"nodeSelector": dict(work.node_labels), "tolerations": tolerations}
    if work.priority_class is not None:
        placed["priorityClassName"] = work.priority_class
    return placed


def spread(labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Returns constraints that spread pods over zones, then over nodes, where capacity
    allows."""
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


def resources(work: Workload) -> dict[str, Any]:
    """Returns the requests and limits of one pod. CPU has no limit, which would
    throttle a server on a node with idle cores."""
    memory, count = f"{work.memory_gib}Gi", work.accelerators
    accelerated = {work.accelerator: str(count)} if count else {}
    return {
        "requests": {"cpu": f"{work.cpu:g}", "memory": memory, **accelerated},
        "limits": {"memory": memory, **accelerated},
    }


def _toleration(taint: NodeTaint) -> dict[str, Any]:
    return {
        "key": taint.key,
        "operator": "Equal",
        "value": taint.value,
        "effect": "NoSchedule",
    }


def _pod_security(work: Workload) -> dict[str, Any]:
    user = work.run_as_user
    context: dict[str, Any] = {
        "runAsNonRoot": user != 0,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    return context if user is None else {**context, "runAsUser": user}


def _container(work: Workload, mounts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    requirements = resources(work)
    copies = 2 if _is_archive(work) else 1
    requirements["requests"]["ephemeral-storage"] = f"{work.volume_size_gb * copies}G"
    # Requests that are captured come to the agent, whose port has the name then.
    port_name = "http" if work.capture is None else "server"
    check = {"httpGet": {"path": work.health_path, "port": port_name}}
    return {
        "name": "server",
        "image": work.image,
        **server.start(work),
        "env": server.environment(work),
        "ports": [{"name": port_name, "containerPort": work.port, "protocol": "TCP"}],
        "startupProbe": {
            **check,
            "periodSeconds": 10,
            "timeoutSeconds": 5,
            "failureThreshold": math.ceil(work.startup_seconds / 10),
        },
        "readinessProbe": {**check, "periodSeconds": 5, "timeoutSeconds": 5, "failureThreshold": 3},
        # Lenient: a restart loads the model again, and a busy server may respond
        # slowly.
        "livenessProbe": {
            **check,
            "periodSeconds": 10,
            "timeoutSeconds": 10,
            "failureThreshold": 6,
        },
        # The kubelet's own sleep (enabled since Kubernetes 1.30, KEP-3960), for which
        # images need no shell.
        "lifecycle": {"preStop": {"sleep": {"seconds": DEREGISTRATION_SECONDS}}},
        "resources": requirements,
        "securityContext": dict(pod_security.CONTAINER),
        "volumeMounts": list(mounts),
    }


def _storage(work: Workload) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Returns the volumes of a pod, and the mounts of its server."""
    size = f"{work.volume_size_gb}G"
    writable = {"tmp": TMP}
    if work.vllm is not None:
        writable["home"] = server.VLLM_HOME
    writable |= {f"writable-{number}": path for number, path in enumerate(work.writable_paths)}
    volumes: list[dict[str, Any]] = [
        {"name": name, "emptyDir": {"sizeLimit": size}} for name in writable
    ]
    mounts: list[dict[str, Any]] = [
        {"name": name, "mountPath": path} for name, path in writable.items()
    ]
    if shared := work.shared_memory_gib:
        volumes.append(
            {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": f"{shared}Gi"}}
        )
        mounts.append({"name": "shared-memory", "mountPath": "/dev/shm"})  # noqa: S108 (the container's own)
    if _downloads(work):
        volumes.append({"name": "model", "emptyDir": {"sizeLimit": size}})
        mounts.append({"name": "model", "mountPath": server.MODEL_FOLDER, "readOnly": True})
        if _is_archive(work):
            volumes.append({"name": "archive", "emptyDir": {"sizeLimit": size}})
    return volumes, mounts


def _downloads(work: Workload) -> bool:
    """Returns whether the model is copied to the node; vLLM streams it."""
    return work.model_data is not None and work.vllm is None


def _is_archive(work: Workload) -> bool:
    """Returns whether the node stores the model twice, packed and unpacked."""
    return _downloads(work) and (work.model_data or "").endswith(ARCHIVE)


def _sidecars(work: Workload) -> list[dict[str, Any]]:
    """Returns what captures requests, beside the server."""
    if work.capture is None:
        return []
    return capture.sidecars(work.capture, work.endpoint, work.track.value, work.port)


def _loaders(work: Workload) -> list[dict[str, Any]]:
    """Returns the init containers that download the model."""
    if not _downloads(work):
        return []
    env = release.variables(_is_archive(work)) if work.released else []
    env += work.object_store.environment() if work.object_store is not None else []
    uri, model = work.model_uri, {"name": "model", "mountPath": server.MODEL_FOLDER}
    if not _is_archive(work):
        arguments = ["s3", "cp", "--recursive", "--no-progress", uri, f"{server.MODEL_FOLDER}/"]
        return [_loader("download", images.DOWNLOAD, {"args": arguments}, [model], env)]
    archive = {"name": "archive", "mountPath": ARCHIVE_FOLDER}
    return [
        _loader("download", images.DOWNLOAD, {"args": _archive_download(work)}, [archive], env),
        _loader("unpack", images.UNPACK, {"command": ["sh", "-c", UNPACK]}, [archive, model]),
    ]


def _archive_download(work: Workload) -> list[Any]:
    """Returns the arguments of the AWS CLI. `s3 cp` cannot select a version."""
    pinned = work.model_object
    if pinned is None:
        return ["s3", "cp", "--no-progress", work.model_uri, ARCHIVE_FILE]
    key, version = pinned.key, pinned.version_id
    if work.released:
        key, version = (f"$({name})" for name in release.VARIABLES)
    which = ["--bucket", pinned.bucket, "--key", key, "--version-id", version]
    return ["s3api", "get-object", *which, ARCHIVE_FILE]


def _loader(
    name: str,
    image: str,
    start: Mapping[str, Any],
    mounts: Sequence[Mapping[str, Any]],
    env: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    return {
        "name": name,
        "image": image,
        **start,
        "env": [{"name": "HOME", "value": TMP}, *env],
        "resources": {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {
            **pod_security.CONTAINER,
            "runAsNonRoot": True,
            "runAsUser": LOADER_USER,
        },
        "volumeMounts": [*mounts, {"name": "tmp", "mountPath": TMP}],
    }
