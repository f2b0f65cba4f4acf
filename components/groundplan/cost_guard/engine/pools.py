"""Node groups of the cluster: how far each is stopped, what its nodes cost, and how it
stops and starts.

A stopped group has a taint that no pod tolerates, a minimum of zero, and a desired size
of zero: the cluster autoscaler reads the group's taints (Amazon EKS API,
DescribeNodegroup) and starts no node for pods that would not run there. Both are inputs
of the group in Pulumi, whose `up` sets them back.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan import aws
from groundplan.cost_guard.engine.decision import Kind, Level, Target
from groundplan.cost_guard.engine.ledger import Use
from groundplan.cost_guard.engine.reading import Reading
from groundplan.operations.utilization.account import Account

TAINT = {"key": "groundplan.io/cost-guard", "value": "stopped", "effect": "NO_SCHEDULE"}
NODE_GROUP, CLUSTER = "eks:nodegroup-name", "eks:cluster-name"
ENDED = ("shutting-down", "terminated")
REASON = re.compile(r"\((\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) GMT\)")
"""`User initiated (2026-11-28 10:15:00 GMT)`: Amazon EC2 API, Instance,
`StateTransitionReason`."""


def read(account: Account, cluster: str, pools: Mapping[str, str], reading: Reading) -> None:
    """Adds the node groups that may be stopped, and their nodes."""
    eks = account.client("eks")
    for label, name in sorted(pools.items()):
        try:
            group = eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
        except eks.exceptions.ResourceNotFoundException:
            continue
        reading.targets.append(_target(label, group, reading))
        reading.uses.extend(_nodes(account, cluster, name, reading))


def _target(label: str, group: Mapping[str, Any], reading: Reading) -> Target:
    sizes = group["scalingConfig"]
    types = group.get("instanceTypes") or ()
    dearest = max((reading.price(f"ec2-hour/{type_}") for type_ in types), default=0.0)
    return Target(
        Kind.POOL,
        str(group["nodegroupName"]),
        label,
        _level(group),
        usd_per_hour_at_most=dearest * float(sizes["maxSize"]),
        was={"minSize": int(sizes["minSize"]), "desiredSize": int(sizes["desiredSize"])},
    )


def _level(group: Mapping[str, Any]) -> Level:
    if not any(taint.get("key") == TAINT["key"] for taint in group.get("taints") or ()):
        return Level.RUNS
    sizes = group["scalingConfig"]
    if int(sizes["minSize"]) > 0:
        return Level.RUNS
    return Level.CLOSED if int(sizes["desiredSize"]) > 0 else Level.STOPPED


def _nodes(account: Account, cluster: str, name: str, reading: Reading) -> Iterator[Use]:
    """Yields the nodes of a group: those that run, and those that ended lately."""
    filters = [
        {"Name": f"tag:{CLUSTER}", "Values": [cluster]},
        {"Name": f"tag:{NODE_GROUP}", "Values": [name]},
    ]
    for page in account.pages("ec2", "describe_instances", "Reservations", Filters=filters):
        for node in page["Instances"]:
            end = None
            if node["State"]["Name"] in ENDED:
                end = _ended(node, reading.now)
            yield Use(
                str(node["InstanceId"]),
                reading.price(f"ec2-hour/{node['InstanceType']}"),
                node["LaunchTime"],
                end,
            )


def _ended(node: Mapping[str, Any], now: datetime.datetime) -> datetime.datetime:
    """Returns when a node ended; now where EC2 does not say."""
    found = REASON.search(str(node.get("StateTransitionReason", "")))
    if found is None:
        return now
    return datetime.datetime.fromisoformat(found[1]).replace(tzinfo=datetime.UTC)


def stop(account: Account, cluster: str, target: Target, level: Level) -> None:
    """Lets nothing new start; with `STOPPED` ends the nodes too."""
    desired = 0 if level is Level.STOPPED else int(target.was["desiredSize"])
    _update(account, cluster, target, 0, desired, {"addOrUpdateTaints": [TAINT]})


def start(account: Account, cluster: str, target: Target, was: Mapping[str, Any]) -> None:
    """Gives a group its minimum back; the autoscaler starts what pods need."""
    least = int(was["minSize"])
    desired = max(least, int(target.was["desiredSize"]))
    _update(account, cluster, target, least, desired, {"removeTaints": [TAINT]})


def _update(
    account: Account,
    cluster: str,
    target: Target,
    least: int,
    desired: int,
    taints: Mapping[str, Any],
) -> None:
    eks = account.client("eks")
    try:
        eks.update_nodegroup_config(
            clusterName=cluster,
            nodegroupName=target.name,
            scalingConfig={"minSize": least, "desiredSize": desired},
            taints=dict(taints),
        )
    except eks.exceptions.ResourceInUseException:
        # An update is under way; the next run decides again.
        raise Busy(f"node group {target.name} is being updated") from None
    except eks.exceptions.InvalidParameterException as error:
        raise Busy(f"node group {target.name}: {aws.message(error)}") from None


class Busy(Exception):
    """Something can't be stopped or started now; the next run tries again."""
