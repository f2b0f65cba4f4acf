"""The devices of a run that are claimed by dynamic resource allocation. Pure, as the
record of a run holds it too.

Fields: Kubernetes API reference, `ResourceClaimTemplate` (resource.k8s.io/v1).
"""

from collections.abc import Mapping
from typing import Any

from groundplan.kubernetes.device_resources import DEVICE_CLASS
from groundplan.problems import MISSING, Problem
from groundplan.training.job.choices import AcceleratorKind

NAME = "gpu"
"""Of the claim within the pod, and of its only request."""

MAX_SELECTORS = 32
"""Of a device request (`DeviceSelectorsMaxSize`)."""


def template(claim: Mapping[str, Any], count: int) -> dict[str, Any]:
    """Returns the spec of the ResourceClaimTemplate: as many devices for each pod.

    `count` and no `allocationMode: All`: Kueue counts the former against quotas.
    """
    request: dict[str, Any] = {"deviceClassName": DEVICE_CLASS, "count": count}
    if claim["selectors"]:
        request["selectors"] = [{"cel": {"expression": text}} for text in claim["selectors"]]
    return {"spec": {"devices": {"requests": [{"name": NAME, "exactly": request}]}}}


def problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of `cluster.device_claim`, of the arguments of a run."""
    cluster = args.get("cluster") or {}
    claim = cluster.get("device_claim")
    if claim is None:
        return []
    found = []
    if not args.get("accelerators"):
        allowed = "how many GPUs each node claims, 1 or more"
        found.append(Problem("accelerators", args.get("accelerators", MISSING), allowed, "set it"))
    if args.get("accelerator_kind") == AcceleratorKind.NEURON:
        allowed = "nothing for Neuron: the driver is for NVIDIA GPUs"
        found.append(
            Problem("cluster.device_claim", dict(claim), allowed, "remove it: Neuron has a plugin")
        )
    if "pool" not in cluster:
        allowed = "the name of a pool with dra: no other node has devices to claim"
        found.append(Problem("cluster.pool", MISSING, allowed, "name the pool"))
    selectors = claim.get("selectors") or ()
    if len(selectors) > MAX_SELECTORS:
        allowed = f"at most {MAX_SELECTORS} selectors"
        fix = "join expressions by &&"
        found.append(Problem("cluster.device_claim.selectors", len(selectors), allowed, fix))
    found += [
        Problem(
            f"cluster.device_claim.selectors[{index}]",
            text,
            "a CEL expression of a device's attributes",
            "remove it, or write one as `kubectl get resourceslices -o yaml` has attributes",
        )
        for index, text in enumerate(selectors)
        if isinstance(text, str) and not text.strip()
    ]
    return found
