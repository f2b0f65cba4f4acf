"""The values of MLflow's chart. Keys: charts/mlflow/values.yaml and values.schema.json
of the pinned version.

The chart's own ways to a database want its password as a value or in a Kubernetes
Secret. Neither is used: MLflow gets a database URI that holds nothing, and libpq the
rest from the file that `credentials` writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.registry.experiment_tracking import credentials, versions

NAME = SERVICE_ACCOUNT = "mlflow"
"""Of the release, and so of the Deployment, the Service and the service account."""
PORT = 5000
SELECTOR: Mapping[str, str] = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": NAME}
"""The chart's selectorLabels (templates/_helpers.tpl)."""

REPLICAS, MEMORY_GIB = 2, 2
WORKERS = 2
"""Processes of a pod; a little under 400 MiB each with 3.15. MLflow's own default is
4."""

SCRIPT_VOLUME, SCRIPT_FOLDER, SCRIPT = "groundplan-scripts", "/opt/groundplan", "credentials.py"
SECRETS_VOLUME = "groundplan-credentials"


@dataclass(frozen=True)
class Settings:
    """What the values depend on."""

    bucket: pulumi.Input[str]
    prefix: str
    region: pulumi.Input[str]
    database: Mapping[str, pulumi.Input[str]]
    """DATABASE_HOST, DATABASE_PORT, DATABASE_NAME and the ARNs of the secrets: what
    `credentials` is told."""
    script_checksum: str
    hosts: Sequence[str]
    """Names by which MLflow is called."""
    replicas: int = REPLICAS
    memory_gib: int = MEMORY_GIB
    image: str = versions.MLFLOW_IMAGE


def hosts(namespace: str) -> list[str]:
    """The names by which MLflow may be called; it refuses others, as a browser could be
    tricked into them."""
    service = [
        f"{NAME}.{namespace}",
        f"{NAME}.{namespace}.svc",
        f"{NAME}.{namespace}.svc.cluster.local",
    ]
    return ["localhost", "localhost:*", "127.0.0.1", "127.0.0.1:*", *service]


def values(settings: Settings) -> dict[str, Any]:
    """The whole of the values."""
    repository, tag, digest = _image(settings.image)
    return {
        "replicaCount": settings.replicas,
        "image": {"repository": repository, "tag": tag, "digest": digest},
        "serviceAccount": {"create": True, "name": SERVICE_ACCOUNT, "automount": False},
        # The rest of the security context, as the namespace asks for, is the chart's
        # own.
        "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        # Another script is another pod.
        "podAnnotations": {"groundplan/credentials": settings.script_checksum},
        "artifactRoot": {
            # Programs write to S3 by themselves, with their own permissions: models are
            # too large to go through here.
            "proxiedArtifactStorage": False,
            "s3": {"enabled": True, "bucket": settings.bucket, "path": settings.prefix.rstrip("/")},
        },
        # The last one of an option counts (click), and these come after the chart's own
        # `--backend-store-uri`.
        "extraArgs": {
            "appName": "basic-auth",
            "backendStoreUri": credentials.DATABASE_URI,
            "workers": str(WORKERS),
        },
        "extraFlags": ["noServeArtifacts"],
        "extraEnvVars": {
            **_connection(),
            "MLFLOW_AUTH_CONFIG_PATH": credentials.ACCOUNTS_FILE,
            "AWS_DEFAULT_REGION": settings.region,
        },
        "initContainers": [_sidecar(settings), _migration(settings)],
        "extraVolumes": [
            {"name": SCRIPT_VOLUME, "configMap": {"name": f"{NAME}-credentials"}},
            {"name": SECRETS_VOLUME, "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
        ],
        "extraVolumeMounts": [_secrets(read_only=True)],
        "serverAllowedHosts": list(settings.hosts),
        "resources": {
            "requests": {"cpu": "250m", "memory": f"{settings.memory_gib}Gi"},
            "limits": {"memory": f"{settings.memory_gib}Gi"},
        },
        "affinity": {
            "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [_apart()]}
        },
        # Its first start migrates nothing any more, but loads for half a minute.
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


def _sidecar(settings: Settings) -> dict[str, Any]:
    """Runs as long as the pod: an init container that is restarted is a sidecar (stable
    since Kubernetes 1.33). The next container starts once it has written its files."""
    ready = f"import os, sys; sys.exit(not os.path.exists('{credentials.ACCOUNTS_FILE}'))"
    return {
        **_container("credentials", settings, [], {"cpu": "20m", "memory": "256Mi"}),
        "restartPolicy": "Always",
        "env": [
            *({"name": key, "value": value} for key, value in settings.database.items()),
            {"name": "AWS_DEFAULT_REGION", "value": settings.region},
        ],
        "startupProbe": {
            "exec": {"command": ["python", "-c", ready]},
            "periodSeconds": 3,
            "timeoutSeconds": 5,
            "failureThreshold": 60,
        },
        "volumeMounts": [_scripts(), _secrets(read_only=False)],
    }


def _migration(settings: Settings) -> dict[str, Any]:
    """Brings the schemas to what this MLflow wants, before it starts. The chart's own
    one can't read the password."""
    return {
        **_container("migration", settings, ["migrate"], {"cpu": "100m", "memory": "1Gi"}),
        "env": [
            *({"name": key, "value": value} for key, value in _connection().items()),
            {"name": "MLFLOW_DISABLE_TELEMETRY", "value": "true"},
        ],
        "volumeMounts": [
            _scripts(),
            _secrets(read_only=True),
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }


def _container(
    name: str, settings: Settings, arguments: list[str], needs: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "name": name,
        "image": settings.image,
        "command": ["python", f"{SCRIPT_FOLDER}/{SCRIPT}", *arguments],
        "resources": {"requests": dict(needs), "limits": {"memory": needs["memory"]}},
        # The user is the chart's: files that only their owner may read are read by all
        # containers of the pod.
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": 1001,
            "runAsGroup": 1001,
        },
    }


def _scripts() -> dict[str, Any]:
    return {"name": SCRIPT_VOLUME, "mountPath": SCRIPT_FOLDER, "readOnly": True}


def _secrets(read_only: bool) -> dict[str, Any]:
    return {"name": SECRETS_VOLUME, "mountPath": credentials.FOLDER, "readOnly": read_only}


def _apart() -> dict[str, Any]:
    term = {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchLabels": dict(SELECTOR)},
    }
    return {"weight": 100, "podAffinityTerm": term}


def _image(image: str) -> tuple[str, str, str]:
    """Repository, tag and digest, as the chart wants them: it makes
    `repository:tag@digest` of them."""
    named, _, digest = image.partition("@")
    repository, colon, tag = named.rpartition(":")
    if not colon or "/" in tag:
        return named, "", digest
    return repository, tag, digest
