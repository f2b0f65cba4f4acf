"""`groundplan leftovers`: lists resources by the cluster's tag, and deletes them only
after the cluster is deleted."""

import functools
import json
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import moto
import moto_lookups
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.operations import leftovers, leftovers_deletion
from groundplan.operations.leftovers import Account, LeftoverKind
from groundplan.release.engine.waiting import Patience

REGION, NAME = "us-east-1", "ml-dev-training"
OWNED = {f"kubernetes.io/cluster/{NAME}": "owned"}
WHERE = ("--cluster", NAME, "--region", REGION)


@functools.cache
def client(service: str) -> Any:
    """Returns a cached client, because creating one is slower than the tests."""
    return boto3.client(
        service,
        REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106
    )


@functools.cache
def image() -> str:
    """Returns one of moto's images: the same in each account, and slow to list."""
    return str(client("ec2").describe_images()["Images"][0]["ImageId"])


class Session:
    """A session with cached clients."""

    def client(self, service: str, **_: Any) -> Any:
        return client(service)


class Cloud:
    """An account with a VPC and the resources that a cluster can leave."""

    def __init__(self) -> None:
        self.ec2, self.elb, self.elbv2 = (client(service) for service in ("ec2", "elb", "elbv2"))
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )["Subnet"]["SubnetId"]
            for i, zone in enumerate("ab")
        ]

    def volume(self, **tags: str) -> str:
        specification = _specification("volume", tags)
        return str(
            self.ec2.create_volume(
                AvailabilityZone=f"{REGION}a", Size=20, TagSpecifications=specification
            )["VolumeId"]
        )

    def network_interface(self, *groups: str, **tags: str) -> str:
        created = self.ec2.create_network_interface(
            SubnetId=self.subnets[0],
            Groups=list(groups),
            TagSpecifications=_specification("network-interface", tags),
        )
        return str(created["NetworkInterface"]["NetworkInterfaceId"])

    def security_group(self, name: str, **tags: str) -> str:
        specification = _specification("security-group", tags)
        created = self.ec2.create_security_group(
            GroupName=name, Description=name, VpcId=self.vpc, TagSpecifications=specification
        )
        return str(created["GroupId"])

    def instance(self, **tags: str) -> str:
        created = self.ec2.run_instances(
            ImageId=image(),
            MinCount=1,
            MaxCount=1,
            InstanceType="g5.xlarge",
            SubnetId=self.subnets[0],
            TagSpecifications=_specification("instance", tags),
        )
        return str(created["Instances"][0]["InstanceId"])

    def load_balancer(self, name: str, **tags: str) -> str:
        created = self.elbv2.create_load_balancer(
            Name=name, Subnets=self.subnets, Tags=_list(tags), Type="network"
        )
        return str(created["LoadBalancers"][0]["LoadBalancerArn"])

    def target_group(self, name: str, **tags: str) -> str:
        created = self.elbv2.create_target_group(
            Name=name, Protocol="TCP", Port=80, VpcId=self.vpc, Tags=_list(tags)
        )
        return str(created["TargetGroups"][0]["TargetGroupArn"])

    def classic_load_balancer(self, name: str, **tags: str) -> str:
        listener = {"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 30000}
        self.elb.create_load_balancer(
            LoadBalancerName=name, Listeners=[listener], Subnets=self.subnets, Tags=_list(tags)
        )
        return name

    def cluster(self) -> None:
        client("eks").create_cluster(
            name=NAME,
            roleArn="arn:aws:iam::123456789012:role/eks",
            resourcesVpcConfig={"subnetIds": self.subnets},
        )


def _list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in ({"Name": "x"} | tags).items()]


def _specification(kind: str, tags: dict[str, str]) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": _list(tags)}]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    for variable in (
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_PROFILE",
        "GROUNDPLAN_STACK",
        "GROUNDPLAN_OUTPUTS",
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(Patience, "seconds", lambda _self, _attempt: 0.0)
    monkeypatch.setattr(boto3.session, "Session", Session)
    with moto.mock_aws(), moto_lookups.once():
        yield Cloud()


@pytest.fixture
def run() -> Callable[..., Result]:
    return lambda *arguments, **more: CliRunner().invoke(
        main, ["leftovers", *arguments], catch_exceptions=False, **more
    )


def left(result: Result) -> dict[str, str]:
    return {item["id"]: item["kind"] for item in json.loads(result.stdout)}


CREATE: dict[LeftoverKind, Callable[[Cloud, dict[str, str]], str]] = {
    LeftoverKind.LOAD_BALANCER: lambda cloud, tags: cloud.load_balancer("serving", **tags),
    LeftoverKind.CLASSIC_LOAD_BALANCER: lambda cloud, tags: cloud.classic_load_balancer(
        "serving", **tags
    ),
    LeftoverKind.TARGET_GROUP: lambda cloud, tags: cloud.target_group("serving", **tags),
    LeftoverKind.INSTANCE: lambda cloud, tags: cloud.instance(**tags),
    LeftoverKind.NETWORK_INTERFACE: lambda cloud, tags: cloud.network_interface(**tags),
    LeftoverKind.SECURITY_GROUP: lambda cloud, tags: cloud.security_group("k8s-traffic", **tags),
    LeftoverKind.VOLUME: lambda cloud, tags: cloud.volume(**tags),
}


@pytest.mark.parametrize(
    ("kind", "tags"),
    [
        *((kind, OWNED) for kind in LeftoverKind),
        (LeftoverKind.LOAD_BALANCER, {"elbv2.k8s.aws/cluster": NAME}),
        (LeftoverKind.TARGET_GROUP, {"elbv2.k8s.aws/cluster": NAME}),
        (LeftoverKind.SECURITY_GROUP, {"elbv2.k8s.aws/cluster": NAME}),
        (LeftoverKind.INSTANCE, {"eks:eks-cluster-name": NAME, "karpenter.sh/nodepool": "gpu"}),
        (LeftoverKind.INSTANCE, {"eks:cluster-name": NAME}),
        (LeftoverKind.NETWORK_INTERFACE, {"cluster.k8s.amazonaws.com/name": NAME}),
        (LeftoverKind.VOLUME, {"ebs.csi.aws.com/cluster-name": NAME}),
        (LeftoverKind.VOLUME, {"ebs.csi.aws.com/cluster-name": NAME, **OWNED}),
    ],
)
def test_tagged_resource_is_listed_once_and_deleted(
    cloud: Cloud, run: Any, kind: LeftoverKind, tags: Any
) -> None:
    created = CREATE[kind](cloud, tags)
    result = run(*WHERE, "--json")
    assert (result.exit_code, left(result)) == (1, {created: kind.value})

    result = run(*WHERE, "--delete", "--delete-volumes", "--yes", "--json")
    assert (result.exit_code, left(result)) == (0, {})
    assert leftovers.find(Account(REGION), NAME) == []


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {f"kubernetes.io/cluster/{NAME}": "shared"},
        {f"kubernetes.io/cluster/{NAME}-2": "owned"},
        {"elbv2.k8s.aws/cluster": f"{NAME}-2"},
        {"Project": NAME},
        {"eks:eks-cluster-name": "other"},
    ],
)
def test_resources_of_others_are_retained(cloud: Cloud, run: Any, tags: Any) -> None:
    others = [create(cloud, tags) for create in CREATE.values()]
    result = run(*WHERE, "--delete", "--delete-volumes", "--yes")
    assert (result.exit_code, result.stdout) == (0, f"Nothing is left of {NAME}.\n")
    assert len(others) == len(LeftoverKind)
    assert len(cloud.ec2.describe_volumes(VolumeIds=[others[-1]])["Volumes"]) == 1
    assert len(cloud.elbv2.describe_load_balancers()["LoadBalancers"]) == 1
    assert (
        cloud.ec2.describe_instances(InstanceIds=[others[3]])["Reservations"][0]["Instances"][0][
            "State"
        ]["Name"]
        == "running"
    )


def test_nothing_is_deleted_while_the_cluster_exists(cloud: Cloud, run: Any) -> None:
    cloud.cluster()
    volume = cloud.volume(**OWNED)

    result = run(*WHERE)
    assert result.exit_code == 1
    assert f"The cluster {NAME} is there, and uses what is listed here." in result.stderr

    result = run(*WHERE, "--delete", "--delete-volumes", "--yes")
    assert result.exit_code == 1
    assert "nothing was deleted. Fix: `pulumi destroy` first" in result.stderr
    assert cloud.ec2.describe_volumes(VolumeIds=[volume])["Volumes"]


def test_volumes_are_retained_by_default(cloud: Cloud, run: Any) -> None:
    claim = {
        "kubernetes.io/created-for/pvc/namespace": "monitoring",
        "kubernetes.io/created-for/pvc/name": "prometheus-0",
    }
    volume, interface = cloud.volume(**OWNED, **claim), cloud.network_interface(**OWNED)

    result = run(*WHERE, "--delete", "--yes", "--json")
    assert (result.exit_code, left(result)) == (1, {volume: "volume"})
    assert json.loads(result.stdout)[0]["detail"] == "20 GiB of claim monitoring/prometheus-0"
    assert f"network interface {interface} is being deleted" in result.stderr

    assert run(*WHERE, "--delete-volumes", "--yes").exit_code == 0


def test_deletion_requires_confirmation(cloud: Cloud, run: Any) -> None:
    cloud.volume(**OWNED)
    cloud.network_interface(**OWNED)
    refused = run(*WHERE, "--delete", input="n\n")
    assert refused.exit_code == 1
    assert "Delete 1 of them?" in refused.stderr
    assert len(leftovers.find(Account(REGION), NAME)) == 2
    assert run(*WHERE, "--delete", "--json").exit_code == 2

    agreed = run(*WHERE, "--delete", "--delete-volumes", input="y\n")
    assert "Delete 2 of them, volumes and what is on them too?" in agreed.stderr
    assert agreed.exit_code == 0


def test_dependent_resource_is_deleted_in_a_later_round(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As AWS has it: a network interface's group can't go before it, and an interface
    is in use while its balancer is deleted."""
    groups = [cloud.security_group(name, **OWNED) for name in ("k8s-traffic", "eks-cluster-sg")]
    for group, other in (groups, groups[::-1]):
        pair = [{"GroupId": other}]
        permission = {"IpProtocol": "-1", "UserIdGroupPairs": pair}
        cloud.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    cloud.network_interface(groups[0], **OWNED)
    cloud.load_balancer("serving", **OWNED)
    tried: list[LeftoverKind] = []
    ends = dict(leftovers.END)

    def end(kind: LeftoverKind) -> Any:
        def tries(account: Account, id_: str) -> None:
            tried.append(kind)
            if tried.count(kind) < {
                LeftoverKind.NETWORK_INTERFACE: 2,
                LeftoverKind.SECURITY_GROUP: 5,
            }.get(kind, 0):
                code = (
                    "DependencyViolation"
                    if kind is LeftoverKind.SECURITY_GROUP
                    else "InvalidNetworkInterface.InUse"
                )
                raise ClientError({"Error": {"Code": code, "Message": "not yet"}}, "Delete")
            ends[kind](account, id_)

        return tries

    monkeypatch.setattr(leftovers, "END", {kind: end(kind) for kind in LeftoverKind})
    outcome = leftovers_deletion.delete(Account(REGION), NAME)

    assert (outcome.left, outcome.refused, len(outcome.deleted)) == ([], {}, 4)
    assert tried[0] is LeftoverKind.LOAD_BALANCER
    assert tried[-1] is LeftoverKind.SECURITY_GROUP


def test_aws_error_is_reported_after_bounded_retries(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, run: Any
) -> None:
    balancer, interface = cloud.load_balancer("serving", **OWNED), cloud.network_interface(**OWNED)

    def refuse(_account: Account, _id: str) -> None:
        error = {"Code": "OperationNotPermitted", "Message": "deletion protection is on"}
        raise ClientError({"Error": error}, "DeleteLoadBalancer")

    monkeypatch.setattr(leftovers, "END", {**leftovers.END, LeftoverKind.LOAD_BALANCER: refuse})
    result = run(*WHERE, "--delete", "--yes", "--json")
    assert (result.exit_code, left(result)) == (1, {balancer: "load balancer"})
    message = (
        f"load balancer {balancer}: DeleteLoadBalancer: OperationNotPermitted: deletion "
        "protection is on"
    )
    assert result.stderr.count(message) == 1
    assert interface in result.stderr


def test_deletion_stops_at_the_timeout(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = cloud.instance(**OWNED)
    volume = cloud.volume(**OWNED)
    cloud.ec2.attach_volume(Device="/dev/xvdb", InstanceId=instance, VolumeId=volume)
    account, moment = Account(REGION), iter(range(0, 100_000, 500))
    monkeypatch.setattr(
        leftovers, "END", {**leftovers.END, LeftoverKind.INSTANCE: lambda *_: None}
    )  # it takes long
    patience = Patience(sleep=lambda _: None, clock=lambda: float(next(moment)))
    outcome = leftovers_deletion.delete(account, NAME, volumes=True, patience=patience)
    assert {item.id: item.state for item in outcome.left} == {
        instance: "running",
        volume: "in-use",
    }
    assert outcome.deleted == []


def test_a_stack_says_which_cluster_and_region(
    cloud: Cloud, run: Any, tmp_path: pathlib.Path
) -> None:
    volume = cloud.volume(**OWNED)
    command = {"exec": {"args": ["--region", REGION, "eks", "get-token"]}}
    kubeconfig = json.dumps({"users": [{"name": NAME, "user": command}]})
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"clusterName": NAME, "kubeconfig": kubeconfig}))
    assert left(run("--outputs", str(file), "--json")) == {volume: "volume"}

    file.write_text(json.dumps({"clusterName": NAME}))
    assert "Fix: --region" in run("--outputs", str(file)).stderr
    file.write_text("{}")
    assert "Fix: --cluster" in run("--outputs", str(file)).stderr


def test_failed_query_is_reported(cloud: Cloud, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_account: Account, _cluster: str) -> Any:
        raise ClientError(
            {"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "DescribeVolumes"
        )

    monkeypatch.setattr(leftovers, "find", refuse)
    result = run(*WHERE)
    assert (result.exit_code, result.stderr) == (
        1,
        "groundplan: DescribeVolumes: UnauthorizedOperation: no\n",
    )
