"""The values of MLflow's chart. Keys: charts/mlflow/values.yaml and values.schema.json
of the pinned version.

The chart itself takes the database's password as a value or in a Kubernetes Secret.
Neither is used: MLflow's database URI is empty, and libpq reads the connection from the
file that `credentials` writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.kubernetes import pod_security
from groundplan.registry.experiment_tracking import credentials

NAME = SERVICE_ACCOUNT = "mlflow"
"""The name of the release, and so of the Deployment, the Service and the service
account."""
PORT = 5000
SELECTOR: Mapping[str, str] = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": NAME}
"""The chart's selectorLabels (templates/_helpers.tpl)."""

WORKERS = 2
"""Processes of a pod, of nearly 400 MiB each with 3.15. MLflow's default is 4."""

SCRIPT_VOLUME, SCRIPT_FOLDER, SCRIPT = "groundplan-scripts", "/opt/groundplan", "credentials.py"
SECRETS_VOLUME = "groundplan-credentials"


@dataclass(frozen=True)
class ChartInputs:
    """The inputs of the chart's values."""

    bucket: pulumi.Input[str]
    prefix: str
    region: pulumi.Input[str]
    database: Mapping[str, pulumi.Input[str]]
    """The environment variables of `credentials`: DATABASE_HOST, DATABASE_PORT,
    DATABASE_NAME and the ARNs of the secrets."""
    script_checksum: str
    hosts: Sequence[str]
    """Host names of requests that MLflow accepts."""
    replicas: int
    memory_gib: int
    image: str


def hosts(namespace: str) -> list[str]:
    """Returns the host names of requests that MLflow accepts; it rejects others,
    against DNS rebinding."""
    service = [
        f"{NAME}.{namespace}",
        f"{NAME}.{namespace}.svc",
        f"{NAME}.{namespace}.svc.cluster.local",
    ]
    return ["localhost", "localhost:*", "127.0.0.1", "127.0.0.1:*", *service]


def values(inputs: ChartInputs) -> dict[str, Any]:
    """Returns all values."""
    repository, tag, digest = _image(inputs.image)
    return {
        "replicaCount": inputs.replicas,
        "image": {"repository": repository, "tag": tag, "digest": digest},
        "serviceAccount": {"create": True, "name": SERVICE_ACCOUNT, "automount": False},
        # The rest of the security context that the namespace requires is the chart's.
        "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        # A changed script replaces the pods.
        "podAnnotations": {"groundplan/credentials": inputs.script_checksum},
        "artifactRoot": {
            # Programs write to S3 with their own permissions: models are too large for
            # a proxy.
            "proxiedArtifactStorage": False,
            "s3": {"enabled": True, "bucket": inputs.bucket, "path": inputs.prefix.rstrip("/")},
        },
        # The last occurrence of an option applies (click), and these follow the chart's
        # own `--backend-store-uri`.
        "extraArgs": {
            "appName": "basic-auth",
            "backendStoreUri": credentials.DATABASE_URI,
            "workers": str(WORKERS),
        },
        "extraFlags": ["noServeArtifacts"],
        "extraEnvVars": {
            **_connection(),
            "MLFLOW_AUTH_CONFIG_PATH": credentials.ACCOUNTS_FILE,
            "AWS_DEFAULT_REGION": inputs.region,
        },
        "initContainers": [_sidecar(inputs), _migration(inputs)],
        "extraVolumes": [
            {"name": SCRIPT_VOLUME, "configMap": {"name": f"{NAME}-credentials"}},
            {"name": SECRETS_VOLUME, "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
        ],
        "extraVolumeMounts": [_secrets(read_only=True)],
        "serverAllowedHosts": list(inputs.hosts),
        "resources": {
            "requests": {"cpu": "250m", "memory": f"{inputs.memory_gib}Gi"},
            "limits": {"memory": f"{inputs.memory_gib}Gi"},
        },
        "affinity": {"podAntiAffinity": _anti_affinity()},
        # A start takes half a minute.
        "livenessProbe": {
            "initialDelaySeconds": 60,
            "periodSeconds": 30,
            "timeoutSeconds": 5,
            "failureThreshold": 5,
        },
        "readinessProbe": {
            "initialDelaySeconds": 10,
            "periodSeconds": 10,
            "timeoutSeconds": 5,
            "failureThreshold": 3,
        },
    }


def _connection() -> dict[str, str]:
    return {"PGSERVICEFILE": credentials.SERVICE_FILE, "PGSERVICE": credentials.SERVICE}


def _sidecar(inputs: ChartInputs) -> dict[str, Any]:
    """Returns a sidecar: an init container that is restarted (stable since Kubernetes
    1.33). The next container starts once it has written its files."""
    ready = f"import os, sys; sys.exit(not os.path.exists('{credentials.ACCOUNTS_FILE}'))"
    return {
        **_container("credentials", inputs, [], {"cpu": "20m", "memory": "256Mi"}),
        "restartPolicy": "Always",
        "env": [
            *({"name": key, "value": value} for key, value in inputs.database.items()),
            {"name": "AWS_DEFAULT_REGION", "value": inputs.region},
        ],
        "startupProbe": {
            "exec": {"command": ["python", "-c", ready]},
            "periodSeconds": 3,
            "timeoutSeconds": 5,
            "failureThreshold": 60,
        },
        "volumeMounts": [_scripts(), _secrets(read_only=False)],
    }


def _migration(inputs: ChartInputs) -> dict[str, Any]:
    """Returns the init container that migrates the schemas to this version of MLflow.
    The chart's own cannot read the password."""
    return {
        **_container("migration", inputs, ["migrate"], {"cpu": "100m", "memory": "1Gi"}),
        "env": [
            *({"name": key, "value": value} for key, value in _connection().items()),
            {"name": "MLFLOW_DISABLE_TELEMETRY", "value": "true"},
        ],
        "volumeMounts": [
            _scripts(),
            _secrets(read_only=True),
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 (the chart's)
        ],
    }


def _container(
    name: str, inputs: ChartInputs, arguments: list[str], requests: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "name": name,
        "image": inputs.image,
        "command": ["python", f"{SCRIPT_FOLDER}/{SCRIPT}", *arguments],
        "resources": {"requests": dict(requests), "limits": {"memory": requests["memory"]}},
        # The chart's user: all containers of the pod read files that only their owner
        # may read.
        "securityContext": {
            **pod_security.CONTAINER,
            "privileged": False,
            "runAsNonRoot": True,
            "runAsUser": 1001,
            "runAsGroup": 1001,
        },
    }


def _scripts() -> dict[str, Any]:
    return {"name": SCRIPT_VOLUME, "mountPath": SCRIPT_FOLDER, "readOnly": True}


def _secrets(read_only: bool) -> dict[str, Any]:
    return {"name": SECRETS_VOLUME, "mountPath": credentials.FOLDER, "readOnly": read_only}


def _anti_affinity() -> dict[str, Any]:
    term = {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchLabels": dict(SELECTOR)},
    }
    preferred = {"weight": 100, "podAffinityTerm": term}
    return {"preferredDuringSchedulingIgnoredDuringExecution": [preferred]}


def _image(image: str) -> tuple[str, str, str]:
    """Returns repository, tag and digest, which the chart joins to
    `repository:tag@digest`."""
    named, _, digest = image.partition("@")
    repository, colon, tag = named.rpartition(":")
    if not colon or "/" in tag:
        return named, "", digest
    return repository, tag, digest
