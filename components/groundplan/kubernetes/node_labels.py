"""The labels that nodes may carry beside those that Kubernetes, EKS, the drivers'
software and the pool itself set."""

import re
from collections.abc import Mapping

from groundplan.problems import Problem, shown

KEY = re.compile(
    r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
"""Kubernetes documentation, "Labels and Selectors", syntax and character set."""

RESERVED = re.compile(
    r"(.*\.)?(kubernetes\.io|k8s\.io|k8s\.amazonaws\.com|eks\.amazonaws\.com|vpc\.amazonaws\.com|karpenter\.sh|k8s\.aws)/.*"
    r"|(nvidia\.com|aws\.amazon\.com|groundplan)/.*"
)
"""Prefixes that the kubelet refuses to set, or whose labels EKS, Karpenter, the
drivers' software or the pool itself sets."""


def problems(labels: Mapping[str, str]) -> list[Problem]:
    """What is wrong with a pool's own labels."""
    found = []
    for key, value in labels.items():
        if not KEY.fullmatch(key):
            allowed = "a Kubernetes label key: up to 63 letters, digits, - _ . after an optional DNS prefix and a slash"
            found.append(Problem(f"labels.{key}", key, allowed, "rename the label"))
        elif RESERVED.fullmatch(key):
            allowed = (
                "a label with a prefix of your own: kubernetes.io, k8s.io, eks.amazonaws.com, vpc.amazonaws.com, "
                "aws.amazon.com, nvidia.com, karpenter.sh, karpenter.k8s.aws, groundplan are taken"
            )
            found.append(
                Problem(
                    f"labels.{key}",
                    key,
                    allowed,
                    f"use {shown('example.com/' + key.rsplit('/', 1)[-1])}",
                )
            )
        if not VALUE.fullmatch(value):
            found.append(
                Problem(
                    f"labels.{key}",
                    value,
                    "up to 63 letters, digits, - _ ., or nothing",
                    "change the value",
                )
            )
    return found
