"""The nodes of a pool: a launch template and the managed node group that starts instances from it."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import tags
from groundplan.training.choices import CapacityType
from groundplan.training.pool import Pool
from groundplan.training.roles import Role

POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
"""What a node's role needs to join and to pull images. Not AmazonEKS_CNI_Policy: that goes to the CNI's own pods, by pod
identity, so that no other pod of the node gets hold of it."""

IGNORED_CHANGES = ["scalingConfig.desiredSize"]
"""The autoscaler changes the desired size all day; without this, each `up` would set it back and end running jobs.

In the engine's spelling: `scaling_config.desired_size` would match nothing (pulumi-aws issue 7081)."""

CAPACITY = {CapacityType.ON_DEMAND: "ON_DEMAND", CapacityType.SPOT: "SPOT"}

TAGGED = ("instance", "volume", "network-interface")
"""What EC2 makes of a template. Tags of a node group reach none of it."""


class NodePool:
    """The AWS resources of one pool."""

    template: aws.ec2.LaunchTemplate
    group: aws.eks.NodeGroup

    def __init__(
        self,
        name: str,
        pool: Pool,
        *,
        cluster: aws.eks.Cluster,
        role: Role,
        subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
        depends_on: Sequence[pulumi.Resource],
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        named = {**resource_tags, "Name": f"{name}-{pool.name}"}
        self.template = aws.ec2.LaunchTemplate(
            f"{name}-{pool.name}-template",
            description=f"Nodes of the pool {pool.name}",
            # No instance type: it belongs to the node group, whose replacement then starts new nodes before the old ones go.
            # No image and no user data either: EKS adds its own for the node group's image type.
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled",
                http_tokens="required",
                # One hop ends at the node: pods, which are a hop further, can't take on the node's role.
                http_put_response_hop_limit=1,
            ),
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name="/dev/xvda",  # the root device of AL2023
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_size=pool.disk_gib,
                        volume_type="gp3",
                        # With the account's default EBS key: a key of one's own needs a grant for Auto Scaling's role.
                        encrypted="true",
                        delete_on_termination="true",
                    ),
                )
            ],
            tag_specifications=[aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=named) for kind in TAGGED],
            tags=dict(resource_tags),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        self.group = aws.eks.NodeGroup(
            f"{name}-{pool.name}-nodes",
            cluster_name=cluster.name,
            version=cluster.version,
            node_role_arn=role.arn,
            subnet_ids=subnet_ids,
            ami_type=pool.ami_type,
            capacity_type=CAPACITY[pool.capacity_type],
            instance_types=[pool.instance.name],
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=self.template.id,
                version=self.template.latest_version.apply(str),
            ),
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                min_size=pool.min_size,
                max_size=pool.max_size,
                desired_size=pool.desired_size,
            ),
            update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=1),
            # Replaces nodes that the node monitoring agent finds broken: failed GPUs after 10 minutes, the rest after 30
            # (Amazon EKS User Guide, "Enable node auto repair").
            node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True),
            labels=pool.labels,
            taints=_taints(pool),
            tags={**resource_tags, **_autoscaler_tags(pool)},
            opts=pulumi.ResourceOptions(
                parent=parent,
                depends_on=[*role.permissions, *depends_on],
                ignore_changes=IGNORED_CHANGES,
            ),
        )


def _taints(pool: Pool) -> list[aws.eks.NodeGroupTaintArgs]:
    return [aws.eks.NodeGroupTaintArgs(key=t.key, value=t.value, effect="NO_SCHEDULE") for t in pool.taints]


def _autoscaler_tags(pool: Pool) -> dict[str, str]:
    """What the autoscaler can't know of a node that does not exist yet.

    EKS itself puts the tags by which the autoscaler finds a group on its Auto Scaling group, where tags of the node group
    don't get. Labels, taints and these tags the autoscaler reads from the node group, by eks:DescribeNodegroup; without
    this one it takes a new node to have no disk, and leaves jobs that ask for some waiting. Source: kubernetes/autoscaler
    @55c37cd5, cluster-autoscaler/cloudprovider/aws/README.md and aws_manager.go, buildNodeFromTemplate.
    """
    return {"k8s.io/cluster-autoscaler/node-template/resources/ephemeral-storage": f"{pool.disk_gib}Gi"}
