"""The nodes of a pool: a managed node group that starts instances from a launch
template, and what belongs to the two."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import tags
from groundplan.kubernetes.pod_identity import Role
from groundplan.training.choices import CapacityType, TaintEffect
from groundplan.training.nodes import autoscaler, launch_template
from groundplan.training.nodes.capacity_window import Window
from groundplan.training.nodes.placement import Places
from groundplan.training.nodes.pool import Pool

POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
"""What a node's role needs to join and to pull images. Not AmazonEKS_CNI_Policy: that
goes to the CNI's own pods, by pod identity, so that no other pod of the node gets hold
of it. EFA and reservations need nothing of it."""

IGNORED_CHANGES = ["scalingConfig.desiredSize"]
"""The autoscaler changes the desired size all day; without this, each `up` would set it
back and end running jobs.

In the engine's spelling: `scaling_config.desired_size` would match nothing (pulumi-aws
issue 7081)."""

CAPACITY: Mapping[CapacityType, str] = {
    CapacityType.ON_DEMAND: "ON_DEMAND",
    CapacityType.SPOT: "SPOT",
    # At whose price it is paid for; the template names the reservation.
    CapacityType.RESERVATION: "ON_DEMAND",
    CapacityType.CAPACITY_BLOCK: "CAPACITY_BLOCK",
}

TAINT_EFFECTS: Mapping[TaintEffect, str] = {
    TaintEffect.NO_SCHEDULE: "NO_SCHEDULE",
    TaintEffect.PREFER_NO_SCHEDULE: "PREFER_NO_SCHEDULE",
    TaintEffect.NO_EXECUTE: "NO_EXECUTE",
}
"""Amazon EKS API, Taint, `effect`. The cluster autoscaler reads taints from the node
group, so that it knows those of a group without nodes."""


class NodePool:
    """The AWS resources of one pool."""

    template: aws.ec2.LaunchTemplate
    group: aws.eks.NodeGroup
    schedule: aws.autoscaling.Schedule | None

    def __init__(
        self,
        name: str,
        pool: Pool,
        *,
        cluster: aws.eks.Cluster,
        role: Role,
        places: Places,
        depends_on: Sequence[pulumi.Resource],
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self.template = launch_template.launch_template(
            name, pool, places=places, resource_tags=resource_tags, parent=parent
        )
        self.group = aws.eks.NodeGroup(
            f"{name}-{pool.name}-nodes",
            cluster_name=cluster.name,
            version=cluster.version,
            node_role_arn=role.arn,
            subnet_ids=places.subnet_ids(pool),
            ami_type=pool.ami_type,
            release_version=pool.release_version,
            capacity_type=CAPACITY[pool.capacity_type],
            # That of a Capacity Block is in the template, and EKS refuses it in both.
            instance_types=None
            if pool.capacity_type is CapacityType.CAPACITY_BLOCK
            else [pool.instance.name],
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=self.template.id,
                version=self.template.latest_version.apply(str),
            ),
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                min_size=pool.min_size,
                max_size=pool.max_size,
                desired_size=pool.desired_size,
            ),
            update_config=aws.eks.NodeGroupUpdateConfigArgs(
                max_unavailable=1,
                # Reserved capacity has no room for a new node before an old one is gone
                # (Amazon EKS API, NodegroupUpdateConfig, `updateStrategy`).
                update_strategy=None if pool.reservation_id is None else "MINIMAL",
            ),
            # Replaces nodes that the node monitoring agent finds broken: failed GPUs
            # after 10 minutes, the rest after 30 (Amazon EKS User Guide, "Enable node
            # auto repair").
            node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True),
            labels=pool.labels,
            taints=_taints(pool),
            tags={**resource_tags, **autoscaler.hints(pool)},
            opts=pulumi.ResourceOptions(
                parent=parent,
                depends_on=[
                    *role.permissions,
                    *depends_on,
                    *(places.efa_rules if pool.efa else ()),
                ],
                ignore_changes=IGNORED_CHANGES,
            ),
        )
        self.schedule = (
            _schedule(name, pool, pool.window, self.group, parent) if pool.window else None
        )


def _taints(pool: Pool) -> list[aws.eks.NodeGroupTaintArgs]:
    return [
        aws.eks.NodeGroupTaintArgs(key=t.key, value=t.value, effect=TAINT_EFFECTS[t.effect])
        for t in pool.taints
    ]


def _schedule(
    name: str, pool: Pool, window: Window, group: aws.eks.NodeGroup, parent: pulumi.Resource
) -> aws.autoscaling.Schedule:
    """Starts all nodes of a Capacity Block, which are paid for, when its window begins.
    EKS itself ends them before its end.

    A recurrence and no time: Auto Scaling forgets an action that has run once, a
    refresh would miss it, and a time in the past is refused (terraform-provider-aws
    issues 19446, 38983). So a block's window may have begun before the first `up`, too:
    the autoscaler starts its nodes then, when jobs wait. A year later nothing comes of
    it, as the block has ended.
    """
    start = window.start_minute
    return aws.autoscaling.Schedule(
        f"{name}-{pool.name}-start",
        # A new one for another start or size: an update would send the time that AWS
        # had found for the old one. And the old one goes first, as a group takes no two
        # actions of one time.
        scheduled_action_name=f"capacity-block-{start:%Y%m%dT%H%MZ}-{pool.max_size}-nodes",
        autoscaling_group_name=group.resources.apply(_group_name),
        recurrence=window.recurrence,
        min_size=-1,  # as it is
        max_size=-1,
        desired_capacity=pool.max_size,
        opts=pulumi.ResourceOptions(parent=parent, delete_before_replace=True),
    )


def _group_name(resources: Sequence[aws.eks.outputs.NodeGroupResource] | None) -> str:
    """Returns the name of a node group's Auto Scaling group."""
    groups = resources[0].autoscaling_groups if resources else None
    if not groups or not groups[0].name:
        raise ValueError("the node group has no Auto Scaling group")
    return groups[0].name
