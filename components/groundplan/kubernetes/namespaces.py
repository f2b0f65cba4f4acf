"""Namespaces: which names they can have, and which are reserved."""

import re

NAME = re.compile(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?")
"""A DNS label, short enough for the name of an IAM role (64 characters) beside the
component's."""

NAME_ALLOWED = (
    "a name of lower-case letters, digits and hyphens that begins with a letter, "
    "at most 30 characters"
)

RESERVED = ("default", "training", "system", "monitoring", "karpenter")
"""Namespaces of Kubernetes, of jobs without a team, and of the cluster's own software."""

RESERVED_FORM = re.compile(r"(kube|amazon|aws|eks)-.*|.*-system")
"""Namespaces by convention of Kubernetes, AWS and operators: kube-public,
amazon-cloudwatch, kueue-system."""


def is_reserved(name: str) -> bool:
    """Returns whether a namespace belongs to Kubernetes or to the cluster's software."""
    return name in RESERVED or RESERVED_FORM.fullmatch(name) is not None
