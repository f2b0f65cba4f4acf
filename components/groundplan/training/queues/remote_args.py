"""The arguments of a queue whose jobs run in other clusters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from groundplan.arguments import defaults, known, with_defaults
from groundplan.kubernetes.namespaces import SHORT_NAME
from groundplan.problems import Problem, whole_number

NAME = "remote"
"""Of the AdmissionCheck, its configuration, the flavor and the queues."""

MAX_CLUSTERS = 20
"""`clusters` of a MultiKueueConfig, `maxItems`."""


class RemoteQueueArgs(TypedDict):
    """A queue whose jobs run in other clusters, by MultiKueue: `cluster.queue: remote`
    of a TrainingJob in the namespace `training`. All changes update in place."""

    kubeconfig_secrets: Mapping[str, str]
    """Worker cluster -> the Secret in `kueue-system` whose key `kubeconfig` has its
    kubeconfig, 1 to 20. Each worker needs Kueue of the same version, and a LocalQueue
    `remote` in the namespace `training`."""
    cpu: int
    """Cores of all worker clusters."""
    memory_gib: int
    """Memory of all worker clusters in GiB."""
    gpus: NotRequired[int]
    """NVIDIA GPUs of all worker clusters. Default: 0."""


REMOTE_QUEUE_DEFAULTS = defaults(RemoteQueueArgs, gpus=0)


@dataclass(frozen=True)
class RemoteQueueSpec:
    """A remote queue, complete."""

    kubeconfig_secrets: Mapping[str, str]
    cpu: int
    memory_gib: int
    gpus: int


def resolve(args: RemoteQueueArgs) -> RemoteQueueSpec:
    """Returns the spec of valid arguments."""
    own = with_defaults(RemoteQueueArgs, args)
    return RemoteQueueSpec(
        dict(sorted(own["kubeconfig_secrets"].items())),
        own["cpu"],
        own["memory_gib"],
        own["gpus"],
    )


def is_complete(args: Mapping[str, Any]) -> bool:
    """Returns whether all required values are there; `arguments.read` reports those
    that are missing."""
    return all(known(args.get(key)) for key in RemoteQueueArgs.__required_keys__)


def problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of the arguments."""
    secrets = args.get("kubeconfig_secrets")
    found = [
        *whole_number("cpu", args.get("cpu"), 1, 10_000_000, "cores"),
        *whole_number("memory_gib", args.get("memory_gib"), 1, 100_000_000, "GiB"),
        *whole_number("gpus", args.get("gpus"), 0, 1_000_000),
    ]
    if isinstance(secrets, Mapping):
        if not 1 <= len(secrets) <= MAX_CLUSTERS:
            allowed = f"1 to {MAX_CLUSTERS} worker clusters"
            fix = "name each with the Secret of its kubeconfig"
            found.append(Problem("kubeconfig_secrets", len(secrets), allowed, fix))
        found += [
            Problem(
                f"kubeconfig_secrets.{cluster}",
                "something else",  # it may be the kubeconfig itself
                "names of Kubernetes objects: lower-case letters, digits and hyphens",
                "give the Secret's name, never the kubeconfig itself",
            )
            for cluster, secret in secrets.items()
            if not SHORT_NAME.fullmatch(cluster)
            or (isinstance(secret, str) and not _is_name(secret))
        ]
    return found


def _is_name(text: str) -> bool:
    return len(text) <= 253 and text == text.lower() and text.replace("-", "a").isalnum()
