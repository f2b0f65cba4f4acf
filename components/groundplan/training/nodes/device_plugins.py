"""The device plugins and the DRA driver, which report the accelerators and EFA
interfaces of nodes to Kubernetes: each is installed if a pool needs it.

None of the charts has a schema: unknown keys are ignored. Sources of the keys:
NVIDIA/k8s-device-plugin@1b826acc (0.20.0),
deployments/helm/nvidia-device-plugin/values.yaml; aws/eks-charts@52396092 (v0.5.30),
stable/aws-efa-k8s-device-plugin/{values.yaml,templates/daemonset.yaml};
aws-neuron/neuron-helm-charts@b77a6f90 (1.9.0, the newest whose source is public),
charts/neuron-helm-chart/values.yaml and
templates/device-plugin/device-plugin-daemonset.yaml; 1.10.0 still has `npd.enabled`
(AWS Neuron documentation, "Neuron device plugin").
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.kubernetes import charts
from groundplan.kubernetes.chart_reference import Chart
from groundplan.kubernetes.device_resources import GPU, NEURON
from groundplan.kubernetes.node_labels import POOL_LABEL
from groundplan.training import versions
from groundplan.training.choices import TaintEffect
from groundplan.training.nodes import device_allocation
from groundplan.training.nodes.pool import Pool

NAMESPACE = "kube-system"

GPU_LABEL = "nvidia.com/gpu.present"
EFA_LABEL = "vpc.amazonaws.com/efa.present"


@dataclass(frozen=True)
class DevicePlugin:
    """A chart and its values."""

    chart: Chart
    values: Mapping[str, Any]


def which(pools: Sequence[Pool]) -> list[DevicePlugin]:
    """Returns the device plugins that the pools' images leave to the cluster."""
    found: list[DevicePlugin] = []
    if any(pool.needs_device_plugin for pool in pools):
        found.append(DevicePlugin(versions.DEVICE_PLUGIN, nvidia_values(pools)))
    if with_dra := [pool for pool in pools if pool.dra]:
        found.append(DevicePlugin(versions.DRA_DRIVER, device_allocation.values(with_dra)))
    if any(pool.instance.has_neuron and not pool.is_auto for pool in pools):
        found.append(DevicePlugin(versions.NEURON_DEVICE_PLUGIN, neuron_values(pools)))
    if any(pool.efa for pool in pools):
        found.append(DevicePlugin(versions.EFA_DEVICE_PLUGIN, efa_values(pools)))
    return found


def install(
    name: str, pools: Sequence[Pool], *, opts: pulumi.ResourceOptions
) -> dict[str, kubernetes.helm.v3.Release]:
    """Creates the releases of all device plugins that the pools need, by their charts'
    names."""
    return {
        plugin.chart.name: charts.release(
            f"{name}-{plugin.chart.name}",
            plugin.chart,
            plugin.values,
            namespace=NAMESPACE,
            opts=opts,
        )
        for plugin in which(pools)
    }


def nvidia_values(pools: Sequence[Pool]) -> Mapping[str, Any]:
    """Returns the values of NVIDIA's chart, whose default affinity and tolerations
    match the standard label and taint of GPU nodes.

    Bottlerocket has the plugin built in, and its nodes have the same label: where a
    cluster has nodes of both kinds, the chart is kept to the pools that need it.
    """
    with_gpus = [pool for pool in pools if pool.instance.has_gpu]
    needing = sorted(pool.name for pool in with_gpus if pool.needs_device_plugin)
    own = _own_tolerations(pool for pool in with_gpus if pool.needs_device_plugin)
    tolerations = {"tolerations": [_any_value(GPU), *own]} if own else {}
    if len(needing) == len(with_gpus):
        return tolerations
    expressions = [
        {"key": GPU_LABEL, "operator": "In", "values": ["true"]},
        {"key": POOL_LABEL, "operator": "In", "values": needing},
    ]
    required = {"nodeSelectorTerms": [{"matchExpressions": expressions}]}
    return {
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}},
        **tolerations,
    }


def neuron_values(pools: Sequence[Pool]) -> Mapping[str, Any]:
    """Returns the values of the Neuron chart."""
    own = _own_tolerations(pool for pool in pools if pool.instance.has_neuron)
    if not own:
        return NEURON_VALUES
    return {**NEURON_VALUES, "devicePlugin": {"tolerations": [_any_value(NEURON), *own]}}


def efa_values(pools: Sequence[Pool]) -> Mapping[str, Any]:
    """Returns the values of the EFA chart."""
    own = _own_tolerations(pool for pool in pools if pool.efa)
    return {**EFA_VALUES, "tolerations": [*EFA_VALUES["tolerations"], *own]}


def _own_tolerations(pools: Iterable[Pool]) -> list[dict[str, Any]]:
    """Returns the tolerations of the pools' own taints, each once."""
    taints = dict.fromkeys(taint for pool in pools for taint in pool.own_taints)
    return [taint.toleration for taint in taints]


def _any_value(key: str) -> dict[str, Any]:
    return {"key": key, "operator": "Exists", "effect": TaintEffect.NO_SCHEDULE.value}


NEURON_VALUES: Mapping[str, Any] = {
    # Needs AWS access of its own to replace nodes; EKS' node monitoring agent finds
    # Neuron errors too, and auto repair acts.
    "npd": {"enabled": False},
}
"""The chart's own tolerations fit the taint of our Neuron nodes; it chooses nodes by
instance type. Its scheduler, for pods that take a part of a node, is off by default."""

EFA_VALUES: Mapping[str, Any] = {
    # By our label and not by the chart's list of instance types: an instance that could
    # have EFA has none in other pools.
    "supportedInstanceLabels": {"keys": [EFA_LABEL], "values": ["true"]},
    # The chart tolerates no taint of accelerated nodes.
    "tolerations": [
        {"key": key, "operator": "Exists", "effect": "NoSchedule"}
        for key in (GPU, NEURON, POOL_LABEL)
    ],
}
