"""Services that would move to another VPC, which AWS refuses."""

from typing import Any

import pytest
from groundplan.diff.changes import Change, Kind
from groundplan.manifest.model import Resource
from groundplan.risk.vpc_moves import BOUND
from risk_changes import change, resource, risks_of

CLUSTER = "aws:eks/cluster:Cluster"
VPC = resource("aws:ec2/vpc:Vpc", "net", cidrBlock="10.0.0.0/16")
OTHER = resource("aws:ec2/vpc:Vpc", "other", cidrBlock="10.9.0.0/16")
TYPES = {
    "eks.Cluster": "aws:eks/cluster:Cluster",
    "rds.SubnetGroup": "aws:rds/subnetGroup:SubnetGroup",
    "docdb.SubnetGroup": "aws:docdb/subnetGroup:SubnetGroup",
    "neptune.SubnetGroup": "aws:neptune/subnetGroup:SubnetGroup",
    "elasticache.SubnetGroup": "aws:elasticache/subnetGroup:SubnetGroup",
    "memorydb.SubnetGroup": "aws:memorydb/subnetGroup:SubnetGroup",
    "dax.SubnetGroup": "aws:dax/subnetGroup:SubnetGroup",
    "redshift.SubnetGroup": "aws:redshift/subnetGroup:SubnetGroup",
    "dms.ReplicationSubnetGroup": "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup",
    "lb.LoadBalancer": "aws:alb/loadBalancer:LoadBalancer",
    "elb.LoadBalancer": "aws:elb/loadBalancer:LoadBalancer",
    "opensearch.Domain": "aws:opensearch/domain:Domain",
    "elasticsearch.Domain": "aws:elasticsearch/domain:Domain",
    "sagemaker.Domain": "aws:sagemaker/domain:Domain",
    "route53.ResolverEndpoint": "aws:route53/resolverEndpoint:ResolverEndpoint",
}


def subnet(vpc: Resource, name: str = "a") -> Resource:
    return resource("aws:ec2/subnet:Subnet", name, {"vpcId": vpc}, vpcId=f"${{{vpc.name}.id}}")


def new_cidr() -> tuple[Change, ...]:
    """What a VPC that is replaced does to itself and to its subnet."""
    return (
        change(VPC, VPC, Kind.REPLACE, "cidrBlock"),
        change(subnet(VPC), subnet(VPC), Kind.REPLACE, "vpcId"),
    )


def refusals(*changes: Change, also: tuple[Resource, ...] = ()) -> list[str]:
    risks = [
        risk for risk in risks_of(*changes, also=also) if "so that pulumi up fails" in risk.words
    ]
    assert all(risk.level.value == "high" and risk.prevents_up for risk in risks)
    return [risk.urn.rsplit("::", 1)[-1] for risk in risks]


@pytest.mark.parametrize("key", sorted(set(BOUND) - {"lambda.Function"}))
def test_what_stays_in_its_vpc_is_refused_subnets_of_a_replaced_one(key: str) -> None:
    name = BOUND[key].inputs[0]
    service = resource(TYPES[key], "service", {name: subnet(VPC)})
    assert refusals(*new_cidr(), change(service, service)) == ["service"]


@pytest.mark.parametrize("name", ["vpcId", "subnetIds", "privateSubnetIds"])
def test_a_cluster_of_the_package_eks_stays_in_its_vpc_too(name: str) -> None:
    service = resource("eks:index:Cluster", "service", {name: subnet(VPC)})
    assert refusals(*new_cidr(), change(service, service)) == ["service"]


def test_the_refusal_names_the_rule_and_the_fix() -> None:
    cluster = resource(CLUSTER, "gpu", {"vpcConfig": subnet(VPC)})
    (risk,) = [r for r in risks_of(*new_cidr(), change(cluster, cluster)) if "gpu" in r.words]
    assert risk.words == (
        "The EKS cluster gpu can't move to another VPC, so that pulumi up fails: EKS takes only "
        "subnets of the VPC that the cluster was created in. Fix: create a new one in the new "
        "VPC, and delete this one when nothing uses it."
    )
    assert risk.because == "its subnets are of the new VPC net in place of the VPC net"


def test_subnets_of_a_second_vpc_are_refused_too() -> None:
    old, new = subnet(VPC), subnet(OTHER, "b")
    sides = (
        resource(CLUSTER, "gpu", {"vpcConfig": old}),
        resource(CLUSTER, "gpu", {"vpcConfig": new}),
    )
    assert refusals(change(*sides), also=(VPC, OTHER, old, new)) == ["gpu"]


def test_a_vpc_that_is_named_by_its_id_is_compared_too() -> None:
    def inside(vpc: str) -> Resource:
        return resource("aws:ec2/subnet:Subnet", "a", vpcId=vpc)

    cluster = resource(CLUSTER, "gpu", {"vpcConfig": inside("vpc-1")})
    moved = change(inside("vpc-1"), inside("vpc-2"), Kind.REPLACE, "vpcId")
    assert refusals(moved, change(cluster, cluster)) == ["gpu"]


def test_new_subnets_of_the_same_vpc_are_no_move() -> None:
    old, new = subnet(VPC), subnet(VPC, "b")
    sides = (
        resource(CLUSTER, "gpu", {"vpcConfig": old}),
        resource(CLUSTER, "gpu", {"vpcConfig": new}),
    )
    assert refusals(change(*sides), also=(VPC, old, new)) == []
    replaced = change(old, old, Kind.REPLACE, "cidrBlock")
    assert refusals(replaced, change(sides[0], sides[0]), also=(VPC,)) == []


def test_a_renamed_vpc_is_the_same_one() -> None:
    new = resource("aws:ec2/vpc:Vpc", "network")
    sides = (
        resource(CLUSTER, "gpu", {"vpcConfig": subnet(VPC)}),
        resource(CLUSTER, "gpu", {"vpcConfig": subnet(new)}),
    )
    renamed = change(VPC, new, Kind.RENAME)
    moved = change(subnet(VPC), subnet(new), Kind.UPDATE)
    assert refusals(renamed, moved, change(*sides)) == []


def test_what_the_provider_replaces_is_not_refused() -> None:
    cluster = resource(CLUSTER, "gpu", {"vpcConfig": subnet(VPC)})
    assert refusals(*new_cidr(), change(cluster, cluster, Kind.REPLACE, "roleArn")) == []
    balancer = resource(
        TYPES["lb.LoadBalancer"], "nlb", {"subnets": subnet(VPC)}, loadBalancerType="network"
    )
    assert refusals(*new_cidr(), change(balancer, balancer)) == []


def test_a_function_moves_only_with_its_security_groups() -> None:
    def group(vpc: Resource) -> Resource:
        return resource("aws:ec2/securityGroup:SecurityGroup", f"sg-{vpc.name}", {"vpcId": vpc})

    def function(*members: Resource) -> Resource:
        type_ = "aws:lambda/function:Function"
        urn = f"urn:pulumi:dev::shop::{type_}::f"
        urns = tuple(member.urn for member in members)
        return Resource(urn, type_, "f", None, True, {}, {}, urns, {"vpcConfig": urns})

    a, b = subnet(VPC), subnet(OTHER, "b")
    also: Any = (VPC, OTHER, a, b, group(VPC), group(OTHER))
    both = change(function(a, group(VPC)), function(b, group(OTHER)))
    one = change(function(a, group(VPC)), function(b, group(VPC)))
    assert refusals(both, also=also) == []
    assert refusals(one, also=also) == ["f"]


def test_a_mount_target_in_another_vpc_is_refused_while_the_file_system_stays() -> None:
    files = resource("aws:efs/fileSystem:FileSystem", "files")
    target = resource(
        "aws:efs/mountTarget:MountTarget", "t", {"subnetId": subnet(VPC), "fileSystemId": files}
    )
    moved = change(target, target, Kind.REPLACE, "subnetId")
    assert refusals(*new_cidr(), moved, also=(files,)) == ["t"]
    assert refusals(*new_cidr(), moved, change(files, files, Kind.REPLACE, "encrypted")) == []
