"""Validates the folders that the container may write to, beside those that are mounted
in any case."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from groundplan.problems import Problem
from groundplan.serving.kubernetes_endpoint import resolution, server
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs

FOLDER = re.compile(r"/[\w.-]+(/[\w.-]+)*")

SYSTEM = {
    "/proc": "the kernel",
    "/sys": "the kernel",
    "/dev": "devices and shared memory",
    "/run/secrets": "the credentials of the pod's service account and role",
    "/var/run/secrets": "the credentials of the pod's service account and role",
}
"""Folders that the container runtime and Kubernetes mount. A volume in place of a token
hides it: Kubernetes documentation, "ServiceAccount admission controller"; Amazon EKS
User Guide, "How EKS Pod Identity works"."""


def problems(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    """Returns the problems of `writable_paths`. A container mounts each folder once."""
    mounted, earlier = _mounted(args), dict[str, int]()
    for index, folder in enumerate(args.get("writable_paths", ())):
        key = f"writable_paths[{index}]"
        if not FOLDER.fullmatch(folder) or {".", ".."} & set(folder.split("/")):
            allowed = "a folder of the container, other than /tmp: /var/cache/app"
            fix = "use its absolute path, without . and .. and without a slash at the end"
            yield Problem(key, folder, allowed, fix)
        elif found := next((other for other in mounted if _overlap(folder, other)), None):
            allowed = f"a folder beside {found}, which holds {mounted[found]}"
            yield Problem(key, folder, allowed, "remove it, or name another folder")
        elif found := next((other for other in earlier if _overlap(folder, other)), None):
            first = f"writable_paths[{earlier[found]}]"
            allowed = f"each folder once, and none inside of another: {first} is {found}"
            yield Problem(key, folder, allowed, "remove the inner one")
        else:
            earlier[folder] = index


def _mounted(args: KubernetesEndpointArgs) -> Mapping[str, str]:
    """Returns the folders that are mounted in any case -> what they hold."""
    mounted = {server.TMP: "files that the container may write in any case", **SYSTEM}
    if resolution.is_vllm(args):
        mounted[server.VLLM_HOME] = "vLLM's caches, which it may write in any case"
    elif "model_data" in args or "model_data" in args.get("canary", {}):
        mounted[server.MODEL_FOLDER] = "the model, read-only"
    return mounted


def _overlap(one: str, other: str) -> bool:
    first, second = PurePosixPath(one), PurePosixPath(other)
    # /run and /var/run may be parents of credentials: Kubernetes mounts these inside.
    if other in SYSTEM and second.is_relative_to(first) and first != second:
        return False
    return first.is_relative_to(second) or second.is_relative_to(first)
