import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from groundplan.problems import Problem
from groundplan.training.choices import CapacityType, ImageFamily, Provisioner
from groundplan.training.nodes import pools
from groundplan.training.nodes.capacity_window import Window
from groundplan.training.nodes.pool import Pool


def pool(instance_type: str, **arguments: Any) -> Pool:
    args: Any = {"instance_type": instance_type, "max_size": 4, **arguments}
    return pools.resolve("gpu", args)


def problems_of(**arguments: Any) -> dict[str, Problem]:
    args: Any = {"instance_type": "g5.xlarge", "max_size": 4, **arguments}
    return {p.key: p for p in pools.problems({"gpu": args})}


def test_validation_imports_no_provider_sdk() -> None:
    code = (
        "import sys, groundplan.training.nodes.pools, groundplan.training.cluster.access, "
        "groundplan.training.platform.validation; "
        "sys.exit(bool({'pulumi_aws', 'pulumi_kubernetes'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("instance_type", "ami_type"),
    [
        ("g5.xlarge", "AL2023_x86_64_NVIDIA"),
        ("p5.48xlarge", "AL2023_x86_64_NVIDIA"),
        ("g5g.xlarge", "AL2023_ARM_64_NVIDIA"),
    ],
)
def test_a_gpu_pool_has_the_image_with_its_drivers_and_lacks_the_device_plugin(
    instance_type: str, ami_type: str
) -> None:
    assert pool(instance_type).ami_type == ami_type
    assert pool(instance_type).needs_device_plugin


@pytest.mark.parametrize(
    ("instance_type", "ami_type"),
    [("m7i.large", "AL2023_x86_64_STANDARD"), ("m7g.large", "AL2023_ARM_64_STANDARD")],
)
def test_the_system_pool_has_the_standard_image_of_its_architecture(
    instance_type: str, ami_type: str
) -> None:
    system = pools.resolve_system({"instance_type": instance_type})

    assert (system.ami_type, system.needs_device_plugin) == (ami_type, False)
    assert system.labels == {"groundplan/pool": "system"}


def test_the_system_pool_has_two_to_four_nodes() -> None:
    system = pools.resolve_system({})

    assert system.instance.name == "m7i.large"
    assert (system.min_size, system.desired_size, system.max_size, system.disk_gib) == (
        2,
        2,
        4,
        100,
    )


def test_a_pool_starts_empty_on_demand_and_with_200_gib() -> None:
    resolved = pool("g5.xlarge")

    assert (resolved.min_size, resolved.desired_size, resolved.max_size) == (0, 0, 4)
    assert (resolved.capacity_type, resolved.disk_gib) == (CapacityType.ON_DEMAND, 200)


def test_a_pool_is_managed_with_al2023_and_nothing_that_was_not_asked_for() -> None:
    resolved = pool("p5.48xlarge")

    assert (resolved.provisioner, resolved.image) == (Provisioner.MANAGED, ImageFamily.AL2023)
    assert (
        resolved.efa,
        resolved.placement_group,
        resolved.placement_group_name,
        resolved.interfaces,
    ) == (
        False,
        False,
        None,
        [],
    )
    assert (resolved.reservation_id, resolved.window, resolved.zone, resolved.subnet_ids) == (
        None,
        None,
        None,
        None,
    )


def test_local_disks_are_used_where_there_are_some_and_no_snapshot_holds_the_images() -> None:
    assert pool("g5.xlarge").local_storage
    assert not pool("g5.xlarge", local_storage=False).local_storage
    assert not pool("inf2.xlarge").local_storage
    resolved = pool("g5.xlarge", image="bottlerocket", snapshot_id="snap-0123456789abcdef0")
    assert (resolved.local_storage, resolved.snapshot_id) == (False, "snap-0123456789abcdef0")


def test_a_pool_has_the_values_of_its_arguments() -> None:
    block = {"start": "2026-12-01T11:30:00Z", "end": "2026-12-02T11:30:00Z"}
    resolved = pool(
        "p5.48xlarge",
        provisioner="karpenter",
        capacity_type="capacity-block",
        reservation_id="cr-0123456789abcdef0",
        window=block,
        image="bottlerocket",
        efa=True,
        zone="us-east-1a",
    )

    assert (resolved.provisioner, resolved.image) == (
        Provisioner.KARPENTER,
        ImageFamily.BOTTLEROCKET,
    )
    assert (resolved.capacity_type, resolved.reservation_id) == (
        CapacityType.CAPACITY_BLOCK,
        "cr-0123456789abcdef0",
    )
    assert resolved.window == Window(
        datetime(2026, 12, 1, 11, 30, tzinfo=UTC), datetime(2026, 12, 2, 11, 30, tzinfo=UTC)
    )
    assert (resolved.efa, resolved.zone, resolved.flavor.efa, len(resolved.interfaces)) == (
        True,
        "us-east-1a",
        32,
        32,
    )
    assert (resolved.ami_type, resolved.needs_device_plugin) == (
        "BOTTLEROCKET_x86_64_NVIDIA",
        False,
    )


@pytest.mark.parametrize(
    ("instance_type", "ami_type", "accelerator", "taint"),
    [
        ("p5.48xlarge", "AL2023_x86_64_NVIDIA", "nvidia.com/gpu", ("nvidia.com/gpu", "present")),
        ("g5g.xlarge", "AL2023_ARM_64_NVIDIA", "nvidia.com/gpu", ("nvidia.com/gpu", "present")),
        (
            "trn1.32xlarge",
            "AL2023_x86_64_NEURON",
            "aws.amazon.com/neuron",
            ("aws.amazon.com/neuron", "present"),
        ),
        ("c7i.8xlarge", "AL2023_x86_64_STANDARD", None, ("groundplan/pool", "gpu")),
        ("c7g.8xlarge", "AL2023_ARM_64_STANDARD", None, ("groundplan/pool", "gpu")),
    ],
)
def test_what_follows_from_the_instance_type(
    instance_type: str, ami_type: str, accelerator: str | None, taint: tuple[str, str]
) -> None:
    resolved = pool(instance_type)

    assert (resolved.ami_type, resolved.accelerator) == (ami_type, accelerator)
    assert [(t.key, t.value) for t in resolved.taints] == [taint]


def test_of_what_the_arguments_describe_the_sound_pools_can_be_had() -> None:
    right: Any = {"instance_type": "g5.xlarge", "max_size": 1}
    arguments: Any = {
        "b": right,
        "a": right,
        "c": {**right, "max_size": 0},
        "d": {"max_size": 1},
        "e": {**right, "max_size": None},
    }

    assert [pool.name for pool in pools.examine({**arguments, "System": right}).pools] == ["a", "b"]


def test_a_pool_starts_at_its_minimum_or_desired_size() -> None:
    assert pool("g5.xlarge", min_size=2).desired_size == 2
    assert pool("g5.xlarge", min_size=0, desired_size=3).desired_size == 3
    assert pool("g5.xlarge", min_size=1, desired_size=None).desired_size == 1


def test_labels_are_those_of_the_device_plugin_and_the_autoscaler() -> None:
    assert pool("g6e.12xlarge", labels={"example.com/team": "vision"}).labels == {
        "example.com/team": "vision",
        "groundplan/pool": "gpu",
        "nvidia.com/gpu.present": "true",
        "k8s.amazonaws.com/accelerator": "nvidia-l40s",
    }


def test_the_flavor_is_what_the_queues_have_to_know() -> None:
    flavor = pool("g5.12xlarge", max_size=3).flavor
    assert (flavor.nodes, flavor.cpu, flavor.memory_mib, flavor.efa) == (3, 48, 196608, 0)
    assert (flavor.accelerator, flavor.accelerators) == ("nvidia.com/gpu", 4)
    assert flavor.node_labels == {"groundplan/pool": "gpu"}


def test_pools_are_in_the_order_of_their_names() -> None:
    one: Any = {"instance_type": "g5.xlarge", "max_size": 1}

    assert [p.name for p in pools.examine({"b": one, "a": one}).pools] == ["a", "b"]


def test_a_pool_that_is_right_has_no_problems() -> None:
    assert not problems_of(
        min_size=1,
        desired_size=2,
        capacity_type="spot",
        disk_gib=100,
        labels={"example.com/team": "a"},
    )
    assert not problems_of(
        capacity_type=CapacityType.SPOT, subnet_ids=["subnet-1"], labels={"plain": ""}
    )


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ({"max_size": 0}, "gpu.max_size"),
        ({"max_size": 451}, "gpu.max_size"),
        ({"min_size": -1}, "gpu.min_size"),
        ({"min_size": 5}, "gpu.min_size"),
        ({"desired_size": 5}, "gpu.desired_size"),
        ({"min_size": 2, "desired_size": 1}, "gpu.desired_size"),
        ({"capacity_type": "reserved"}, "gpu.capacity_type"),
        ({"disk_gib": 49}, "gpu.disk_gib"),
        ({"disk_gib": 16385}, "gpu.disk_gib"),
        ({"labels": {"no spaces": "x"}}, "gpu.labels.no spaces"),
        ({"labels": {"example.com/a": "no spaces"}}, "gpu.labels.example.com/a"),
        ({"labels": {"node.kubernetes.io/role": "gpu"}}, "gpu.labels.node.kubernetes.io/role"),
        ({"labels": {"eks.amazonaws.com/x": "gpu"}}, "gpu.labels.eks.amazonaws.com/x"),
        ({"labels": {"nvidia.com/gpu.present": "no"}}, "gpu.labels.nvidia.com/gpu.present"),
        ({"labels": {"groundplan/pool": "other"}}, "gpu.labels.groundplan/pool"),
    ],
)
def test_an_invalid_pool_is_reported_under_its_key(arguments: dict[str, Any], key: str) -> None:
    problems = problems_of(**arguments)

    assert list(problems) == [key]
    assert problems[key].allowed


@pytest.mark.parametrize("name", ["system", "GPU", "1st", "a_b", "-a", "a-", "x" * 31])
def test_an_invalid_name_is_refused(name: str) -> None:
    assert [
        p.key for p in pools.problems({name: {"instance_type": "g5.xlarge", "max_size": 1}})
    ] == [name]


@pytest.mark.parametrize("name", ["a", "a100", "gpu-spot", "x" * 30])
def test_a_name_that_fits_is_taken(name: str) -> None:
    assert not pools.problems({name: {"instance_type": "g5.xlarge", "max_size": 1}})


def test_there_is_an_end_to_the_number_of_pools() -> None:
    many: Any = {f"p{n}": {"instance_type": "g5.xlarge", "max_size": 1} for n in range(65)}

    assert [str(p.value) for p in pools.problems(many)] == ["65"]


def test_values_that_are_missing_are_left_to_others() -> None:
    nothing: Any = {}
    assert not pools.problems({"gpu": nothing})
    assert not pools.system_problems({})


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ({"instance_type": "m7i.larg"}, "instance_type"),
        ({"instance_type": "g5.xlarge"}, "instance_type"),
        ({"instance_type": "trn1.2xlarge"}, "instance_type"),
        ({"min_size": 0}, "min_size"),
        ({"min_size": 5}, "min_size"),
        ({"max_size": 1}, "min_size"),
        ({"max_size": 451}, "max_size"),
    ],
)
def test_an_invalid_system_pool_is_reported_under_its_key(arguments: Any, key: str) -> None:
    assert [p.key for p in pools.system_problems(arguments)] == [key]
