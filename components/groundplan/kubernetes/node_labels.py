"""Labels of nodes: their syntax, and the labels that a pool may add to those that
Kubernetes, EKS, the drivers' software and the pool itself set."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.problems import Problem, shown

POOL_LABEL = "groundplan/pool"
"""The node label with the name of a node's pool, and the key of the taint of pools
without accelerators."""

KEY = re.compile(
    r"((?=[^/]{1,253}/)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
    r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
"""Kubernetes documentation, "Labels and Selectors", syntax and character set."""

RESERVED = re.compile(
    r"(.*\.)?(kubernetes\.io|k8s\.io|k8s\.amazonaws\.com|eks\.amazonaws\.com|vpc\.amazonaws\.com|karpenter\.sh|k8s\.aws)/.*"
    r"|(nvidia\.com|aws\.amazon\.com|groundplan)/.*"
)
"""Prefixes that the kubelet rejects, or whose labels EKS, Karpenter, the drivers'
software or the pool itself sets."""


def problems(labels: Mapping[str, str]) -> list[Problem]:
    """Returns the problems of the labels that a pool adds."""
    problems = []
    for key, value in labels.items():
        at = f"labels.{key}"
        if not KEY.fullmatch(key):
            allowed = (
                "a Kubernetes label key: up to 63 letters, digits, - _ . after an optional DNS "
                "prefix and a slash"
            )
            problems.append(Problem(at, key, allowed, "rename the label"))
        elif RESERVED.fullmatch(key):
            allowed = (
                "a label with a prefix of your own: kubernetes.io, k8s.io, eks.amazonaws.com, "
                "vpc.amazonaws.com, aws.amazon.com, nvidia.com, karpenter.sh, karpenter.k8s.aws, "
                "groundplan are taken"
            )
            fix = f"use {shown('example.com/' + key.rsplit('/', 1)[-1])}"
            problems.append(Problem(at, key, allowed, fix))
        if not VALUE.fullmatch(value):
            allowed = "up to 63 letters, digits, - _ ., or nothing"
            problems.append(Problem(at, value, allowed, "change the value"))
    return problems


def selector_problems(
    labels: Mapping[str, str], taints: Sequence[Mapping[str, Any]]
) -> list[Problem]:
    """Returns the problems of `node_labels` and `taints`: of the nodes that pods are
    scheduled on, whose labels may be anybody's."""
    labelled = [(f"node_labels.{key}", key, value) for key, value in labels.items()]
    labelled += [
        (f"taints[{index}]", taint.get("key", "key"), taint.get("value", ""))
        for index, taint in enumerate(taints)
    ]
    allowed = (
        "a Kubernetes label: up to 63 letters, digits, - _ . in key and value, the key after an "
        "optional prefix"
    )
    fix = "use the text that `kubectl describe node` shows"
    return [
        Problem(at, value, allowed, fix)
        for at, key, value in labelled
        if not KEY.fullmatch(key) or not VALUE.fullmatch(value)
    ]
