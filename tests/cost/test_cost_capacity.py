"""What pools of all kinds of capacity cost: managed ones, Karpenter's, and
reservations."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.cost.estimate import Estimate, Item, estimate
from groundplan.testing import deploy
from groundplan.training.cluster.training_cluster import TrainingCluster
from groundplan.training.lustre.lustre_file_system import LustreFileSystem
from groundplan.training.volumes.lustre_volumes import LustreVolume

GROUP = "aws:eks/nodeGroup:NodeGroup"
POOL = "kubernetes:karpenter.sh/v1:NodePool"
RESERVATION = "cr-0123456789abcdef0"
PLACE: Any = {
    "private_subnet_ids": ["subnet-a", "subnet-b"],
    "administrators": ["arn:aws:iam::123456789012:role/ml-platform"],
}
G5 = 1.006 * 730 + 200 * 0.08
"""A month of a node of the type g5.xlarge and its disk."""


def costs(program: Callable[[], object]) -> Estimate:
    return estimate(deploy(program).manifest)


def items(found: Estimate) -> dict[str, Item]:
    return {item.name: item for item in found.items}


def figures(item: Item) -> tuple[float, float, float]:
    return round(item.low, 2), round(item.expected, 2), round(item.high, 2)


def cluster(**pools: Any) -> Estimate:
    args: Any = {**PLACE, "pools": pools}
    return costs(lambda: TrainingCluster("training", args))


def karpenter(spec: Any, *, disks: Any = None, reservation: Any = None) -> Estimate:
    """A NodePool and its node class, as anybody may write them."""

    def program() -> None:
        created = None
        if reservation is not None:
            created = aws.ec2.CapacityReservation("kept", **reservation)
        terms = {
            "capacityReservationSelectorTerms": [{"id": created.id if created else RESERVATION}]
        }
        node_class: Any = (
            {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": disks}]} if disks else {}
        )
        kubernetes.apiextensions.CustomResource(
            "class",
            api_version="karpenter.k8s.aws/v1",
            kind="EC2NodeClass",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name="gpu"),
            spec={**node_class, **terms},
        )
        kubernetes.apiextensions.CustomResource(
            "pool",
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name="gpu"),
            spec=spec,
        )

    return costs(program)


def spec(
    limits: Any = None, capacity: Any = "on-demand", kinds: Any = ("g5.xlarge",), **more: Any
) -> Any:
    requirements = [
        {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": list(kinds)},
        {
            "key": "karpenter.sh/capacity-type",
            "operator": "In",
            "values": [capacity] if isinstance(capacity, str) else capacity,
        },
    ]
    inner = {"nodeClassRef": {"name": "gpu"}, "requirements": requirements}
    return {
        "template": {"spec": inner},
        "limits": {"nodes": "4"} if limits is None else limits,
        **more,
    }


def test_karpenters_pools_are_expected_at_none_and_cost_at_the_most_what_their_limits_allow() -> (
    None
):
    found = cluster(gpu={"instance_type": "g5.xlarge", "max_size": 4, "provisioner": "karpenter"})
    item = items(found)["training-gpu-node-pool"]
    assert figures(item) == (0, 0, round(4 * G5, 2))
    assert item.basis == "0 (0 to 4) x g5.xlarge, on demand, 730 h; 0 (0 to 4) x 200 GB gp3"
    assert item.component == "training"
    assert found.assumptions["karpenter"].startswith("nodes start when jobs wait")
    assert not any("karpenter" in line or "node-class" in line for line in found.unknown)


def test_a_pool_costs_the_same_whether_karpenter_or_eks_starts_its_nodes() -> None:
    found = items(
        cluster(
            managed={"instance_type": "g5.xlarge", "max_size": 4},
            spot={
                "instance_type": "g5.xlarge",
                "max_size": 4,
                "capacity_type": "spot",
                "provisioner": "karpenter",
            },
        )
    )
    assert (
        figures(found["training-managed-nodes"])
        == figures(found["training-spot-node-pool"])
        == (0, 0, round(4 * G5, 2))
    )
    assert "x g5.xlarge, spot, 730 h" in found["training-spot-node-pool"].basis


@pytest.mark.parametrize("provisioner", ["managed", "karpenter"])
def test_what_runs_in_a_reservation_elsewhere_is_unknown_and_its_disks_are_not(
    provisioner: str,
) -> None:
    found = cluster(
        gpu={
            "instance_type": "p5.48xlarge",
            "max_size": 2,
            "capacity_type": "reservation",
            "reservation_id": RESERVATION,
            "provisioner": provisioner,
            "subnet_ids": ["subnet-a"],
        }
    )
    name = f"training-gpu-{'nodes' if provisioner == 'managed' else 'node-pool'}"
    (line,) = [line for line in found.unknown if line.startswith(name)]
    assert line.endswith(
        "run in a reservation that is not in the plan, and is paid whether they do or not"
    )
    assert figures(items(found)[name]) == (0, 0, 2 * 200 * 0.08)


def test_a_reservation_is_paid_at_all_hours_and_its_nodes_are_not_paid_again() -> None:
    kept: Any = {
        "instance_type": "g5.xlarge",
        "instance_count": 3,
        "instance_platform": "Linux/UNIX",
        "availability_zone": "us-east-1a",
    }
    found = karpenter(spec(capacity="reserved"), disks={"volumeSize": "200Gi"}, reservation=kept)
    assert figures(items(found)["kept"]) == (2203.14, 2203.14, 2203.14)  # 3 x 730 x 1.006
    assert figures(items(found)["pool"]) == (0, 0, 64)  # 4 x 200 x 0.08
    assert found.unknown == ()
    assert found.assumptions["reserved capacity"].startswith("paid at all hours, used or not")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"instance_platform": "Windows"}, "no price for the platform Windows"),
        ({"tenancy": "dedicated"}, "no price for dedicated hardware"),
        (
            {"instance_type": "x1.unheard"},
            "no price for 3 x x1.unheard, reserved, 730 h in us-east-1",
        ),
    ],
)
def test_a_reservation_without_a_price_is_named(more: Any, reason: str) -> None:
    kept: Any = {
        "instance_type": "g5.xlarge",
        "instance_count": 3,
        "instance_platform": "Linux/UNIX",
        "availability_zone": "us-east-1a",
        **more,
    }
    found = costs(lambda: aws.ec2.CapacityReservation("kept", **kept))
    assert found.unknown == (f"kept (aws:ec2/capacityReservation:CapacityReservation): {reason}",)


def test_a_scaling_group_in_a_reservation_of_the_plan_is_paid_with_it() -> None:
    def program() -> None:
        kept = aws.ec2.CapacityReservation(
            "kept",
            instance_type="g5.xlarge",
            instance_count=1,
            instance_platform="Linux/UNIX",
            availability_zone="us-east-1a",
        )
        target: Any = {"capacity_reservation_target": {"capacity_reservation_id": kept.id}}
        template = aws.ec2.LaunchTemplate(
            "template",
            instance_type="g5.xlarge",
            capacity_reservation_specification=target,
            block_device_mappings=[],
        )
        launch: Any = {"id": template.id}
        aws.autoscaling.Group(
            "group", min_size=0, max_size=1, desired_capacity=1, launch_template=launch
        )

    found = costs(program)
    assert figures(items(found)["group"]) == (0, 0.64, 0.64)  # the root volume alone
    assert found.unknown == ()


def test_capacity_blocks_are_paid_when_they_are_booked() -> None:
    def program() -> None:
        aws.ec2.CapacityBlockReservation(
            "block",
            capacity_block_offering_id="cb-0123456789abcdef0",
            instance_platform="Linux/UNIX",
        )

    (line,) = costs(program).unknown
    assert line.endswith(
        "capacity blocks are paid when they are booked, at the price of their offering"
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (spec(kinds=()), "its instance types aren't named, Karpenter chooses them"),
        (spec({}), "how many nodes its limits allow isn't known"),
        (spec({"cpu": "64"}, kinds=["x1.unheard"]), "how many nodes its limits allow isn't known"),
        (spec(kinds=["x1.unheard"]), "no price for x1.unheard in us-east-1"),
    ],
)
def test_what_is_not_known_of_a_node_pool_is_named(given: Any, reason: str) -> None:
    found = karpenter(given, disks={"volumeSize": "50Gi"})
    assert found.unknown == (f"pool ({POOL}): {reason}",)


def test_a_limit_of_cores_allows_as_many_nodes_as_fit_in() -> None:
    found = karpenter(
        spec({"cpu": "18"}, kinds=["m7i.xlarge", "m7i.large"]), disks={"volumeSize": "10Gi"}
    )
    # 18 cores are 9 of the smaller, at the most at the price of the larger
    assert items(found)["pool"].high == pytest.approx(9 * (0.2016 * 730 + 10 * 0.08))


def test_a_pool_of_a_fixed_size_costs_all_of_it() -> None:
    found = karpenter(spec(replicas=2), disks={"volumeSize": "200Gi", "iops": 4000})
    each = G5 + 1000 * 0.005
    assert figures(items(found)["pool"]) == (
        round(2 * each, 2),
        round(2 * each, 2),
        round(4 * each, 2),
    )


def test_a_node_class_that_is_not_in_the_plan_hides_the_disks() -> None:
    def program() -> None:
        kubernetes.apiextensions.CustomResource(
            "pool", api_version="karpenter.sh/v1", kind="NodePool", spec=spec()
        )

    assert costs(program).unknown == (
        f"pool ({POOL}): its node class, and so its disks, are not in the plan",
    )


def test_nodes_whose_class_names_no_disks_have_karpenters_own() -> None:
    assert items(karpenter(spec()))["pool"].basis.endswith("0 (0 to 4) x 20 GB gp3")


def test_the_queue_that_tells_karpenter_costs_by_requests_and_its_rules_nothing() -> None:
    found = cluster(gpu={"instance_type": "g5.xlarge", "max_size": 4, "provisioner": "karpenter"})
    assert figures(items(found)["training-karpenter-queue"]) == (
        0.4,
        0.4,
        0.4,
    )  # a million requests
    assert not any("cloudwatch/event" in line for line in found.unknown)


def lustre(**more: Any) -> Estimate:
    args: Any = {
        "vpc_id": "vpc-1",
        "subnet_id": "subnet-a",
        "capacity_gib": 2400,
        "backup_retention_days": 0,
        **more,
    }
    return costs(lambda: LustreFileSystem("scratch", args))


def test_a_lustre_file_system_costs_its_size_at_the_price_of_its_throughput() -> None:
    found = lustre()
    assert figures(items(found)["scratch-file-system"]) == (348, 348, 348)  # 2400 x 0.145
    assert found.unknown == ()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"throughput_per_tib": 500}, "no price for 2400 GB with 500 MB/s per TiB in us-east-1"),
        ({"metadata_iops": 12000}, "no price for metadata IOPS that are provisioned"),
        ({"backup_retention_days": 7}, "no price for its backups"),
    ],
)
def test_what_of_a_lustre_file_system_has_no_price_is_named(more: Any, reason: str) -> None:
    (line,) = lustre(**more).unknown
    assert line == f"scratch-file-system (aws:fsx/lustreFileSystem:LustreFileSystem): {reason}"


@pytest.mark.parametrize("given", [{}, {"deployment_type": "PERSISTENT_1", "storage_type": "HDD"}])
def test_a_lustre_file_system_of_another_kind_has_no_known_price(given: Any) -> None:
    found = costs(
        lambda: aws.fsx.LustreFileSystem(
            "fs", subnet_ids="subnet-a", storage_capacity=1200, **given
        )
    )
    assert "no price for file systems of the type" in found.unknown[0]


def test_a_claim_of_a_volume_that_is_there_costs_nothing() -> None:
    def program() -> None:
        args: Any = {"vpc_id": "vpc-1", "subnet_id": "subnet-a", "backup_retention_days": 0}
        files = LustreFileSystem("scratch", args)
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        opts = pulumi.ResourceOptions(providers=[provider])
        LustreVolume(
            "vision-scratch", files.mount, namespace="vision", path="/teams/vision", opts=opts
        )

    found = deploy(program).manifest
    claims = [r for r in found if r.type == "kubernetes:core/v1:PersistentVolumeClaim"]
    assert claims
    assert {r.urn for r in claims} <= set(estimate(found).free)


def test_a_gateway_may_have_a_load_balancer() -> None:
    def program() -> None:
        kubernetes.apiextensions.CustomResource(
            "door", api_version="gateway.networking.k8s.io/v1", kind="Gateway", spec={}
        )

    assert "a load balancer, if its class has one" in costs(program).unknown[0]
