"""Names of namespaces."""

import re

from groundplan.problems import Problem

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""A DNS label (Kubernetes documentation, "Object Names and IDs")."""


def problems(key: str, name: object) -> list[Problem]:
    """Returns whether the name of a namespace, where it is known, is invalid."""
    if not isinstance(name, str) or NAME.fullmatch(name):
        return []
    allowed = (
        "a namespace: lower-case letters, digits and hyphens, at most 63 characters, no hyphen "
        "first or last"
    )
    return [Problem(key, name, allowed, "use the namespace's name")]
