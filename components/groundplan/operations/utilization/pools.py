"""Node pools of the cluster: nodes that run and that no job uses."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.facts import instances
from groundplan.operations.utilization import costs, thresholds
from groundplan.operations.utilization.inspection import Inspection, Situation
from groundplan.operations.utilization.metrics import Metric, Summary
from groundplan.operations.utilization.resources import (
    HEALTHY,
    Cost,
    Judgement,
    Kind,
    Resource,
    Setting,
    Verdict,
    not_enough,
)
from groundplan.operations.utilization.scope import team

POOL_LABEL = "groundplan/pool"
SYSTEM = "system"


def listed(situation: Situation) -> Iterator[Resource]:
    """Yields the managed node groups of the cluster. Karpenter ends its empty nodes by
    itself."""
    cluster = situation.scope.cluster
    if not cluster:
        return
    eks = situation.account.client("eks")
    names = situation.account.pages_of_names(
        "eks", "list_nodegroups", "nodegroups", clusterName=cluster
    )
    for name in names:
        group = eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
        yield _pool(group, situation)


def _pool(group: Mapping[str, Any], situation: Situation) -> Resource:
    scaling = group.get("scalingConfig") or {}
    count, types = int(scaling.get("desiredSize", 0)), group.get("instanceTypes") or []
    pool = (group.get("labels") or {}).get(POOL_LABEL, "")
    type_ = str(types[0]) if len(types) == 1 else ""
    facts = instances.find(type_)
    groups = (group.get("resources") or {}).get("autoScalingGroups") or ()
    key = "training.systemPool" if pool == SYSTEM else f"training.pools.{pool}" if pool else ""
    return Resource(
        Kind.POOL,
        str(group["nodegroupArn"]),
        pool or str(group["nodegroupName"]),
        _cost(situation, type_, count, str(group.get("capacityType"))),
        team(group.get("tags") or {}),
        group.get("createdAt"),
        {
            "nodegroup": str(group["nodegroupName"]),
            "count": count,
            "least": int(scaling.get("minSize", 0)),
            "most": int(scaling.get("maxSize", 0)),
            "type": type_,
            "gpus": bool(facts and facts.has_gpu),
            "accelerated": bool(facts and facts.accelerator_manufacturer) or not facts,
            "groups": [str(entry["name"]) for entry in groups],
            "key": key,
            "system": pool == SYSTEM,
        },
    )


def _cost(situation: Situation, type_: str, count: int, capacity: str) -> Cost:
    if not count:
        return costs.nothing("no nodes")
    if not type_:
        return Cost(None, f"{count} nodes of several instance types")
    if capacity not in ("ON_DEMAND", "None"):
        return Cost(None, f"{count} x {type_}: no price of {capacity.lower().replace('_', ' ')}")
    return costs.hours(situation.prices, f"ec2-hour/{type_}", count, type_)


def metrics(resource: Resource) -> Sequence[Metric]:
    """Returns the CPU of the pool's nodes, of all together."""
    return [
        Metric("AWS/EC2", "CPUUtilization", {"AutoScalingGroupName": name})
        for name in resource.facts["groups"]
    ]


def judged(
    resource: Resource, found: Sequence[Summary], situation: Situation
) -> Sequence[Judgement]:
    """Returns whether the nodes of a pool without accelerators idle. Of GPUs CPU says
    nothing: `gpus` asks Prometheus."""
    if not resource.facts["count"] or resource.facts["system"]:
        return [HEALTHY]
    if resource.facts["accelerated"]:
        return []
    hours = max((summary.hours for summary in found), default=0)
    days = min(hours / 24, situation.window.days_since(resource.created))
    if days < thresholds.value("enough-data"):
        return [not_enough(f"{hours} hours of metrics; judged from {thresholds.ENOUGH_HOURS} on")]
    busiest = max(summary.highest for summary in found)
    if busiest >= thresholds.value("node-idle"):
        return [HEALTHY]
    return [idle(resource, f"its busiest hour used {busiest:.3g} % of CPU", "node-idle")]


def idle(resource: Resource, reason: str, threshold: str) -> Judgement:
    """Returns the advice on a pool that idles: fewer nodes that run always."""
    least, count, key = resource.facts["least"], resource.facts["count"], resource.facts["key"]
    if least:
        advice = "let it scale to zero: jobs that wait start nodes"
        setting = Setting(f"{key}.minSize", least, 0) if key else None
        saving = costs.share(resource.cost, min(least, count) / count)
        return Judgement(Verdict.IDLE, reason, advice, setting, saving, threshold)
    advice = (
        "its nodes run although its least is 0: look what keeps the autoscaler from ending them"
    )
    return Judgement(Verdict.IDLE, reason, advice, None, resource.cost.usd, threshold)


INSPECTION = Inspection(Kind.POOL, listed, metrics, judged)
