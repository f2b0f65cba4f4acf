"""Node pools of the cluster: nodes that run and that no job uses.

Karpenter's nodes have no node group: they are those with its tag. It ends empty ones by
itself, so that only their accelerators are judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.facts import instances
from groundplan.operations.utilization import costs, thresholds
from groundplan.operations.utilization.account import tags_of
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
NODE_GROUP, NODE_POOL = "eks:nodegroup-name", "karpenter.sh/nodepool"
"""Tags of instances: `operations.leftovers` has their sources."""
SYSTEM = "system"


def listed(situation: Situation) -> Iterator[Resource]:
    """Yields the managed node groups of the cluster, and Karpenter's pools."""
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
    yield from _karpenter(situation)


def nodes(situation: Situation) -> Iterator[Mapping[str, Any]]:
    """Yields the instances that run in the cluster. All of the region are asked for: a
    tag of node groups and another of Karpenter name it."""
    reservations = situation.account.pages(
        "ec2",
        "describe_instances",
        "Reservations",
        Filters=[{"Name": "instance-state-name", "Values": ["running"]}],
    )
    cluster = situation.scope.cluster
    for reservation in reservations:
        for entry in reservation["Instances"]:
            tags = tags_of(entry)
            if cluster in (tags.get("eks:cluster-name"), tags.get("eks:eks-cluster-name")):
                yield entry


def pool_of(tags: Mapping[str, str]) -> str:
    """Returns what a node belongs to: its node group, or its pool of Karpenter."""
    return tags.get(NODE_GROUP) or tags.get(NODE_POOL, "")


def _karpenter(situation: Situation) -> Iterator[Resource]:
    pools: dict[str, list[str]] = {}
    for entry in nodes(situation):
        name = tags_of(entry).get(NODE_POOL)
        if name:
            # No price of Spot is known.
            spot = " (spot)" if entry.get("InstanceLifecycle") == "spot" else ""
            pools.setdefault(name, []).append(f"{entry['InstanceType']}{spot}")
    for name, types in sorted(pools.items()):
        known = [instances.find(type_.split(" ")[0]) for type_ in types]
        yield Resource(
            Kind.POOL,
            f"{situation.scope.cluster}/{name}",
            name,
            costs.summed(
                [
                    costs.hours(situation.prices, f"ec2-hour/{type_}", types.count(type_), type_)
                    for type_ in sorted(set(types))
                ]
            ),
            facts={
                "nodegroup": name,
                "count": len(types),
                "least": 0,
                "type": ", ".join(sorted(set(types))),
                "gpus": any(found and found.has_gpu for found in known),
                "accelerated": any(not f or f.accelerator_manufacturer for f in known),
                "groups": [],
                "key": f"training.pools.{name}",
                "system": False,
                "karpenter": True,
            },
        )


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
    if "karpenter" in resource.facts:
        return [HEALTHY]
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
