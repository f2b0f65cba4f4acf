"""The Pod Security Standards that a namespace enforces, as labels."""

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Literal

PREFIX = "pod-security.kubernetes.io"


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
