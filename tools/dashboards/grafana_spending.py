"""Spending: what the cluster costs, by team and by accelerator, what of it idles, and
the ceiling.

Metrics: OpenCost documentation, "OpenCost Metrics". Prices are of a node and an hour; a
namespace costs its part of the nodes that its containers are on.
"""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_panels import choice, dashboard, graph, number

_USD = "currencyUSD"
_GIB = 2**30
_CHOSEN = '{namespace=~"$namespace"}'
_NAMESPACE = "{{namespace}}"


def _cost(allocation: str, price: str, chosen: str = _CHOSEN) -> str:
    """Returns what containers cost of a resource, by namespace."""
    return (
        f"sum by (namespace) ({allocation.format(chosen)} * on (node) group_left () "
        f"max by (node) ({price}))"
    )


def _of_namespaces(chosen: str = _CHOSEN) -> str:
    """Returns what namespaces cost in an hour; most have no accelerators."""
    cpu = _cost("container_cpu_allocation{}", "node_cpu_hourly_cost", chosen)
    memory = _cost(
        f"container_memory_allocation_bytes{{}} / {_GIB}", "node_ram_hourly_cost", chosen
    )
    gpus = _cost("container_gpu_allocation{}", "node_gpu_hourly_cost", chosen)
    return f"{cpu} + {memory} + ({gpus} or {cpu} * 0)"


def build() -> Dashboard:
    total = "sum(node_total_hourly_cost)"
    gpu_cost = "node_gpu_count * on (node) group_left () max by (node) (node_gpu_hourly_cost)"
    used_gpus = (
        "container_gpu_allocation * on (node) group_left () max by (node) (node_gpu_hourly_cost)"
    )
    all_ = [
        graph(
            "Nodes, USD an hour, and the ceiling",
            _USD,
            (total, "nodes"),
            ("vector($ceiling) > 0", "ceiling"),
            description="List prices on demand. The ceiling is of all pools at their largest.",
        ),
        graph(
            "Nodes, by instance type, USD an hour",
            _USD,
            ("sum by (instance_type) (node_total_hourly_cost)", "{{instance_type}}"),
        ),
        graph("Nodes, USD a month at this rate", _USD, (f"{total} * 730", "nodes")),
        graph(
            "Share of the ceiling",
            "percentunit",
            (f"{total} / (vector($ceiling) > 0)", "nodes"),
        ),
    ]
    teams = [
        graph("Teams, USD an hour", _USD, (_of_namespaces(), _NAMESPACE)),
        graph(
            "Accelerators of teams, USD an hour",
            _USD,
            (_cost("container_gpu_allocation{}", "node_gpu_hourly_cost"), _NAMESPACE),
        ),
        graph(
            "Accelerators that teams hold",
            "short",
            (f"sum by (namespace) (container_gpu_allocation{_CHOSEN})", _NAMESPACE),
        ),
        graph(
            "Volumes of teams, USD an hour",
            _USD,
            (
                (
                    f"sum by (namespace) (pod_pvc_allocation{_CHOSEN} / {_GIB} * on "
                    "(persistentvolume) group_left () max by (persistentvolume) (pv_hourly_cost))"
                ),
                _NAMESPACE,
            ),
        ),
    ]
    idle = [
        graph(
            "Share of nodes that nobody asked for",
            "percentunit",
            (f"1 - sum({_of_namespaces('')}) / {total}", "idle"),
        ),
        graph(
            "Share of accelerators that nobody holds",
            "percentunit",
            (
                (f"1 - (sum({used_gpus}) or vector(0)) / sum({gpu_cost})"),
                "idle",
            ),
            description="Runbook: docs/runbooks/gpu-idle.md",
        ),
        graph(
            "Accelerators, by instance type, USD an hour",
            _USD,
            (f"sum by (instance_type) ({gpu_cost})", "{{instance_type}}"),
        ),
        graph(
            "Load balancers, USD an hour",
            _USD,
            ("sum by (namespace) (kubecost_load_balancer_cost)", _NAMESPACE),
        ),
    ]
    namespace = choice("namespace", "Team", "label_values(container_cpu_allocation, namespace)")
    ceiling = number("ceiling", "Ceiling, USD an hour")
    rows = (("Cluster", all_), ("Teams", teams), ("Idle", idle))
    return dashboard("groundplan-spending", "Groundplan / Spending", rows, namespace, ceiling)
