"""A cluster is validated once and resolved once."""

from collections import Counter
from typing import Any

import pytest
from groundplan import TrainingCluster, TrainingPlatform
from groundplan.arguments import InvalidArguments
from groundplan.context import Context
from groundplan.testing import deploy
from groundplan.training.cluster.validation import examine
from groundplan.training.nodes import pool_rules, pools
from groundplan.training.platform import validation as platform_validation

NEEDED: Any = {
    "private_subnet_ids": ["subnet-a", "subnet-b"],
    "administrators": ["arn:aws:iam::123456789012:role/platform"],
    "zones": ["us-east-1a", "us-east-1b"],
    "subnet_cidr_blocks": ["10.0.0.0/18", "10.0.64.0/18"],
}
POOLS: Any = {
    "gpu": {"instance_type": "g5.12xlarge", "max_size": 4, "prefetch": ["ghcr.io/ml/train:1.2"]},
    "burst": {"instance_type": "g6.xlarge", "max_size": 8, "provisioner": "karpenter"},
    "cpu": {"instance_type": "c7i.8xlarge", "max_size": 2, "zone": "us-east-1a"},
}
UNZONED: Any = {"zones": None, "subnet_cidr_blocks": None, "pools": {}}
CONTEXT = Context("training", "project", "test")


def count(calls: Counter[str], monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    original = getattr(module, name)

    def counted(*args: Any) -> Any:
        calls[name if name != "problems" else f"{module.__name__}.problems"] += 1
        return original(*args)

    monkeypatch.setattr(module, name, counted)


def test_a_cluster_validates_and_resolves_each_pool_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()
    count(calls, monkeypatch, pool_rules, "problems")
    for name in ("resolve", "resolve_system", "system_problems", "examine"):
        count(calls, monkeypatch, pools, name)
    args: Any = {
        **NEEDED,
        "pools": POOLS,
        "teams": {"vision": {"guaranteed": {"gpu": 4}, "max_usd_per_hour": 20}},
        "max_usd_per_hour": 1000,
    }

    deploy(lambda: TrainingCluster("training", args))

    assert calls == {
        "groundplan.training.nodes.pool_rules.problems": len(POOLS),
        "resolve": len(POOLS),
        "resolve_system": 1,
        "system_problems": 1,
        "examine": 1,
    }


def test_a_platform_validates_and_resolves_each_pool_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()
    count(calls, monkeypatch, platform_validation, "_pool_problems")
    count(calls, monkeypatch, platform_validation, "flavor")
    pool: Any = {"nodes": 4, "cpu": 8, "memory_gib": 64}
    args: Any = {
        "kubeconfig": "{}",
        "pools": {name: {**pool, "node_labels": {"pool": name}} for name in ("a", "b")},
        "teams": {"vision": {"guaranteed": {"a": 1}}},
    }

    deploy(lambda: TrainingPlatform("ml", args))

    assert calls == {"_pool_problems": 2, "flavor": 2}


def test_every_default_is_in_the_spec() -> None:
    args: Any = {**NEEDED, "pools": {"gpu": {"instance_type": "g5.xlarge", "max_size": 1}}}

    problems, spec = examine(args, CONTEXT)

    assert not problems
    assert spec is not None
    assert (spec.cluster_name, spec.log_retention_days) == ("project-test-training", 90)
    assert (spec.deletion_protection, spec.schedule, spec.artifacts) == (True, None, None)
    assert (spec.system_pool.instance.name, spec.system_pool.max_size) == ("m7i.large", 4)
    assert [pool.name for pool in spec.pools] == ["gpu"]


def test_required_values_that_are_missing_are_reported_and_nothing_else_fails() -> None:
    args: Any = {
        **NEEDED,
        "pools": {
            "gpu": {
                "instance_type": "p5.48xlarge",
                "max_size": 1,
                "capacity_type": "capacity-block",
                "reservation_id": "cr-0123456789abcdef0",
                "window": {"start": "2026-12-01T11:30:00Z"},
                "zone": "us-east-1a",
            },
            "cpu": {"instance_type": "c7i.large", "max_size": 1, "taints": [{"key": "a"}]},
        },
    }
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: TrainingCluster("training", args))
    assert {problem.key for problem in caught.value.problems} == {
        "pools.gpu.window.end",
        "pools.cpu.taints[0].value",
    }


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"administrators": []}, "administrators"),
        ({**UNZONED, "private_subnet_ids": []}, "private_subnet_ids"),
        ({"system_pool": {"min_size": 0}}, "system_pool.min_size"),
        ({"system_pool": {"max_size": -1}}, "system_pool.max_size"),
        ({"pools": {"x": {**POOLS["gpu"], "max_size": 0}}}, "pools.x.max_size"),
        ({"pools": {"x": {**POOLS["gpu"], "min_size": -1}}}, "pools.x.min_size"),
        ({"pools": {"x": {**POOLS["gpu"], "desired_size": -1}}}, "pools.x.desired_size"),
        ({"pools": {"x": {**POOLS["gpu"], "subnet_ids": []}}}, "pools.x.subnet_ids"),
        ({"pools": {"x": {**POOLS["gpu"], "disk_gib": 0}}}, "pools.x.disk_gib"),
        ({"pools": {"x": {**POOLS["gpu"], "usd_per_hour": 0.0}}}, "pools.x.usd_per_hour"),
        ({"teams": {"a": {"guaranteed": {"gpu": -1}}}}, "teams.a.guaranteed.gpu"),
        ({"teams": {"a": {"borrowing_limits": {"gpu": -1}}}}, "teams.a.borrowing_limits.gpu"),
        ({"teams": {"a": {"lending_limits": {"gpu": -1}}}}, "teams.a.lending_limits.gpu"),
        ({"teams": {"a": {"max_usd_per_hour": 0.0}}}, "teams.a.max_usd_per_hour"),
        ({"teams": {"a": {"weight": 0}}}, "teams.a.weight"),
        ({"max_usd_per_hour": 0.0}, "max_usd_per_hour"),
        ({"log_retention_days": 0}, "log_retention_days"),
    ],
)
def test_values_out_of_bounds_are_refused(args: dict[str, Any], key: str) -> None:
    merged: Any = {**NEEDED, "pools": POOLS, **args}
    problems, spec = examine(merged, CONTEXT)
    assert [problem.key for problem in problems] == [key]
    assert spec is None


def test_bounds_of_teams_are_validated_beside_invalid_pools() -> None:
    args: Any = {
        **NEEDED,
        "pools": {"gpu": {**POOLS["gpu"], "max_size": 0}},
        "teams": {"a": {"guaranteed": {"gpu": -1}, "weight": 0, "max_usd_per_hour": -1.0}},
        "max_usd_per_hour": -1.0,
    }
    problems, _ = examine(args, CONTEXT)
    assert {problem.key for problem in problems} == {
        "pools.gpu.max_size",
        "teams.a.guaranteed.gpu",
        "teams.a.weight",
        "teams.a.max_usd_per_hour",
        "max_usd_per_hour",
    }


def test_the_ceiling_names_keys_of_the_cluster() -> None:
    args: Any = {**NEEDED, "system_pool": {"max_size": 40}, "max_usd_per_hour": 3.0}
    (problem,), _ = examine(args, CONTEXT)
    assert problem.fix.startswith("lower system_pool.max_size to ")

    priced: Any = {**NEEDED, "pools": {"gpu": {**POOLS["gpu"]}}, "max_usd_per_hour": 15.0}
    (problem,), _ = examine(priced, CONTEXT)
    assert problem.fix.startswith("lower pools.gpu.max_size to ")
