"""What pools are refused for. Each case names the key, and a part of the reason or of
the fix."""

import asyncio
from typing import Any

import pulumi
import pytest
from groundplan.context import Context
from groundplan.facts import instances
from groundplan.problems import Problem
from groundplan.training.choices import CapacityType, ImageFamily, Provisioner
from groundplan.training.cluster.validation import validate
from groundplan.training.nodes import images, pools

RESERVATION = "cr-0123456789abcdef0"
BLOCK: dict[str, Any] = {
    "instance_type": "p5.48xlarge",
    "capacity_type": "capacity-block",
    "reservation_id": RESERVATION,
    "window": {"start": "2026-12-01T11:30:00Z", "end": "2026-12-15T11:30:00Z"},
    "zone": "us-east-1a",
}
RESERVED: dict[str, Any] = {
    "capacity_type": "reservation",
    "reservation_id": RESERVATION,
    "zone": "us-east-1a",
}
EFA: dict[str, Any] = {"instance_type": "p5.48xlarge", "efa": True, "zone": "us-east-1a"}
CLUSTERED: dict[str, Any] = {"placement_group": True, "zone": "us-east-1a"}
SNAPSHOT: dict[str, Any] = {"image": "bottlerocket", "snapshot_id": "snap-0123456789abcdef0"}


def later(value: Any) -> Any:
    """Returns the value as an output of another resource."""

    async def pending() -> Any:
        return pulumi.Output.from_input(value)

    return asyncio.run(pending())


def problems_of(**overrides: Any) -> list[Problem]:
    args: Any = {"instance_type": "g5.xlarge", "max_size": 4, **overrides}
    return pools.problems({"gpu": args})


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"provisioner": Provisioner.KARPENTER, "max_size": 5000},
        {"max_size": 450, "min_size": 1, "desired_size": 2},
        BLOCK,
        {**BLOCK, "efa": True, "provisioner": "karpenter", "max_size": 64},
        {
            **BLOCK,
            "capacity_type": CapacityType.CAPACITY_BLOCK,
            "zone": None,
            "subnet_ids": ["subnet-a"],
        },
        {**BLOCK, "instance_type": "trn1.32xlarge"},
        RESERVED,
        {**RESERVED, "placement_group_name": "training", "min_size": 2},
        {**RESERVED, "reservation_id": "cr-01234567", "instance_type": "c7i.8xlarge"},
        {**RESERVED, "zone": None, "subnet_ids": ["subnet-a"]},
        EFA,
        {**EFA, **CLUSTERED},
        {**EFA, "capacity_type": "spot", **CLUSTERED},
        {**EFA, "instance_type": "trn1.32xlarge"},
        {"instance_type": "hpc7g.16xlarge", "efa": True, "zone": "us-east-1a"},
        CLUSTERED,
        SNAPSHOT,
        {**SNAPSHOT, "local_storage": False},
        {"local_storage": True},
        {"image": ImageFamily.BOTTLEROCKET},
        {"instance_type": "c7g.8xlarge", "image": "bottlerocket"},
        {"subnet_ids": ["subnet-a", "subnet-b"]},
    ],
)
def test_compatible_arguments_are_accepted(overrides: dict[str, Any]) -> None:
    assert [str(problem) for problem in problems_of(**overrides)] == []


@pytest.mark.parametrize(
    ("overrides", "key", "text"),
    [
        # instance types and images
        ({"instance_type": "g5.xlarg"}, "instance_type", 'did you mean "g5.xlarge"'),
        ({"instance_type": "g4ad.xlarge"}, "instance_type", "accelerators of NVIDIA and AWS"),
        ({"instance_type": "dl2q.24xlarge"}, "instance_type", "accelerators of NVIDIA and AWS"),
        ({"instance_type": "g6f.xlarge"}, "instance_type", "a fraction of a GPU"),
        ({"instance_type": "g7.2xlarge"}, "instance_type", "GPUs of g7 need 595 or later"),
        ({"instance_type": "a1.large"}, "image", "Graviton2 or later"),
        ({"image": "ubuntu"}, "image", "al2023, bottlerocket"),
        ({"provisioner": "fargate"}, "provisioner", "managed, karpenter"),
        # sizes
        ({"max_size": 451}, "max_size", "from 1 to 450"),
        ({"max_size": 5001, "provisioner": "karpenter"}, "max_size", "from 1 to 5000"),
        (
            {"min_size": 1, "provisioner": "karpenter"},
            "min_size",
            "Karpenter starts nodes for pods that wait",
        ),
        (
            {"desired_size": 1, "provisioner": Provisioner.KARPENTER},
            "desired_size",
            "remove desired_size",
        ),
        ({**BLOCK, "min_size": 1}, "min_size", "in its window only"),
        ({**BLOCK, "desired_size": 4}, "desired_size", "in its window only"),
        ({**BLOCK, "max_size": 65}, "max_size", "at most 64"),
        # capacity
        ({"capacity_type": "reserved"}, "capacity_type", "reservation"),
        ({**BLOCK, "window": None}, "window", "when the Capacity Block can be used"),
        (
            {**BLOCK, "window": {"start": "2026-12-01T11:30:00Z", "end": "2026-11-01T11:30:00Z"}},
            "window.end",
            "after the start",
        ),
        (
            {**BLOCK, "window": {"start": "2026-12-01T11:30:00Z", "end": "2028-12-01T11:30:00Z"}},
            "window.end",
            "182 days",
        ),
        ({**BLOCK, "reservation_id": None}, "reservation_id", "the ID of the capacity-block"),
        (
            {**BLOCK, "reservation_id": "cb-0123456789abcdef0"},
            "reservation_id",
            "whose own ID begins with cb-",
        ),
        (
            {**BLOCK, "instance_type": "c7i.8xlarge"},
            "capacity_type",
            "Capacity Blocks are of accelerated instances",
        ),
        ({**RESERVED, "reservation_id": None}, "reservation_id", "the ID of the reservation"),
        ({**RESERVED, "reservation_id": "cr-xyz"}, "reservation_id", "17 hexadecimal digits"),
        ({**RESERVED, "window": BLOCK["window"]}, "window", "reservation capacity has no window"),
        ({"reservation_id": RESERVATION}, "reservation_id", "set capacity_type to reservation"),
        (
            {"capacity_type": "spot", "reservation_id": RESERVATION},
            "reservation_id",
            "spot instances",
        ),
        ({"window": BLOCK["window"]}, "window", "set capacity_type to capacity-block"),
        # one zone
        ({**EFA, "zone": None}, "zone", "EFA reaches no other zone"),
        (
            {**EFA, "zone": None, "subnet_ids": ["subnet-a", "subnet-b"]},
            "subnet_ids",
            "EFA reaches no other zone",
        ),
        ({**CLUSTERED, "zone": None}, "zone", "a cluster placement group is in one"),
        (
            {"placement_group_name": "x", "subnet_ids": ["a", "b"]},
            "subnet_ids",
            "a cluster placement group is in one",
        ),
        ({**RESERVED, "zone": None}, "zone", "reserved capacity is in one"),
        (
            {**BLOCK, "zone": None, "subnet_ids": ["a", "b"]},
            "subnet_ids",
            "reserved capacity is in one",
        ),
        ({"zone": "use1-az1"}, "zone", "not its ID"),
        ({"zone": "us-east-1a", "subnet_ids": ["subnet-a"]}, "zone", "remove one of the two"),
        ({"subnet_ids": []}, "subnet_ids", "at least one subnet"),
        # EFA and placement groups
        ({"efa": True, "zone": "us-east-1a"}, "efa", "g5.xlarge has no EFA"),
        ({**CLUSTERED, "placement_group_name": "x"}, "placement_group", "remove one of the two"),
        ({**BLOCK, **CLUSTERED}, "placement_group", "close to each other as it is"),
        (
            {**BLOCK, "placement_group_name": "x"},
            "placement_group_name",
            "remove placement_group_name",
        ),
        (
            {**RESERVED, **CLUSTERED},
            "placement_group",
            "the group that the reservation was created in",
        ),
        ({**CLUSTERED, "instance_type": "t3.large"}, "placement_group", "burstable and flex"),
        ({**CLUSTERED, "instance_type": "m7i-flex.large"}, "placement_group", "burstable and flex"),
        # disks
        ({"disk_gib": 49}, "disk_gib", "from 50 to 16384"),
        ({"local_storage": True, "instance_type": "inf2.xlarge"}, "local_storage", "no NVMe disks"),
        ({**SNAPSHOT, "image": "al2023"}, "snapshot_id", "set image to bottlerocket"),
        ({"snapshot_id": SNAPSHOT["snapshot_id"]}, "snapshot_id", "set image to bottlerocket"),
        ({**SNAPSHOT, "snapshot_id": "vol-1"}, "snapshot_id", "17 hexadecimal digits"),
        ({**SNAPSHOT, "local_storage": True}, "local_storage", "hide those of the snapshot"),
        # labels
        ({"labels": {"a..b/c": "x"}}, "labels.a..b/c", "a Kubernetes label key"),
        ({"labels": {f"{'a' * 254}/c": "x"}}, f"labels.{'a' * 254}/c", "a Kubernetes label key"),
        (
            {"labels": {"vpc.amazonaws.com/efa.present": "true"}},
            "labels.vpc.amazonaws.com/efa.present",
            "are taken",
        ),
        (
            {"labels": {"aws.amazon.com/neuron.present": "x"}},
            "labels.aws.amazon.com/neuron.present",
            "are taken",
        ),
        ({"labels": {"karpenter.sh/nodepool": "x"}}, "labels.karpenter.sh/nodepool", "are taken"),
        (
            {"labels": {"karpenter.k8s.aws/instance-family": "p5"}},
            "labels.karpenter.k8s.aws/instance-family",
            "are taken",
        ),
    ],
)
def test_what_can_not_work_is_refused_with_the_reason(
    overrides: dict[str, Any], key: str, text: str
) -> None:
    problems = problems_of(**overrides)

    assert [problem.key for problem in problems] == [f"gpu.{key}"]
    assert text in str(problems[0])
    assert problems[0].allowed
    assert problems[0].fix or "from" in problems[0].allowed or "," in problems[0].allowed


def test_every_instance_type_resolves_to_a_pool_or_is_refused_by_name() -> None:
    for name, instance in instances.every().items():
        problems = problems_of(instance_type=name)
        if problems:
            assert [problem.key for problem in problems] in (
                ["gpu.instance_type"],
                ["gpu.image"],
            ), name
            assert name in str(problems[0])
        else:
            resolved = pools.resolve("gpu", {"instance_type": name, "max_size": 1})
            assert resolved.ami_type == images.ami_type(instance, ImageFamily.AL2023)
            assert bool(resolved.accelerator) == bool(instance.accelerator_manufacturer), name


def test_what_is_not_known_yet_is_left_to_aws() -> None:
    assert not problems_of(
        **{**BLOCK, "reservation_id": later("x"), "zone": None, "subnet_ids": later(["a", "b"])}
    )
    assert not problems_of(**{**SNAPSHOT, "snapshot_id": later("x")})
    assert not problems_of(**{**RESERVED, "placement_group_name": later("x")})


def test_all_problems_of_a_pool_are_reported_at_once() -> None:
    problems = problems_of(
        efa=True,
        capacity_type="capacity-block",
        placement_group=True,
        snapshot_id="x",
        min_size=1,
        subnet_ids=["subnet-a", "subnet-b"],
        disk_gib=1,
    )

    assert {problem.key for problem in problems} == {
        f"gpu.{key}"
        for key in (
            "efa",
            "min_size",
            "reservation_id",
            "window",
            "placement_group",
            "subnet_ids",
            "disk_gib",
            "snapshot_id",
        )
    }


def cluster(pool: dict[str, Any], **overrides: Any) -> dict[str, str]:
    pool = {"instance_type": "g5.xlarge", "max_size": 1, **pool}
    args: Any = {
        "administrators": [],
        "private_subnet_ids": ["a", "b"],
        "pools": {"gpu": pool},
        **overrides,
    }
    return {
        p.key: str(p)
        for p in validate(args, Context("training", "project", "test"))
        if p.key.startswith(("pools", "zones"))
    }


def test_a_zone_has_to_be_one_of_the_cluster() -> None:
    zones = ["us-east-1a", "us-east-1b"]

    assert not cluster({"zone": "us-east-1b"}, zones=zones)
    assert not cluster({"zone": "us-east-1b"}, zones=later(zones))
    assert (
        "us-east-1a, us-east-1b" in cluster({"zone": "us-east-1c"}, zones=zones)["pools.gpu.zone"]
    )
    assert "pools.gpu.zone needs" in cluster({"zone": "us-east-1b"})["zones"]
    assert "one zone for each of private_subnet_ids, 2" in cluster({}, zones=zones[:1])["zones"]
    assert not cluster({})
