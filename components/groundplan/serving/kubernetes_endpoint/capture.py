"""Captured requests and responses: the containers beside the server.

Requests pass through KServe's agent, a reverse proxy in Go with a payload logger; any
HTTP server can be behind it. It posts events to the collector in the same pod, which
pairs them and writes data capture (`model_monitoring.analysis.collector`). Both are
native sidecars: they are there before the server is, and until it has ended.
"""

from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.kubernetes import pod_security
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.capture_args import KubernetesCaptureArgs
from groundplan.serving.kubernetes_endpoint.images import AGENT
from groundplan.storage import object_store
from groundplan.storage.object_store import ObjectStore

AGENT_PORT, COLLECTOR_PORT = 9081, 9082
"""KServe's own of the agent; that of `model_monitoring.analysis.collector`."""
END_SECONDS = 60
"""The agent's drain (30 seconds, kserve/kserve v0.20.0, cmd/agent/main.go), and the
collector's last object."""
USER = 65532
PROBE = {"name": "K-Network-Probe", "value": "queue"}
"""Answered by the agent itself (knative.dev/serving, pkg/queue/health); other probes of
the kubelet it refuses."""


@dataclass(frozen=True)
class Capture:
    """How a pod's requests are captured."""

    image: pulumi.Input[str]
    percent: int
    prefix: str
    bucket_name: pulumi.Input[str]
    object_store: ObjectStore | None
    """None with the artifact bucket."""

    def uri(self, endpoint: str, track: str) -> pulumi.Output[str]:
        """Returns the folder of the captures of one track."""
        return pulumi.Output.format("s3://{0}/{1}", self.bucket_name, self.folder(endpoint, track))

    def folder(self, endpoint: str, track: str = "") -> str:
        """Returns the folder of an endpoint's captures, or of one track's."""
        return f"{self.prefix}{endpoint}/{track}"


def resolve(args: KubernetesEndpointArgs) -> Capture | None:
    """Returns how requests are captured; None where they are not."""
    if "capture" not in args:
        return None
    filled = with_defaults(KubernetesCaptureArgs, args["capture"])
    store = filled.get("object_store")
    other = object_store.resolve(store) if store else None
    bucket = other.bucket_name if other else args["artifacts"]["bucket_name"]
    return Capture(filled["image"], filled["percent"], filled["prefix"], bucket, other)


def sidecars(capture: Capture, endpoint: str, track: str, port: int) -> list[dict[str, Any]]:
    """Returns the collector, and the agent before a server on a port."""
    return [_collector(capture, endpoint, track), _agent(endpoint, track, port)]


def _agent(endpoint: str, track: str, port: int) -> dict[str, Any]:
    return {
        "name": "agent",
        "image": AGENT,
        "restartPolicy": "Always",
        "args": [
            f"--port={AGENT_PORT}",
            f"--component-port={port}",
            f"--log-url=http://127.0.0.1:{COLLECTOR_PORT}/",
            "--log-mode=all",
            f"--inference-service={endpoint}",
            f"--endpoint={track}",
            "--component=predictor",
        ],
        # It has to be set, and may be empty: the server has a probe of its own.
        "env": [{"name": "SERVING_READINESS_PROBE", "value": ""}],
        "ports": [{"name": "http", "containerPort": AGENT_PORT, "protocol": "TCP"}],
        "readinessProbe": {
            "httpGet": {"path": "/", "port": AGENT_PORT, "httpHeaders": [PROBE]},
            "periodSeconds": 5,
            "timeoutSeconds": 5,
        },
        # It holds requests and responses until they are logged.
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": _security(),
    }


def _collector(capture: Capture, endpoint: str, track: str) -> dict[str, Any]:
    environment: list[dict[str, Any]] = [
        {"name": "HOME", "value": "/tmp"},  # noqa: S108 (the container's own)
        {"name": "PYTHONDONTWRITEBYTECODE", "value": "1"},
    ]
    if capture.object_store is not None:
        environment += capture.object_store.environment()
    return {
        "name": "collector",
        "image": capture.image,
        "restartPolicy": "Always",
        "command": ["python", "-m", "groundplan.model_monitoring.analysis.collector"],
        "args": [capture.uri(endpoint, track), str(capture.percent), str(COLLECTOR_PORT)],
        "env": environment,
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": _security(),
    }


def _security() -> dict[str, Any]:
    return {
        **pod_security.CONTAINER,
        "runAsNonRoot": True,
        "runAsUser": USER,
    }
