"""Validates the taints of a pool's nodes."""

from collections.abc import Sequence

from groundplan.arguments import known, with_defaults
from groundplan.kubernetes import node_labels
from groundplan.problems import Problem, one_of, shown
from groundplan.training.choices import TaintEffect
from groundplan.training.nodes.pool_args import PoolTaintArgs
from groundplan.training.queues.flavor import Taint

MAX_TAINTS = 7
"""`tolerations` of a ResourceFlavor (CRD of Kueue v0.19.2, `maxItems`: 8), without the
one of the standard taint. EKS accepts 50 taints of a node group (Amazon EKS User Guide,
"Node taints on managed node groups")."""


def problems(taints: Sequence[PoolTaintArgs], standard: Taint | None) -> list[Problem]:
    """Returns the problems of a pool's own taints. `standard` is the taint that the
    pool has anyway; None if it is unknown."""
    problems = [
        problem
        for index, taint in enumerate(taints)
        for problem in _taint_problems(f"taints[{index}]", taint, standard)
    ]
    if len(taints) > MAX_TAINTS:
        allowed = f"at most {MAX_TAINTS} taints: Kueue's ResourceFlavor tolerates no more"
        fix = f"remove {len(taints) - MAX_TAINTS} of them"
        problems.append(Problem("taints", len(taints), allowed, fix))
    seen: dict[tuple[str, str], int] = {}
    for index, taint in enumerate(taints):
        effect = with_defaults(PoolTaintArgs, taint)["effect"]
        if not known(taint.get("key")) or not isinstance(effect, str):
            continue
        # An enum's member is equal to its value.
        first = seen.setdefault((taint["key"], effect), index)
        if first != index:
            # Kubernetes documentation, "Taints and Tolerations": a taint is unique by
            # key and effect.
            allowed = f"one taint of each key and effect: taints[{first}] has the same"
            problems.append(Problem(f"taints[{index}]", dict(taint), allowed, "remove it"))
    return problems


def _taint_problems(key: str, taint: PoolTaintArgs, standard: Taint | None) -> list[Problem]:
    name, value, effect = taint.get("key"), taint.get("value"), taint.get("effect")
    problems = one_of(f"{key}.effect", effect, [choice.value for choice in TaintEffect])
    if isinstance(name, str):
        problems += _key_problems(f"{key}.key", name, standard)
    if isinstance(value, str) and not (value and node_labels.VALUE.fullmatch(value)):
        # kubernetes/autoscaler@55c37cd5, cluster-autoscaler/cloudprovider/aws,
        # aws_wrapper.go, getManagedNodegroupInfo: a taint without a value is ignored.
        allowed = "1 to 63 letters, digits, - _ ., with a letter or a digit at both ends"
        fix = "set a value, such as true" if not value else "change the value"
        problems.append(Problem(f"{key}.value", value, allowed, fix))
    return problems


def _key_problems(key: str, name: str, standard: Taint | None) -> list[Problem]:
    if not node_labels.KEY.fullmatch(name):
        allowed = (
            "a Kubernetes taint key: up to 63 letters, digits, - _ . after an optional DNS prefix "
            "and a slash"
        )
        return [Problem(key, name, allowed, "rename the taint")]
    if standard is not None and name == standard.key:
        allowed = f"another key: {standard.key} is the key of the pool's standard taint"
        return [Problem(key, name, allowed, "remove the taint")]
    if node_labels.RESERVED.fullmatch(name):
        allowed = (
            "a key with a prefix of your own: those of Kubernetes, AWS, NVIDIA, Karpenter and "
            "groundplan are reserved"
        )
        return [
            Problem(key, name, allowed, f"use {shown('example.com/' + name.rpartition('/')[2])}")
        ]
    return []
