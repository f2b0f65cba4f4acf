"""Dynamic resource allocation (DRA): pods claim GPUs by attributes, from NVIDIA's DRA
driver in place of its device plugin.

Source: Amazon EKS User Guide, "Use the NVIDIA DRA driver or device plugin on Amazon
EKS", read 2026-11-28; values of the chart: kubernetes-sigs/dra-driver-nvidia-gpu
v0.4.1, deployments/helm/dra-driver-nvidia-gpu/values.yaml.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.facts.instances import Instance
from groundplan.kubernetes.device_resources import DEVICE_CLASS, GPU
from groundplan.kubernetes.node_labels import POOL_LABEL
from groundplan.problems import Problem
from groundplan.training.choices import CapacityType, ImageFamily, Provisioner, TaintEffect
from groundplan.training.nodes import sizes
from groundplan.training.nodes.pool import Pool

SINCE = (1, 36)
"""The minor version of Kubernetes in which pods that ask for `nvidia.com/gpu` get a
device of the driver, too (gate `DRAExtendedResource`, beta)."""


def problems(instance: Instance, args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of `dra`."""
    if not args.get("dra"):
        return []
    allowed = fix = ""
    provisioner = args.get("provisioner")
    if not instance.has_gpu:
        allowed = f"false: the driver is for NVIDIA GPUs, and {instance.name} has none"
        fix = "leave it out, or use an instance type with a whole GPU, such as g6.xlarge"
    elif provisioner == Provisioner.AUTO_MODE:
        allowed = (
            "false: EKS Auto Mode does not support DRA, and its nodes have a device plugin of "
            "their own"
        )
        fix = "leave it out, or set provisioner to managed"
    elif provisioner == Provisioner.KARPENTER and not sizes.is_fixed(args):
        allowed = (
            "false: Karpenter does not simulate DRA, so that it starts no node for a pod that "
            "waits for a claim"
        )
        fix = f"set provisioner to managed, or min_size to {args.get('max_size')}"
    elif args.get("image") == ImageFamily.BOTTLEROCKET:
        allowed = (
            "false with bottlerocket, whose own device plugin would give the same GPUs to other "
            "pods"
        )
        fix = "set image to al2023"
    elif not args.get("min_size") and args.get("capacity_type") != CapacityType.CAPACITY_BLOCK:
        allowed = (
            "false without a node: the autoscaler learns from a running one which devices another "
            "would have, and starts none from zero"
        )
        fix = "set min_size to 1 or more"
    return [Problem("dra", True, allowed, fix)] if allowed else []


def version_problems(pools: Sequence[Pool], version: str) -> list[Problem]:
    """Returns the problems of valid pools in a cluster of a minor version of
    Kubernetes."""
    if tuple(int(part) for part in version.split(".")[:2]) >= SINCE:
        return []
    allowed = (
        f"false with Kubernetes {version}: before 1.36, jobs that ask for {GPU} would wait for a "
        "device that no plugin reports there"
    )
    fix = "set kubernetes_version to 1.36, or leave dra out"
    return [Problem(f"{pool.name}.dra", True, allowed, fix) for pool in pools if pool.dra]


def values(pools: Sequence[Pool]) -> Mapping[str, Any]:
    """Returns the values of the driver's chart: on the nodes of pools with `dra`
    only."""
    names = sorted(pool.name for pool in pools)
    taints = dict.fromkeys(taint for pool in pools for taint in pool.own_taints)
    term = {"matchExpressions": [{"key": POOL_LABEL, "operator": "In", "values": names}]}
    required = {"nodeSelectorTerms": [term]}
    return {
        # The chart refuses to install without: no device plugin may be on these nodes.
        "gpuResourcesEnabledOverride": True,
        # For several nodes that share NVLink (GB200), which need more than this driver.
        "resources": {"computeDomains": {"enabled": False}},
        "kubeletPlugin": {
            "affinity": {
                "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}
            },
            "tolerations": [
                {"key": GPU, "operator": "Exists", "effect": TaintEffect.NO_SCHEDULE.value},
                *(taint.toleration for taint in taints),
            ],
        },
    }


def device_class_mappings() -> list[dict[str, Any]]:
    """Returns what Kueue's configuration says of the driver's devices: a claim counts
    as the resource that the quotas have."""
    return [{"name": GPU, "deviceClassNames": [DEVICE_CLASS]}]
