"""Every kind of pool with the exact inputs of its launch template and its node
group."""

import base64
from typing import Any

import pulumi
import pytest
from groundplan import Network
from groundplan.arguments import InvalidArguments
from groundplan.manifest.model import Resource
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.cluster.training_cluster import TrainingCluster

NODES = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
PLACEMENT = "aws:ec2/placementGroup:PlacementGroup"
SCHEDULE = "aws:autoscaling/schedule:Schedule"

SUBNETS, ZONES = ["subnet-a", "subnet-b"], ["us-east-1a", "us-east-1b"]
RESERVATION = "cr-0123456789abcdef0"
WINDOW = {"start": "2026-12-01T11:30:00Z", "end": "2026-12-15T11:30:00Z"}
HINT = "k8s.io/cluster-autoscaler/node-template/resources/"
CLUSTER_GROUP, EFA_GROUP = (
    "${training-cluster.vpcConfig.clusterSecurityGroupId}",
    "${training-efa.id}",
)

NVME = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="GROUNDPLAN"

--GROUNDPLAN
Content-Type: application/node.eks.aws

---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  instance:
    localStorage:
      strategy: RAID0

--GROUNDPLAN--
"""


def train(pools: dict[str, Any], **overrides: Any) -> TrainingCluster:
    args: Any = {
        "private_subnet_ids": SUBNETS,
        "zones": ZONES,
        "administrators": ["arn:aws:iam::123456789012:role/platform"],
        "pools": pools,
        **overrides,
    }
    return TrainingCluster("training", args)


def plan(instance_type: str, **overrides: Any) -> Plan:
    return deploy(
        lambda: train({"gpu": {"instance_type": instance_type, "max_size": 4, **overrides}})
    )


def group(of: Plan) -> dict[str, Any]:
    return dict(of.one(NODES, "training-gpu-nodes").inputs)


def template(of: Plan) -> dict[str, Any]:
    return dict(of.one(TEMPLATE, "training-gpu-template").inputs)


def shown(resource: Resource) -> dict[str, Any]:
    """The inputs without tags, which all carry."""
    return {key: value for key, value in resource.inputs.items() if key != "tags"}


def disk(name: str, gib: int, **more: Any) -> dict[str, Any]:
    ebs = {
        "deleteOnTermination": "true",
        "encrypted": "true",
        "volumeSize": gib,
        "volumeType": "gp3",
        **more,
    }
    return {"deviceName": name, "ebs": ebs}


ALWAYS: dict[str, Any] = {
    "description": "Nodes of the pool gpu",
    "metadataOptions": {
        "httpEndpoint": "enabled",
        "httpPutResponseHopLimit": 1,
        "httpTokens": "required",
    },
    "tagSpecifications": [
        {"resourceType": kind, "tags": {"Name": "training-gpu", "groundplan:component": "training"}}
        for kind in ("instance", "volume", "network-interface")
    ],
    "tags": {"groundplan:component": "training"},
}


def test_a_pool_on_demand() -> None:
    of = plan("g6e.12xlarge")

    assert template(of) == {
        **ALWAYS,
        "blockDeviceMappings": [disk("/dev/xvda", 200)],
        "userData": base64.b64encode(NVME.encode()).decode(),
    }
    assert group(of) == {
        "amiType": "AL2023_x86_64_NVIDIA",
        "capacityType": "ON_DEMAND",
        "clusterName": "project-test-training",
        "instanceTypes": ["g6e.12xlarge"],
        "labels": {
            "groundplan/pool": "gpu",
            "k8s.amazonaws.com/accelerator": "nvidia-l40s",
            "nvidia.com/gpu.present": "true",
        },
        "launchTemplate": {
            "id": "${training-gpu-template.id}",
            "version": "${unknown until training-gpu-template}",
        },
        "nodeRepairConfig": {"enabled": True},
        "nodeRoleArn": "${training-node-role.arn}",
        "scalingConfig": {"desiredSize": 0, "maxSize": 4, "minSize": 0},
        "subnetIds": SUBNETS,
        "tags": {"groundplan:component": "training", f"{HINT}ephemeral-storage": "3539Gi"},
        "taints": [{"effect": "NO_SCHEDULE", "key": "nvidia.com/gpu", "value": "present"}],
        "updateConfig": {"maxUnavailable": 1},
        "version": "1.36",
    }
    assert not of.all(GROUP)
    assert not of.all(PLACEMENT)
    assert not of.all(SCHEDULE)


def test_a_pool_on_spot() -> None:
    nodegroup = group(plan("g5.12xlarge", capacity_type="spot"))

    assert (nodegroup["capacityType"], nodegroup["instanceTypes"], nodegroup["updateConfig"]) == (
        "SPOT",
        ["g5.12xlarge"],
        {"maxUnavailable": 1},
    )


def test_a_pool_in_a_reservation_starts_nothing_beyond_it_and_updates_minimally() -> None:
    of = plan(
        "p5.48xlarge",
        capacity_type="reservation",
        reservation_id=RESERVATION,
        zone="us-east-1b",
        min_size=2,
    )

    assert template(of) == {
        **ALWAYS,
        "blockDeviceMappings": [disk("/dev/xvda", 200)],
        "capacityReservationSpecification": {
            "capacityReservationTarget": {"capacityReservationId": RESERVATION}
        },
        "userData": base64.b64encode(NVME.encode()).decode(),
    }
    nodegroup = group(of)
    assert (nodegroup["capacityType"], nodegroup["instanceTypes"], nodegroup["subnetIds"]) == (
        "ON_DEMAND",
        ["p5.48xlarge"],
        ["subnet-b"],
    )
    assert nodegroup["updateConfig"] == {"maxUnavailable": 1, "updateStrategy": "MINIMAL"}
    assert nodegroup["scalingConfig"] == {"desiredSize": 2, "maxSize": 4, "minSize": 2}
    assert not of.all(PLACEMENT)
    assert not of.all(SCHEDULE)


def test_a_pool_in_a_capacity_block_has_its_type_in_the_template_and_starts_with_the_window() -> (
    None
):
    of = plan(
        "p5.48xlarge",
        capacity_type="capacity-block",
        reservation_id=RESERVATION,
        window=WINDOW,
        subnet_ids=["subnet-b"],
    )

    assert template(of) == {
        **ALWAYS,
        "blockDeviceMappings": [disk("/dev/xvda", 200)],
        "capacityReservationSpecification": {
            "capacityReservationTarget": {"capacityReservationId": RESERVATION}
        },
        "instanceMarketOptions": {"marketType": "capacity-block"},
        "instanceType": "p5.48xlarge",
        "userData": base64.b64encode(NVME.encode()).decode(),
    }
    nodegroup = group(of)
    assert "instanceTypes" not in nodegroup
    assert (nodegroup["capacityType"], nodegroup["subnetIds"]) == ("CAPACITY_BLOCK", ["subnet-b"])
    assert nodegroup["updateConfig"] == {"maxUnavailable": 1, "updateStrategy": "MINIMAL"}
    assert nodegroup["scalingConfig"] == {"desiredSize": 0, "maxSize": 4, "minSize": 0}

    schedule = of.one(SCHEDULE, "training-gpu-start")
    assert schedule.inputs == {
        "autoscalingGroupName": "${training-gpu-nodes.resources[0].autoscalingGroups[0].name}",
        "desiredCapacity": 4,
        "maxSize": -1,
        "minSize": -1,
        "recurrence": "30 11 1 12 *",
        "scheduledActionName": "capacity-block-20261201T1130Z-4-nodes",
    }
    # A group takes no two actions of one time.
    assert schedule.option("deleteBeforeReplace") is True
    assert of.parent(schedule) == of.one("groundplan:index:TrainingCluster")


def test_a_pool_with_efa_has_an_interface_on_each_card_and_its_groups_there() -> None:
    of = plan("p4d.24xlarge", efa=True, zone="us-east-1a")

    first = {"associatePublicIpAddress": "false", "interfaceType": "efa", "deviceIndex": 0}
    others = {"interfaceType": "efa-only", "deviceIndex": 1}
    assert template(of)["networkInterfaces"] == [
        {
            "deleteOnTermination": "true",
            "description": f"gpu: card {card}, {'efa-only' if card else 'efa'}",
            "networkCardIndex": card,
            "securityGroups": [CLUSTER_GROUP, EFA_GROUP],
            **(others if card else first),
        }
        for card in range(4)
    ]
    assert "vpcSecurityGroupIds" not in template(of)
    assert "placement" not in template(of)
    nodegroup = group(of)
    assert nodegroup["subnetIds"] == ["subnet-a"]
    assert nodegroup["labels"]["vpc.amazonaws.com/efa.present"] == "true"
    assert nodegroup["tags"] == {
        "groundplan:component": "training",
        f"{HINT}ephemeral-storage": "7450Gi",
        f"{HINT}hugepages-2Mi": "10256Mi",
        f"{HINT}vpc.amazonaws.com/efa": "4",
    }


@pytest.mark.parametrize(
    ("instance_type", "count"),
    [("p5.48xlarge", 32), ("p5en.48xlarge", 16), ("trn1.32xlarge", 8)],
)
def test_a_pool_with_efa_has_every_interface_of_its_instance_type(
    instance_type: str, count: int
) -> None:
    interfaces = template(plan(instance_type, efa=True, zone="us-east-1a"))["networkInterfaces"]

    assert [i["networkCardIndex"] for i in interfaces] == list(range(count))
    assert {i["interfaceType"] for i in interfaces[1:]} == {"efa-only"}
    assert all(i["securityGroups"] == [CLUSTER_GROUP, EFA_GROUP] for i in interfaces)


def test_a_card_for_ip_alone_is_a_plain_interface() -> None:
    interfaces = template(plan("p6-b300.48xlarge", efa=True, zone="us-east-1a"))[
        "networkInterfaces"
    ]

    assert (interfaces[0]["interfaceType"], interfaces[0]["associatePublicIpAddress"]) == (
        "interface",
        "false",
    )
    assert {i["interfaceType"] for i in interfaces[1:]} == {"efa-only"}
    assert not any("associatePublicIpAddress" in i for i in interfaces[1:])


def test_the_efa_security_group_allows_all_traffic_within_itself() -> None:
    pool = {"instance_type": "p5.48xlarge", "max_size": 1, "efa": True, "zone": "us-east-1a"}
    of = deploy(
        lambda: train({"a": pool, "b": pool, "c": {"instance_type": "g5.xlarge", "max_size": 1}})
    )

    assert shown(of.one(GROUP, "training-efa")) == {
        "description": "EFA between nodes",
        "vpcId": "${training-cluster.vpcConfig.vpcId}",
    }
    assert {name: shown(rule) for name, rule in {**of.all(INGRESS), **of.all(EGRESS)}.items()} == {
        "training-efa-from-itself": {
            "description": "EFA from nodes of this group",
            "ipProtocol": "-1",
            "referencedSecurityGroupId": EFA_GROUP,
            "securityGroupId": EFA_GROUP,
        },
        "training-efa-to-itself": {
            "description": "EFA to nodes of this group",
            "ipProtocol": "-1",
            "referencedSecurityGroupId": EFA_GROUP,
            "securityGroupId": EFA_GROUP,
        },
        "training-efa-to-all": {
            "cidrIpv4": "0.0.0.0/0",
            "description": "IP to anywhere: images, AWS APIs, the control plane",
            "ipProtocol": "-1",
            "securityGroupId": EFA_GROUP,
        },
    }
    rules = {"training-efa-from-itself", "training-efa-to-itself", "training-efa-to-all"}
    for name, resource in of.all(NODES).items():
        waits = of.dependencies(resource) & rules
        assert waits == (rules if name in ("training-a-nodes", "training-b-nodes") else set())


def test_a_placement_group_is_created_on_request() -> None:
    of = plan("p5.48xlarge", efa=True, zone="us-east-1a", placement_group=True)

    assert shown(of.one(PLACEMENT, "training-gpu-placement")) == {"strategy": "cluster"}
    assert template(of)["placement"] == {"groupName": "${training-gpu-placement.name}"}


def test_a_placement_group_that_is_there_already_is_used() -> None:
    of = plan(
        "p5.48xlarge",
        capacity_type="reservation",
        reservation_id=RESERVATION,
        zone="us-east-1a",
        placement_group_name="training",
    )

    assert template(of)["placement"] == {"groupName": "training"}
    assert not of.all(PLACEMENT)


def test_a_pool_of_bottlerocket() -> None:
    of = plan("g5.12xlarge", image="bottlerocket", disk_gib=300)

    launch_template = template(of)
    assert launch_template["blockDeviceMappings"] == [disk("/dev/xvda", 4), disk("/dev/xvdb", 300)]
    assert "[settings.bootstrap-commands" in base64.b64decode(launch_template["userData"]).decode()
    assert group(of)["amiType"] == "BOTTLEROCKET_x86_64_NVIDIA"
    # It brings the device plugin along.
    assert not [name for name in of.all("kubernetes:helm.sh/v3:Release") if "device-plugin" in name]


def test_a_pool_that_starts_with_images_on_its_disk() -> None:
    of = plan("g5.12xlarge", image="bottlerocket", snapshot_id="snap-0123456789abcdef0")

    launch_template = template(of)
    assert launch_template["blockDeviceMappings"][1] == disk(
        "/dev/xvdb", 200, snapshotId="snap-0123456789abcdef0"
    )
    assert "userData" not in launch_template
    assert group(of)["tags"][f"{HINT}ephemeral-storage"] == "200Gi"


def test_a_pool_of_trainium() -> None:
    of = plan("trn1.32xlarge", efa=True, zone="us-east-1a")

    nodegroup = group(of)
    assert nodegroup["amiType"] == "AL2023_x86_64_NEURON"
    assert nodegroup["taints"] == [
        {"effect": "NO_SCHEDULE", "key": "aws.amazon.com/neuron", "value": "present"}
    ]
    assert nodegroup["labels"] == {
        "aws.amazon.com/neuron.present": "true",
        "groundplan/pool": "gpu",
        "vpc.amazonaws.com/efa.present": "true",
    }
    assert nodegroup["tags"][f"{HINT}aws.amazon.com/neuron"] == "16"
    assert nodegroup["tags"][f"{HINT}vpc.amazonaws.com/efa"] == "8"


@pytest.mark.parametrize(
    ("instance_type", "ami_type"),
    [("c7i.8xlarge", "AL2023_x86_64_STANDARD"), ("c7g.8xlarge", "AL2023_ARM_64_STANDARD")],
)
def test_a_pool_of_cpus(instance_type: str, ami_type: str) -> None:
    nodegroup = group(plan(instance_type))

    assert (nodegroup["amiType"], nodegroup["labels"]) == (ami_type, {"groundplan/pool": "gpu"})
    assert nodegroup["taints"] == [
        {"effect": "NO_SCHEDULE", "key": "groundplan/pool", "value": "gpu"}
    ]
    assert nodegroup["tags"] == {
        "groundplan:component": "training",
        f"{HINT}ephemeral-storage": "200Gi",
    }


def test_a_pool_of_arm_gpus() -> None:
    assert group(plan("g5g.xlarge"))["amiType"] == "AL2023_ARM_64_NVIDIA"


def test_what_karpenter_starts_has_no_node_group_but_its_places() -> None:
    clusters: list[TrainingCluster] = []
    pool = {
        "instance_type": "p5.48xlarge",
        "max_size": 4,
        "efa": True,
        "zone": "us-east-1b",
        "placement_group": True,
    }
    of = deploy(lambda: clusters.append(train({"gpu": {**pool, "provisioner": "karpenter"}})))

    assert set(of.all(NODES)) == {"training-system-nodes"}
    assert set(of.all(TEMPLATE)) == {"training-system-template"}
    assert set(of.all(PLACEMENT)) == {"training-gpu-placement"}
    assert set(of.all(GROUP)) == {"training-efa"}
    assert [karpenter.name for karpenter in clusters[0].karpenter_pools] == ["gpu"]
    assert set(clusters[0].places.placement_groups) == {"gpu"}
    assert clusters[0].places.efa_security_group is not None


def test_values_may_come_from_other_resources() -> None:
    def program() -> None:
        later: Any = pulumi.Output.from_input
        block = {
            "capacity_type": "capacity-block",
            "reservation_id": later(RESERVATION),
            "window": WINDOW,
        }
        pool = {"instance_type": "p5.48xlarge", "max_size": 4, "zone": "us-east-1b", **block}
        train({"gpu": pool}, private_subnet_ids=later(SUBNETS), zones=later(ZONES))

    of = deploy(program)
    target = template(of)["capacityReservationSpecification"]["capacityReservationTarget"]
    assert target == {"capacityReservationId": RESERVATION}
    assert group(of)["subnetIds"] == ["subnet-b"]


def test_a_pool_can_be_in_a_zone_of_the_network() -> None:
    def program() -> None:
        network = Network("network", {"availability_zones": ZONES})
        pool = {"instance_type": "g5.xlarge", "max_size": 1, "zone": "us-east-1b"}
        train({"gpu": pool}, private_subnet_ids=network.private_subnet_ids, zones=network.zones)

    assert group(deploy(program))["subnetIds"] == ["${network-private-2.id}"]


@pytest.mark.parametrize(
    ("zones", "text"), [(ZONES, "us-east-1a, us-east-1b"), ([], "existing network")]
)
def test_a_zone_that_turns_out_to_be_none_of_the_cluster_is_refused(
    zones: list[str], text: str
) -> None:
    pool = {"instance_type": "g5.xlarge", "max_size": 1, "zone": "us-east-1f"}

    with pytest.raises(InvalidArguments, match=text):
        deploy(lambda: train({"gpu": pool}, zones=pulumi.Output.from_input(zones)))


def test_fifty_pools_of_every_kind() -> None:
    one = {"instance_type": "g5.xlarge", "max_size": 100}
    of = deploy(lambda: train({f"pool-{n}": one for n in range(50)}))

    assert len(of.all(NODES)) == len(of.all(TEMPLATE)) == 51


def test_all_problems_of_all_pools_are_reported_at_once() -> None:
    pools: dict[str, Any] = {
        "block": {"instance_type": "p5.48xlarge", "max_size": 4, "capacity_type": "capacity-block"},
        "amd": {"instance_type": "g4ad.xlarge", "max_size": 4},
        "wide": {"instance_type": "p5.48xlarge", "max_size": 4, "efa": True},
        "big": {"instance_type": "g5.xlarge", "max_size": 20},
        "odd": {
            "instance_type": "g5.xlarge",
            "max_size": 1,
            "window": {"start": WINDOW["start"], "stop": "later"},
            "provisionr": "x",
        },
    }

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: train(pools, subnet_cidr_blocks=["10.0.0.0/24", "10.0.1.0/24"]))
    assert {problem.key for problem in caught.value.problems} == {
        "pools.block.reservation_id",
        "pools.block.window",
        "pools.block.zone",
        "pools.amd.instance_type",
        "pools.wide.zone",
        "pools.big.max_size",
        "pools.odd.window",
        "pools.odd.window.end",
        "pools.odd.window.stop",
        "pools.odd.provisionr",
    }
    assert not caught.value.manifest.of_type(NODES)  # type: ignore[attr-defined]
