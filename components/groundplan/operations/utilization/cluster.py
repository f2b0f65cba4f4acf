"""What only the cluster's Prometheus knows: how busy GPUs are, and how long jobs
wait."""

from collections.abc import Iterator, Mapping, Sequence

from groundplan.operations.utilization import pools, thresholds
from groundplan.operations.utilization.account import tags_of
from groundplan.operations.utilization.inspection import Situation
from groundplan.operations.utilization.prometheus import Prometheus
from groundplan.operations.utilization.resources import (
    HEALTHY,
    Cost,
    Judged,
    Judgement,
    Kind,
    Resource,
    Verdict,
    not_enough,
    unknown,
)

STEP = "1h"
LEADING = 'replica_role!="follower"'
"""Each replica of Kueue counts; followers only as a standby."""
NAMELESS = Cost(0.0, "a queue has no charge of its own")


def gpu_pools(
    situation: Situation, found: Sequence[Resource], prometheus: Prometheus | None
) -> Iterator[Judged]:
    """Yields the judgements of pools with accelerators, which CloudWatch does not
    measure."""
    running = [r for r in found if r.facts["count"] and r.facts["accelerated"]]
    if not running:
        return
    busy: Mapping[str, tuple[float, float]] = {}
    if prometheus is not None and any(r.facts["gpus"] for r in running):
        busy = _by_pool(situation, prometheus)
    for resource in running:
        yield Judged(resource, _gpus(resource, busy.get(resource.facts["nodegroup"]), prometheus))


def _gpus(
    resource: Resource, busy: tuple[float, float] | None, prometheus: Prometheus | None
) -> Judgement:
    if prometheus is None:
        return unknown("no Prometheus was named, which measures accelerators")
    if not resource.facts["gpus"]:
        return unknown("nothing measures accelerators other than NVIDIA's GPUs")
    if busy is None:
        return unknown("Prometheus has no DCGM metrics of its nodes")
    used, hours = busy
    if hours < thresholds.ENOUGH_HOURS:
        reason = f"{hours:.0f} hours of DCGM metrics; judged from {thresholds.ENOUGH_HOURS} on"
        return not_enough(reason)
    if used >= thresholds.value("gpu-idle"):
        return HEALTHY
    reason = f"its GPUs were busy {used:.3g} % of the time, over {hours / 24:.3g} days"
    return pools.idle(resource, reason, "gpu-idle")


def _by_pool(situation: Situation, prometheus: Prometheus) -> dict[str, tuple[float, float]]:
    """Returns node group -> the mean use of its GPUs in percent, and the hours of data
    of the node with most."""
    days = f"{situation.window.days:.0f}d"
    query = f"avg by (node) (avg_over_time(DCGM_FI_DEV_GPU_UTIL[{days}]))"
    used = {labels.get("node", ""): value for labels, value in prometheus.vector(query)}
    query = f"max by (node) (count_over_time(DCGM_FI_DEV_GPU_UTIL[{days}:{STEP}]))"
    hours = {labels.get("node", ""): value for labels, value in prometheus.vector(query)}
    found: dict[str, list[tuple[float, float]]] = {}
    for entry in pools.nodes(situation):
        node, group = str(entry["PrivateDnsName"]), pools.pool_of(tags_of(entry))
        if group and node in used:
            found.setdefault(group, []).append((used[node], hours.get(node, 0.0)))
    return {
        group: (sum(use for use, _ in nodes) / len(nodes), max(most for _, most in nodes))
        for group, nodes in found.items()
    }


def queues(situation: Situation, prometheus: Prometheus) -> Iterator[Judged]:
    """Yields the judgements of Kueue's queues: whether jobs ran, and how long they
    waited."""
    days = f"{situation.window.days:.0f}d"

    def by_queue(query: str) -> dict[str, float]:
        series = prometheus.vector(query)
        return {labels.get("cluster_queue", ""): value for labels, value in series}

    wait = by_queue(
        "histogram_quantile(0.9, sum by (cluster_queue, le) "
        f"(increase(kueue_admission_wait_time_seconds_bucket{{{LEADING}}}[{days}])))"
    )
    running = by_queue(
        "avg by (cluster_queue) "
        f"(avg_over_time(kueue_admitted_active_workloads{{{LEADING}}}[{days}]))"
    )
    hours = by_queue(
        "max by (cluster_queue) "
        f"(count_over_time(kueue_admitted_active_workloads{{{LEADING}}}[{days}:{STEP}]))"
    )
    for name in sorted(running):
        resource = Resource(Kind.QUEUE, name, name, NAMELESS, name)
        yield Judged(resource, _queue(name, wait.get(name), running[name], hours.get(name, 0.0)))


def _queue(name: str, wait: float | None, running: float, hours: float) -> Judgement:
    if hours < thresholds.ENOUGH_HOURS:
        return not_enough(f"{hours:.0f} hours of metrics; judged from {thresholds.ENOUGH_HOURS} on")
    minutes = (wait or 0.0) / 60
    if minutes > thresholds.value("queue-wait"):
        return Judgement(
            Verdict.TOO_SMALL,
            f"one job in ten waited more than {minutes:.3g} minutes",
            "raise maxSize of the pools that it uses, or guarantee the team more",
            threshold="queue-wait",
        )
    if running > 0:
        return HEALTHY
    advice = f"lower training.teams.{name}.guaranteed in favour of teams that wait"
    return Judgement(
        Verdict.IDLE, f"no job was admitted in {hours / 24:.3g} days", advice,
        threshold="queue-idle",
    )  # fmt: skip
