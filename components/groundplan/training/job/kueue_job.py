"""A run as a Kubernetes Job that Kueue admits, in the words of Kubernetes: pure data,
but for values that are `Output`s.

Fields: Kubernetes API reference, `Job` (batch/v1), 1.35 and 1.36.
"""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.kubernetes.device_resources import EFA, GPU, NEURON
from groundplan.kubernetes.node_labels import POOL_LABEL
from groundplan.training.job import container, record
from groundplan.training.job.args import ClusterRunArgs, TrainingJobArgs
from groundplan.training.job.choices import AcceleratorKind

CONTAINER = "trainer"
PARAMETERS = "groundplan/parameters"
"""The annotation that holds the parameters; the container finds it as a file. So a job
needs no ConfigMap beside it."""
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


def job(
    args: TrainingJobArgs, told: Mapping[str, Any], *, name: Any, component: str, run: Any
) -> dict[str, Any]:
    """The Job. `told` has the environment that every run gets (`container.told`), `run`
    is the run's id."""
    chosen, nodes = args["cluster"], args["nodes"]
    labels = {"app.kubernetes.io/name": component, "app.kubernetes.io/component": "training"}
    queueing = {"kueue.x-k8s.io/queue-name": chosen["queue"]}
    if "priority" in chosen:
        queueing["kueue.x-k8s.io/priority-class"] = chosen["priority"]
    return {
        "metadata": {
            "name": name,
            "namespace": chosen["namespace"],
            "labels": labels | queueing,
            "annotations": {
                "groundplan/run-id": run,
                # `up` would wait for the job's end, ten minutes long, and call it
                # failed then (provider/pkg/await/job.go).
                "pulumi.com/skipAwait": "true",
            },
        },
        "spec": {
            # Nothing starts outside of the queue, even where Kueue isn't there.
            "suspend": True,
            "completionMode": "Indexed",
            "completions": nodes,
            "parallelism": nodes,
            # Counted from each admission: waiting and having been evicted don't count.
            "activeDeadlineSeconds": record.max_runtime(args),
            # Each node has its own restarts: when one fails, the others, which lose
            # their peer, fail too.
            "backoffLimitPerIndex": args["max_restarts"],
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
            # No ttlSecondsAfterFinished: a job that is gone is made, and run, again by
            # the next `pulumi up --refresh`.
            "template": {
                "metadata": {
                    "labels": labels,
                    "annotations": {
                        "groundplan/run-id": run,
                        PARAMETERS: json.dumps(record.parameters(args), sort_keys=True),
                        # A node with a job on it is never emptied: neither by Karpenter
                        # nor by the cluster autoscaler.
                        "karpenter.sh/do-not-disrupt": "true",
                        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
                    },
                },
                "spec": _pod(args, chosen, told, name),
            },
        },
    }


def service(args: TrainingJobArgs, *, name: Any, component: str) -> dict[str, Any]:
    """The Service without an address of its own by which the pods of a job have host
    names: `<job>-0.<job>`."""
    return {
        "metadata": {
            "name": name,
            "namespace": args["cluster"]["namespace"],
            "labels": {
                "app.kubernetes.io/name": component,
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


def host(args: TrainingJobArgs, name: pulumi.Output[str]) -> pulumi.Output[str]:
    """Where the processes of all nodes meet."""
    return (
        name.apply(lambda job: f"{job}-0.{job}")
        if args["nodes"] > 1
        else pulumi.Output.from_input("localhost")
    )


def _pod(
    args: TrainingJobArgs, chosen: ClusterRunArgs, told: Mapping[str, Any], name: Any
) -> dict[str, Any]:
    nodes, user = args["nodes"], chosen["user_id"]
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "serviceAccountName": chosen["service_account"],
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
        "containers": [_container(args, chosen, told)],
        "volumes": [
            # 64 MiB otherwise: too little for the workers of a data loader, and for
            # NCCL.
            {
                "name": "shared-memory",
                "emptyDir": {"medium": "Memory", "sizeLimit": f"{record.memory_gib(args)}Gi"},
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
    if "pool" in chosen:
        pod["nodeSelector"] = {
            POOL_LABEL: chosen["pool"]
        }  # Kueue then admits to that pool's flavor only
    return pod


def _container(
    args: TrainingJobArgs, chosen: ClusterRunArgs, told: Mapping[str, Any]
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": CONTAINER,
        "image": args["image"],
        "env": _environment(args, told),
        "resources": _resources(args, chosen),
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108 (the container's own)
            {"name": "parameters", "mountPath": container.PARAMETERS_FOLDER, "readOnly": True},
        ],
    }
    for key, words in (("command", args.get("command")), ("args", args.get("arguments"))):
        if words is not None:
            made[key] = [_literally(word) for word in words]
    return made


def _environment(args: TrainingJobArgs, told: Mapping[str, Any]) -> list[dict[str, Any]]:
    plain = {
        # A user without an entry in /etc/passwd has neither home nor name, and PyTorch
        # asks for both (torch/_inductor).
        "HOME": "/tmp",  # noqa: S108 (the container's own)
        "USER": CONTAINER,
        **{key: _literally(value) for key, value in args.get("environment", {}).items()},
        **told,
    }
    secrets = args.get("secrets", {})
    return [
        # In one order, whatever order they were given in: another one would be another
        # pod template.
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
    """Text as SageMaker passes it on. Kubernetes puts variables in place of `$(NAME)`,
    and `$` in place of `$$`."""
    return text.replace("$", "$$") if isinstance(text, str) else text


def _resources(args: TrainingJobArgs, chosen: ClusterRunArgs) -> dict[str, Any]:
    """Of memory and devices no more than asked for; of cores, whatever else is idle,
    which is what data loaders want."""
    limits = {"memory": f"{record.memory_gib(args)}Gi"}
    if count := record.accelerators(args):
        kind = args["accelerator_kind"]
        limits[NEURON if kind is AcceleratorKind.NEURON else GPU] = str(count)
    if interfaces := chosen["efa_interfaces"]:
        limits |= {EFA: str(interfaces), "hugepages-2Mi": HUGE_PAGES}
    return {"requests": {"cpu": str(record.cpu(args)), **limits}, "limits": limits}


class ClusterRun:
    """The Job of a run and, with several nodes, the Service that names its pods."""

    job: kubernetes.batch.v1.Job
    service: kubernetes.core.v1.Service | None

    def __init__(
        self,
        name: str,
        args: TrainingJobArgs,
        told: Mapping[str, Any],
        *,
        job_name: pulumi.Output[str],
        run: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        self.service = None
        if args["nodes"] > 1:
            wanted = service(args, name=job_name, component=name)
            self.service = kubernetes.core.v1.Service(
                f"{name}-service", metadata=wanted["metadata"], spec=wanted["spec"], opts=opts
            )
        made = job(args, told, name=job_name, component=name, run=run)
        first = [] if self.service is None else [self.service]
        self.job = kubernetes.batch.v1.Job(
            f"{name}-job",
            metadata=made["metadata"],
            spec=made["spec"],
            # Kueue sets `suspend`; without this, an update of anything else would
            # suspend a job that runs.
            opts=pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(depends_on=first, ignore_changes=["spec.suspend"])
            ),
        )
