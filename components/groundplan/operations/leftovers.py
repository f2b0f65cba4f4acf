"""The resources that a training cluster has created in AWS and that no stack contains;
their tags identify them.

Found by tags that name the cluster as the owner, and by nothing else. Where they come
from:
- volumes: kubernetes-sigs/aws-ebs-csi-driver@429e202e, docs/tagging.md (the EKS add-on
  runs with `--k8s-tag-cluster-id`)
- load balancers, target groups, security groups:
  kubernetes-sigs/aws-load-balancer-controller@225f4456,
  docs/guide/service/annotations.md; `kubernetes.io/cluster/<name>` by the controller
  that is part of EKS
- instances: Karpenter v1.14.1, pkg/apis/v1/labels.go; `eks:cluster-name` by managed
  node groups
- network interfaces: aws/amazon-vpc-cni-k8s pull request 2854
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws


class LeftoverKind(str, Enum):
    """What is left, in the order in which it can go."""

    LOAD_BALANCER = "load balancer"
    CLASSIC_LOAD_BALANCER = "classic load balancer"
    TARGET_GROUP = "target group"
    INSTANCE = "instance"
    NETWORK_INTERFACE = "network interface"
    SECURITY_GROUP = "security group"
    VOLUME = "volume"


@dataclass(frozen=True)
class Leftover:
    """One thing that is left."""

    kind: LeftoverKind
    id: str
    """As AWS deletes it by: an ID, an ARN, the name of a classic load balancer."""
    state: str = ""
    detail: str = ""
    """What it was for: `claim monitoring/prometheus-0`."""

    @property
    def holds_data(self) -> bool:
        """Whether it may be wanted still: volumes that were kept on purpose look like
        any other."""
        return self.kind is LeftoverKind.VOLUME


OWNERS = (
    "aws:eks:cluster-name",
    "cluster.k8s.amazonaws.com/name",
    "ebs.csi.aws.com/cluster-name",
    "eks:cluster-name",
    "eks:eks-cluster-name",
    "elbv2.k8s.aws/cluster",
)
"""Tags whose value is the owner's name, beside `kubernetes.io/cluster/<name>`."""


class Account:
    """Where to look."""

    def __init__(self, region: str, session: Any = None) -> None:
        session = session or boto3.session.Session()

        def client(service: str) -> Any:
            return session.client(service, region_name=region, config=aws.CONTROL)

        self.ec2, self.elb, self.elbv2, self.eks = (
            client("ec2"),
            client("elb"),
            client("elbv2"),
            client("eks"),
        )


def is_there(account: Account, cluster: str) -> bool:
    """Returns whether the cluster itself exists: what carries its tag is in use
    then."""
    try:
        account.eks.describe_cluster(name=cluster)
    except ClientError as error:
        if aws.code(error) == "ResourceNotFoundException":
            return False
        raise
    return True


def find(account: Account, cluster: str) -> list[Leftover]:
    """Returns all that carries the cluster's tags, in the order in which it can go."""
    found = [
        *_load_balancers(account, cluster),
        *_classic_load_balancers(account, cluster),
        *_target_groups(account, cluster),
        *_instances(account, cluster),
        *_network_interfaces(account, cluster),
        *_security_groups(account, cluster),
        *_volumes(account, cluster),
    ]
    return list(dict.fromkeys(found))


def owned(tags: Mapping[str, str], cluster: str) -> bool:
    """Returns whether tags name the cluster as the owner. `shared` is for what several
    clusters use, and none of them created."""
    return tags.get(f"kubernetes.io/cluster/{cluster}") == "owned" or any(
        tags.get(name) == cluster for name in OWNERS
    )


def _tags(entry: Mapping[str, Any], key: str = "Tags") -> dict[str, str]:
    return {str(tag["Key"]): str(tag["Value"]) for tag in entry.get(key) or ()}


def _pages(client: Any, operation: str, key: str, **given: Any) -> Iterator[Mapping[str, Any]]:
    for page in client.get_paginator(operation).paginate(**given):
        yield from page[key]


def _batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    """20 at a time, which is what DescribeTags of either Elastic Load Balancing API
    takes."""
    return (items[start : start + 20] for start in range(0, len(items), 20))


def _owned_arns(account: Account, cluster: str, arns: Sequence[str]) -> set[str]:
    return {
        str(entry["ResourceArn"])
        for some in _batches(arns)
        for entry in account.elbv2.describe_tags(ResourceArns=list(some))["TagDescriptions"]
        if owned(_tags(entry), cluster)
    }


def _load_balancers(account: Account, cluster: str) -> list[Leftover]:
    found = {
        str(entry["LoadBalancerArn"]): entry
        for entry in _pages(account.elbv2, "describe_load_balancers", "LoadBalancers")
    }
    of_cluster = _owned_arns(account, cluster, list(found))
    return [
        Leftover(
            LeftoverKind.LOAD_BALANCER,
            arn,
            str(entry.get("State", {}).get("Code", "")),
            str(entry.get("DNSName", "")),
        )
        for arn, entry in found.items()
        if arn in of_cluster
    ]


def _target_groups(account: Account, cluster: str) -> list[Leftover]:
    found = {
        str(entry["TargetGroupArn"]): entry
        for entry in _pages(account.elbv2, "describe_target_groups", "TargetGroups")
    }
    of_cluster = _owned_arns(account, cluster, list(found))
    return [
        Leftover(LeftoverKind.TARGET_GROUP, arn, detail=str(entry["TargetGroupName"]))
        for arn, entry in found.items()
        if arn in of_cluster
    ]


def _classic_load_balancers(account: Account, cluster: str) -> list[Leftover]:
    found = {
        str(entry["LoadBalancerName"]): entry
        for entry in _pages(account.elb, "describe_load_balancers", "LoadBalancerDescriptions")
    }
    of_cluster = {
        str(entry["LoadBalancerName"])
        for some in _batches(list(found))
        for entry in account.elb.describe_tags(LoadBalancerNames=list(some))["TagDescriptions"]
        if owned(_tags(entry), cluster)
    }
    return [
        Leftover(LeftoverKind.CLASSIC_LOAD_BALANCER, name, detail=str(entry.get("DNSName", "")))
        for name, entry in found.items()
        if name in of_cluster
    ]


def _of_ec2(
    account: Account, cluster: str, operation: str, key: str
) -> Iterator[Mapping[str, Any]]:
    """Yields what EC2 has with a tag that may name the cluster, some of it twice: one
    request can't ask for either of two tags."""
    for filter_ in (
        {"Name": f"tag:kubernetes.io/cluster/{cluster}", "Values": ["owned"]},
        {"Name": "tag-value", "Values": [cluster]},
    ):
        yield from _pages(account.ec2, operation, key, Filters=[filter_])


def _instances(account: Account, cluster: str) -> list[Leftover]:
    return [
        Leftover(
            LeftoverKind.INSTANCE,
            str(entry["InstanceId"]),
            str(entry["State"]["Name"]),
            str(entry["InstanceType"]),
        )
        for reservation in _of_ec2(account, cluster, "describe_instances", "Reservations")
        for entry in reservation["Instances"]
        if entry["State"]["Name"] != "terminated" and owned(_tags(entry), cluster)
    ]


def _network_interfaces(account: Account, cluster: str) -> list[Leftover]:
    return [
        Leftover(
            LeftoverKind.NETWORK_INTERFACE,
            str(entry["NetworkInterfaceId"]),
            str(entry["Status"]),
            str(entry.get("Description", "")),
        )
        for entry in _of_ec2(account, cluster, "describe_network_interfaces", "NetworkInterfaces")
        if owned(_tags(entry, "TagSet"), cluster)
    ]


def _security_groups(account: Account, cluster: str) -> list[Leftover]:
    return [
        Leftover(LeftoverKind.SECURITY_GROUP, str(entry["GroupId"]), detail=str(entry["GroupName"]))
        for entry in _of_ec2(account, cluster, "describe_security_groups", "SecurityGroups")
        if owned(_tags(entry), cluster)
    ]


def _volumes(account: Account, cluster: str) -> list[Leftover]:
    return [
        Leftover(LeftoverKind.VOLUME, str(entry["VolumeId"]), str(entry["State"]), _claim(entry))
        for entry in _of_ec2(account, cluster, "describe_volumes", "Volumes")
        if owned(_tags(entry), cluster)
    ]


def _claim(volume: Mapping[str, Any]) -> str:
    tags = _tags(volume)
    names = [
        tags.get(f"kubernetes.io/created-for/pvc/{part}", "") for part in ("namespace", "name")
    ]
    return " ".join(
        [f"{volume['Size']} GiB", f"of claim {'/'.join(names)}" if all(names) else ""]
    ).strip()


def _end_load_balancer(account: Account, arn: str) -> None:
    account.elbv2.delete_load_balancer(LoadBalancerArn=arn)


def _end_security_group(account: Account, group: str) -> None:
    """Its rules first: groups that name each other could never go."""
    for rule in _pages(
        account.ec2,
        "describe_security_group_rules",
        "SecurityGroupRules",
        Filters=[{"Name": "group-id", "Values": [group]}],
    ):
        end = (
            account.ec2.revoke_security_group_egress
            if rule["IsEgress"]
            else account.ec2.revoke_security_group_ingress
        )
        end(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    account.ec2.delete_security_group(GroupId=group)


END: Mapping[LeftoverKind, Callable[[Account, str], Any]] = {
    LeftoverKind.LOAD_BALANCER: _end_load_balancer,
    LeftoverKind.CLASSIC_LOAD_BALANCER: lambda account, name: account.elb.delete_load_balancer(
        LoadBalancerName=name
    ),
    LeftoverKind.TARGET_GROUP: lambda account, arn: account.elbv2.delete_target_group(
        TargetGroupArn=arn
    ),
    LeftoverKind.INSTANCE: lambda account, id_: account.ec2.terminate_instances(InstanceIds=[id_]),
    LeftoverKind.NETWORK_INTERFACE: lambda account, id_: account.ec2.delete_network_interface(
        NetworkInterfaceId=id_
    ),
    LeftoverKind.SECURITY_GROUP: _end_security_group,
    LeftoverKind.VOLUME: lambda account, id_: account.ec2.delete_volume(VolumeId=id_),
}
"""LeftoverKind -> what deletes one."""
