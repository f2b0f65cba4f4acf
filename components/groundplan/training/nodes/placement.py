"""Where the pools' nodes are: their subnets, their security groups, and the groups that
keep them close to each other."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import arguments, tags
from groundplan.problems import Problem, one_of
from groundplan.training.nodes import efa
from groundplan.training.nodes.pool import Pool

SubnetIds = pulumi.Input[Sequence[pulumi.Input[str]]]


class Places:
    """The placement of the nodes of all pools of a cluster, with any provisioner."""

    efa_security_group: aws.ec2.SecurityGroup | None
    """One for all pools with EFA; None without."""
    efa_rules: Sequence[pulumi.Resource]
    """Its rules, for which nodes have to wait."""
    placement_groups: dict[str, aws.ec2.PlacementGroup]
    """Of the pools that have one of their own, by the pool's name."""

    def __init__(
        self,
        name: str,
        pools: Sequence[Pool],
        *,
        cluster: aws.eks.Cluster,
        subnet_ids: SubnetIds,
        zones: SubnetIds | None,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._cluster, self._subnet_ids, self._zones = name, cluster, subnet_ids, zones
        self.efa_security_group, self.efa_rules = None, ()
        if any(pool.efa for pool in pools):
            self.efa_security_group, self.efa_rules = efa.security_group(
                name, vpc_id=cluster.vpc_config.vpc_id, resource_tags=resource_tags, parent=parent
            )
        self.placement_groups = {
            pool.name: aws.ec2.PlacementGroup(
                f"{name}-{pool.name}-placement",
                strategy="cluster",
                tags=dict(resource_tags),
                opts=pulumi.ResourceOptions(parent=parent),
            )
            for pool in pools
            if pool.placement_group
        }

    def subnet_ids(self, pool: Pool) -> SubnetIds:
        """Returns the subnets of a pool.

        Raises `InvalidArguments` where the pool's zone is none of the cluster's, once
        these are known.
        """
        if pool.zone is None:
            return self._subnet_ids if pool.subnet_ids is None else pool.subnet_ids
        zone, key = pool.zone, f"pools.{pool.name}.zone"

        def chosen(values: Sequence[Sequence[str]]) -> list[str]:
            ids, names = values
            matching = [id_ for id_, name in zip(ids, names, strict=False) if name == zone]
            if not matching:
                fix = "set subnet_ids in its place: the zones of an existing network are unknown"
                wrong = (
                    one_of(key, zone, names)
                    if names
                    else [Problem(key, zone, "a zone of the cluster's subnets", fix)]
                )
                arguments.require("TrainingCluster", self._name, wrong)
            return matching

        return pulumi.Output.all(self._subnet_ids, self._zones).apply(chosen)

    def security_group_ids(self, pool: Pool) -> list[pulumi.Input[str]]:
        """Returns the security groups of a pool's nodes, all of them: EKS' own is left
        out once others are named."""
        own = [self.efa_security_group.id] if pool.efa and self.efa_security_group else []
        return [self._cluster.vpc_config.cluster_security_group_id, *own]

    def placement_group_name(self, pool: Pool) -> pulumi.Input[str] | None:
        """Returns the name of a pool's cluster placement group, its own or one that was
        there; None without."""
        group = self.placement_groups.get(pool.name)
        named: pulumi.Input[str] | None = pool.placement_group_name
        return group.name if group else named
