"""Namespaces: which names they can have, and which are reserved."""

import re

from groundplan.problems import Problem

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""A DNS label (Kubernetes documentation, "Object Names and IDs")."""

SHORT_NAME = re.compile(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?")
"""A DNS label, short enough for the name of an IAM role (64 characters) beside the
component's."""

SHORT_NAME_ALLOWED = (
    "a name of lower-case letters, digits and hyphens that begins with a letter, "
    "at most 30 characters"
)

RESERVED = ("default", "training", "system", "monitoring", "karpenter", "opencost")
"""Namespaces of Kubernetes, of jobs without a team, and of the cluster's own
software."""

RESERVED_FORM = re.compile(r"(kube|amazon|aws|eks)-.*|.*-system")
"""Namespaces by convention of Kubernetes, AWS and operators: kube-public,
amazon-cloudwatch, kueue-system."""


def is_reserved(name: str) -> bool:
    """Returns whether a namespace belongs to Kubernetes or to the cluster's
    software."""
    return name in RESERVED or RESERVED_FORM.fullmatch(name) is not None


def problems(key: str, name: object) -> list[Problem]:
    """Returns whether the name of a namespace, where it is known, is invalid."""
    if not isinstance(name, str) or NAME.fullmatch(name):
        return []
    allowed = (
        "a namespace: lower-case letters, digits and hyphens, at most 63 characters, no hyphen "
        "first or last"
    )
    return [Problem(key, name, allowed, "use the namespace's name")]
