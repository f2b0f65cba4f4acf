"""What pods of a namespace may be: labels by the Pod Security Standards. Knows nothing
of Pulumi."""

from collections.abc import Mapping

from groundplan.training.teams.team_args import PodSecurity


def labels(enforced: PodSecurity) -> Mapping[str, str]:
    """The labels of a namespace that refuses pods beyond a level, and warns of what is
    not restricted."""
    strictest = PodSecurity.RESTRICTED.value
    return {
        "pod-security.kubernetes.io/enforce": enforced.value,
        "pod-security.kubernetes.io/audit": strictest,
        "pod-security.kubernetes.io/warn": strictest,
    }
