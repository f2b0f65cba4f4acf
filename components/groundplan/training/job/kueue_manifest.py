"""A run as a Kubernetes Job that Kueue admits, as plain data: of a specification, whose
values may be outputs, or of a record, where nothing imports Pulumi.

Fields: Kubernetes API reference, `Job` (batch/v1), 1.35 and 1.36.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from groundplan.kubernetes.device_resources import EFA, GPU, NEURON
from groundplan.kubernetes.node_labels import POOL_LABEL
from groundplan.training.job import container, device_claim, job_topology, record
from groundplan.training.job.choices import AcceleratorKind


class DescribedCluster(Protocol):
    """Where a run executes."""

    @property
    def namespace(self) -> Any: ...

    @property
    def queue(self) -> str: ...

    @property
    def pool(self) -> str | None: ...

    @property
    def priority(self) -> str | None: ...

    @property
    def service_account(self) -> str: ...

    @property
    def efa_interfaces(self) -> int: ...

    @property
    def user_id(self) -> int: ...

    @property
    def topology(self) -> Mapping[str, str] | None: ...

    @property
    def device_claim(self) -> Mapping[str, Any] | None: ...


class Described(Protocol):
    """What a Job says of a run: of its specification, or of its record."""

    @property
    def name(self) -> str: ...

    @property
    def image(self) -> Any: ...

    @property
    def command(self) -> Sequence[str] | None: ...

    @property
    def arguments(self) -> Sequence[str] | None: ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...

    @property
    def environment(self) -> Mapping[str, Any]: ...

    @property
    def secrets(self) -> Mapping[str, Any]: ...

    @property
    def nodes(self) -> int: ...

    @property
    def accelerators(self) -> int: ...

    @property
    def accelerator_kind(self) -> AcceleratorKind: ...

    @property
    def cpu(self) -> int: ...

    @property
    def memory_gib(self) -> int: ...

    @property
    def max_runtime_seconds(self) -> int: ...

    @property
    def max_restarts(self) -> int: ...

    @property
    def cluster(self) -> DescribedCluster: ...


CONTAINER = "trainer"
PARAMETERS = "groundplan/parameters"
"""The annotation that holds the parameters; the container reads it as a file, so that a
job needs no ConfigMap."""
INDEX = "batch.kubernetes.io/job-completion-index"
HUGE_PAGES = "5120Mi"
"""What libfabric's EFA provider takes of the 2 MiB pages (Amazon EKS User Guide, "Run
machine learning training on Amazon EKS with Elastic Fabric Adapter", its NCCL test)."""

GRACE_SECONDS = 120
"""To write a last checkpoint: a spot instance is taken away two minutes after its
notice."""

NOT_WORTH_REPEATING = (2, 126, 127)
"""Exit codes of a run that would fail again: wrong usage (argparse, Bash), a command
that can't be executed or isn't there."""


def job(spec: Described, variables: Mapping[str, Any], *, name: Any, run: Any) -> dict[str, Any]:
    """Returns the Job. `variables` is the environment of every run
    (`container.environment`), `run` the run's id."""
    cluster, nodes = spec.cluster, spec.nodes
    labels = {"app.kubernetes.io/name": spec.name, "app.kubernetes.io/component": "training"}
    queueing = {"kueue.x-k8s.io/queue-name": cluster.queue}
    if cluster.priority is not None:
        queueing["kueue.x-k8s.io/priority-class"] = cluster.priority
    return {
        "metadata": {
            "name": name,
            "namespace": cluster.namespace,
            "labels": labels | queueing,
            "annotations": {
                "groundplan/run-id": run,
                # `up` would wait for the job's end, ten minutes long, and call it
                # failed then (provider/pkg/await/job.go).
                "pulumi.com/skipAwait": "true",
            },
        },
        "spec": {
            # Nothing starts outside of the queue, even where Kueue is absent.
            "suspend": True,
            "completionMode": "Indexed",
            "completions": nodes,
            "parallelism": nodes,
            # Counted from each admission: waiting and having been evicted don't count.
            "activeDeadlineSeconds": spec.max_runtime_seconds,
            # Each node has its own restarts: when one fails, the others, which lose
            # their peer, fail too.
            "backoffLimitPerIndex": spec.max_restarts,
            "maxFailedIndexes": 0,
            "podFailurePolicy": {
                "rules": [
                    # Drained, preempted by Kueue, or taken away with its spot instance.
                    {
                        "action": "Ignore",
                        "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
                    },
                    {
                        "action": "FailJob",
                        "onExitCodes": {
                            "containerName": CONTAINER,
                            "operator": "In",
                            "values": list(NOT_WORTH_REPEATING),
                        },
                    },
                ]
            },
            # No ttlSecondsAfterFinished: a job that is deleted is created, and run,
            # again by the next `pulumi up --refresh`.
            "template": {
                "metadata": {
                    "labels": labels,
                    "annotations": {
                        "groundplan/run-id": run,
                        PARAMETERS: json.dumps(record.parameters(spec.parameters), sort_keys=True),
                        # A node with a job on it is never emptied: neither by Karpenter
                        # nor by the cluster autoscaler.
                        "karpenter.sh/do-not-disrupt": "true",
                        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
                        **job_topology.annotations(cluster.topology),
                    },
                },
                "spec": _pod(spec, variables, name),
            },
        },
    }


def service(spec: Described, *, name: Any) -> dict[str, Any]:
    """Returns the headless Service that gives the pods of a job host names:
    `<job>-0.<job>`."""
    return {
        "metadata": {
            "name": name,
            "namespace": spec.cluster.namespace,
            "labels": {
                "app.kubernetes.io/name": spec.name,
                "app.kubernetes.io/component": "training",
            },
            "annotations": {
                "pulumi.com/skipAwait": "true"
            },  # it has no endpoints until the job is admitted
        },
        "spec": {
            "clusterIP": "None",
            "selector": {"batch.kubernetes.io/job-name": name},
            "publishNotReadyAddresses": True,  # they look for each other before they are ready
        },
    }


def claim_template(spec: Described, *, name: Any) -> dict[str, Any] | None:
    """Returns the ResourceClaimTemplate that the pods claim their GPUs by; None without
    a claim."""
    claim = spec.cluster.device_claim
    if claim is None:
        return None
    return {
        "metadata": {"name": name, "namespace": spec.cluster.namespace},
        "spec": device_claim.template(claim, spec.accelerators),
    }


def _pod(spec: Described, variables: Mapping[str, Any], name: Any) -> dict[str, Any]:
    nodes, user = spec.nodes, spec.cluster.user_id
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "serviceAccountName": spec.cluster.service_account,
        # AWS is reached by EKS Pod Identity, which brings a token of its own.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(spec, variables)],
        "volumes": [
            # 64 MiB otherwise: too little for the workers of a data loader, and for
            # NCCL.
            {
                "name": "shared-memory",
                "emptyDir": {"medium": "Memory", "sizeLimit": f"{spec.memory_gib}Gi"},
            },
            {
                "name": "parameters",
                "downwardAPI": {
                    "items": [
                        {
                            "path": container.PARAMETERS_FILE,
                            "fieldRef": {"fieldPath": f"metadata.annotations['{PARAMETERS}']"},
                        }
                    ]
                },
            },
        ],
    }
    if nodes > 1:
        pod["subdomain"] = name
    if spec.cluster.device_claim is not None:
        pod["resourceClaims"] = [{"name": device_claim.NAME, "resourceClaimTemplateName": name}]
    if spec.cluster.pool is not None:
        # Kueue then admits to that pool's flavor only.
        pod["nodeSelector"] = {POOL_LABEL: spec.cluster.pool}
    return pod


def _container(spec: Described, variables: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {
        "name": CONTAINER,
        "image": spec.image,
        "env": _environment(spec, variables),
        "resources": _resources(spec),
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108 (the container's own)
            {"name": "parameters", "mountPath": container.PARAMETERS_FOLDER, "readOnly": True},
        ],
    }
    for key, words in (("command", spec.command), ("args", spec.arguments)):
        if words is not None:
            content[key] = [_literally(word) for word in words]
    return content


def _environment(spec: Described, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    plain = {
        # A user without an entry in /etc/passwd has neither home nor name, and PyTorch
        # asks for both (torch/_inductor).
        "HOME": "/tmp",  # noqa: S108 (the container's own)
        "USER": CONTAINER,
        **{key: _literally(value) for key, value in spec.environment.items()},
        **variables,
    }
    secrets = spec.secrets
    return [
        # Sorted: another order would be another pod template.
        *({"name": key, "value": plain[key]} for key in sorted(plain)),
        {
            "name": "NODE_RANK",
            "valueFrom": {"fieldRef": {"fieldPath": f"metadata.annotations['{INDEX}']"}},
        },
        *(
            {
                "name": key,
                "valueFrom": {
                    "secretKeyRef": {
                        "name": secrets[key]["kubernetes_secret"],
                        "key": secrets[key]["key"],
                    }
                },
            }
            for key in sorted(secrets)
        ),
    ]


def _literally(text: Any) -> Any:
    """Returns text that Kubernetes passes on unchanged, as SageMaker does: it expands
    `$(NAME)`, and replaces `$$` by `$`."""
    return text.replace("$", "$$") if isinstance(text, str) else text


def _resources(spec: Described) -> dict[str, Any]:
    """Returns requests and limits: memory and devices are limited to the request; cores
    are not, so that data loaders use idle ones."""
    limits = {"memory": f"{spec.memory_gib}Gi"}
    claims: dict[str, Any] = {}
    if spec.cluster.device_claim is not None:
        claims = {"claims": [{"name": device_claim.NAME}]}
    elif spec.accelerators:
        neuron = spec.accelerator_kind is AcceleratorKind.NEURON
        limits[NEURON if neuron else GPU] = str(spec.accelerators)
    if interfaces := spec.cluster.efa_interfaces:
        limits |= {EFA: str(interfaces), "hugepages-2Mi": HUGE_PAGES}
    return {"requests": {"cpu": str(spec.cpu), **limits}, "limits": limits, **claims}
