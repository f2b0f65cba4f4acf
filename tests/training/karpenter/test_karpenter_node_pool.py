from typing import Any

import pytest
from groundplan.training.karpenter import node_pool
from groundplan.training.nodes import pools
from groundplan.training.nodes.pool import Pool


def karpenter_pool(**overrides: Any) -> Pool:
    args: Any = {
        "instance_type": "p5.48xlarge",
        "max_size": 4,
        "provisioner": "karpenter",
        **overrides,
    }
    return pools.resolve("gpu", args)


def test_a_node_pool_starts_one_instance_type_up_to_its_ceiling_and_never_ends_a_job() -> None:
    assert node_pool.spec(karpenter_pool(labels={"example.com/team": "vision"})) == {
        "template": {
            "metadata": {
                "labels": {
                    "example.com/team": "vision",
                    "groundplan/pool": "gpu",
                    "nvidia.com/gpu.present": "true",
                    "k8s.amazonaws.com/accelerator": "nvidia-h100",
                }
            },
            "spec": {
                "nodeClassRef": {
                    "group": "karpenter.k8s.aws",
                    "kind": "EC2NodeClass",
                    "name": "gpu",
                },
                "requirements": [
                    {
                        "key": "node.kubernetes.io/instance-type",
                        "operator": "In",
                        "values": ["p5.48xlarge"],
                    },
                    {
                        "key": "karpenter.sh/capacity-type",
                        "operator": "In",
                        "values": ["on-demand"],
                    },
                ],
                "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
                "expireAfter": "Never",
            },
        },
        "disruption": {
            "consolidationPolicy": "WhenEmpty",
            "consolidateAfter": "10m",
            "budgets": [
                {"nodes": "0", "reasons": ["Drifted", "Underutilized"]},
                {"nodes": "100%", "reasons": ["Empty"]},
            ],
        },
        "limits": {"nodes": "4", "cpu": "768", "memory": "8388608Mi", "nvidia.com/gpu": "32"},
    }


@pytest.mark.parametrize(
    ("overrides", "capacity_type"),
    [
        ({}, "on-demand"),
        ({"capacity_type": "spot"}, "spot"),
        ({"capacity_type": "reservation", "reservation_id": "cr-0123456789abcdef0"}, "reserved"),
        (
            {
                "capacity_type": "capacity-block",
                "reservation_id": "cr-0123456789abcdef0",
                "window": {"start": "2026-12-01T11:30:00Z", "end": "2026-12-08T11:30:00Z"},
            },
            "reserved",
        ),
    ],
)
def test_a_node_pool_has_one_way_to_buy_instances_and_falls_back_on_no_other(
    overrides: Any, capacity_type: str
) -> None:
    requirements = node_pool.spec(karpenter_pool(**overrides))["template"]["spec"]["requirements"]

    assert [r["values"] for r in requirements if r["key"] == "karpenter.sh/capacity-type"] == [
        [capacity_type]
    ]


@pytest.mark.parametrize(
    ("type_", "accelerators", "taint"),
    [
        (
            "g5.12xlarge",
            {"nvidia.com/gpu": "12"},
            {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"},
        ),
        (
            "trn1.32xlarge",
            {"aws.amazon.com/neuron": "48"},
            {"key": "aws.amazon.com/neuron", "value": "present", "effect": "NoSchedule"},
        ),
        ("c7i.8xlarge", {}, {"key": "groundplan/pool", "value": "gpu", "effect": "NoSchedule"}),
    ],
)
def test_the_ceiling_counts_the_accelerators_that_the_taint_is_for(
    type_: str, accelerators: Any, taint: Any
) -> None:
    pool = karpenter_pool(instance_type=type_, max_size=3)
    spec = node_pool.spec(pool)

    instance = pool.instance
    assert spec["limits"] == {
        "nodes": "3",
        "cpu": str(3 * instance.vcpus),
        "memory": f"{3 * instance.memory_mib}Mi",
        **accelerators,
    }
    assert spec["template"]["spec"]["taints"] == [taint]


def test_no_two_specs_share_what_can_be_changed() -> None:
    first, second = node_pool.spec(karpenter_pool()), node_pool.spec(karpenter_pool())

    first["disruption"]["budgets"][0]["nodes"] = "1"
    assert second["disruption"]["budgets"][0]["nodes"] == "0"
