"""Checks that pods meet the baseline Pod Security Standard."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.containers import containers, is_kubernetes, pods
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, objects, on, texts

SHARED = {"hostNetwork": "network", "hostPID": "processes", "hostIPC": "shared memory"}
"""Fields by which a pod shares namespaces of its node."""

ALLOWED = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
"""Capabilities that the baseline standard lets a container add. EFA and NCCL need
IPC_LOCK too, which locks memory only."""

LOCKS_MEMORY = frozenset({"IPC_LOCK"})


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if not is_kubernetes(resource):
        return
    for path, pod in pods(resource):
        yield from _pod(resource, path, pod)
    for path, container in containers(resource):
        yield from _container(resource, path, container)


def _pod(resource: Resource, path: str, pod: Mapping[str, Any]) -> Iterator[Breach]:
    for key, what in SHARED.items():
        if on(pod.get(key)):
            yield Breach(
                resource.urn,
                f"the pods of {resource.name} share the {what} of the node",
                f"{path}.{key}",
            )
    for index, volume in enumerate(objects(pod.get("volumes"))):
        if volume.get("hostPath") is not None:
            folder = at(volume, "hostPath", "path")
            reason = f"the pods of {resource.name} mount the node's directory {folder}"
            fix = (
                "use an emptyDir (medium Memory for /dev/shm), a persistent volume or a "
                "ConfigMap in place of hostPath"
            )
            yield Breach(
                resource.urn, reason, f"{path}.volumes[{index}].hostPath", Severity.MEDIUM, fix
            )


def _container(resource: Resource, path: str, container: Mapping[str, Any]) -> Iterator[Breach]:
    context = container.get("securityContext")
    who = f"container {container.get('name', '')} of {resource.name}"
    if on(at(context, "privileged")):
        reason = f"{who} is privileged: a vulnerability in it exposes the node and its credentials"
        yield Breach(resource.urn, reason, f"{path}.securityContext.privileged")
    added = [name.removeprefix("CAP_") for name in texts(at(context, "capabilities", "add"))]
    more = sorted(set(added) - ALLOWED - LOCKS_MEMORY)
    if more:
        fix = "remove the capabilities that it doesn't need"
        yield Breach(
            resource.urn,
            f"{who} adds {', '.join(more)}",
            f"{path}.securityContext.capabilities",
            fix=fix,
        )


RULE = Rule(
    name="pod-not-privileged",
    severity=Severity.HIGH,
    summary="Pods meet the baseline Pod Security Standard.",
    reason=(
        "A privileged container, or one with host namespaces or paths, has root access to its "
        "node, and to all pods and credentials there."
    ),
    fix="remove it: GPUs don't need it, as their device plugin gives containers access",
    check=check,
    url="https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline",
)
