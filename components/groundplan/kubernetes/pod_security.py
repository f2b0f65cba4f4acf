"""The Pod Security Standards: the levels that a namespace enforces, as labels, and what
a container needs for the strictest."""

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

PREFIX = "pod-security.kubernetes.io"

CONTAINER: Mapping[str, Any] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
"""The security context of a container that needs no capability, and writes to its
volumes only."""


class PodSecurity(str, Enum):
    """A level of the Pod Security Standards that a namespace enforces on its pods."""

    RESTRICTED = "restricted"
    """Pods run as an ordinary user, without capabilities."""
    BASELINE = "baseline"
    """Pods may run as root, but have no access to the node: no privileged containers,
    host network, or files of the host."""
    PRIVILEGED = "privileged"
    """No restrictions."""


if TYPE_CHECKING:
    PodSecurityValue = PodSecurity | Literal["restricted", "baseline", "privileged"]
else:
    PodSecurityValue = PodSecurity


def labels(enforced: PodSecurity) -> Mapping[str, str]:
    """Returns the labels of a namespace that rejects pods beyond a level, and warns of
    pods that are not restricted."""
    strictest = PodSecurity.RESTRICTED.value
    return {
        f"{PREFIX}/enforce": enforced.value,
        f"{PREFIX}/audit": strictest,
        f"{PREFIX}/warn": strictest,
    }
