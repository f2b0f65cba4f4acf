"""Where in the network of a pool the pods of a run are: the annotations that Kueue
reads. Pure, as the record of a run holds it too.

Annotations: kubernetes-sigs/kueue v0.19.2, apis/kueue/v1beta2/topology_types.go.
"""

from collections.abc import Mapping
from typing import Any

from groundplan.problems import Problem, one_of
from groundplan.training.job.choices import TopologyLevel, TopologyPlacement
from groundplan.training.queues.topology import HOST_LABEL, LAYER_LABEL

ANNOTATION = "kueue.x-k8s.io/podset-{}-topology"
UNCONSTRAINED = ANNOTATION.format("unconstrained")


def annotations(topology: Mapping[str, str] | None) -> dict[str, str]:
    """Returns the annotations of the pods; none without a topology."""
    if topology is None:
        return {}
    if topology["placement"] == TopologyPlacement.ANYWHERE:
        return {UNCONSTRAINED: "true"}
    return {ANNOTATION.format(topology["placement"]): label(TopologyLevel(topology["level"]))}


def label(level: TopologyLevel) -> str:
    """Returns the node label of a level."""
    if level is TopologyLevel.NODE:
        return HOST_LABEL
    return f"{LAYER_LABEL}{level.value.removeprefix('network-')}"


def problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of the arguments."""
    placement, level = args.get("placement"), args.get("level")
    found = [
        *one_of("placement", placement, [choice.value for choice in TopologyPlacement]),
        *one_of("level", level, [choice.value for choice in TopologyLevel]),
    ]
    if not found and placement == TopologyPlacement.ANYWHERE and level is not None:
        allowed = "nothing with the placement anywhere, which asks for no level"
        found.append(Problem("level", level, allowed, "remove it, or set placement to preferred"))
    return found
