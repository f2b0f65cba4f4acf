"""Taints of a pool beside its standard one."""

from typing import Any

import pytest
from groundplan import TrainingCluster
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.choices import TaintEffect
from groundplan.training.karpenter import node_pool
from groundplan.training.nodes import device_plugins, pools
from groundplan.training.nodes.pool import Pool
from groundplan.training.queues import quotas

TEAM: Any = {"key": "example.com/team", "value": "vision"}
DRAIN: Any = {"key": "example.com/drain", "value": "true", "effect": "NoExecute"}


def pool(instance_type: str = "g5.xlarge", **args: Any) -> Pool:
    arguments: Any = {
        "instance_type": instance_type,
        "max_size": 1,
        "taints": [TEAM, DRAIN],
        **args,
    }
    return pools.resolve("gpu", arguments)


def problems(*taints: Any, instance_type: str = "g5.xlarge") -> dict[str, str]:
    args: Any = {"gpu": {"instance_type": instance_type, "max_size": 1, "taints": list(taints)}}
    return {p.key.removeprefix("gpu."): str(p) for p in pools.problems(args)}


@pytest.fixture(scope="module")
def plan() -> Plan:
    gpu: Any = {"instance_type": "g5.xlarge", "max_size": 1, "taints": [TEAM, DRAIN]}
    args: Any = {
        "private_subnet_ids": ["subnet-a", "subnet-b"],
        "administrators": ["arn:aws:iam::123456789012:role/platform"],
        "pools": {
            "gpu": {**gpu, "prefetch": ["ghcr.io/ml/train:1.2"]},
            "soft": {**gpu, "taints": [{**TEAM, "effect": "PreferNoSchedule"}]},
        },
    }
    return deploy(lambda: TrainingCluster("training", args))


def test_the_node_group_has_them(plan: Plan) -> None:
    group = plan.one("aws:eks/nodeGroup:NodeGroup", "training-gpu-nodes").inputs
    assert group["taints"] == [
        {"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"},
        {"key": "example.com/team", "value": "vision", "effect": "NO_SCHEDULE"},
        {"key": "example.com/drain", "value": "true", "effect": "NO_EXECUTE"},
    ]
    soft = plan.one("aws:eks/nodeGroup:NodeGroup", "training-soft-nodes").inputs
    assert soft["taints"][1]["effect"] == "PREFER_NO_SCHEDULE"


def test_jobs_of_the_pool_tolerate_them() -> None:
    assert quotas.resource_flavor(pool().flavor)["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Equal", "value": "present", "effect": "NoSchedule"},
        {"key": "example.com/team", "operator": "Equal", "value": "vision", "effect": "NoSchedule"},
        {"key": "example.com/drain", "operator": "Equal", "value": "true", "effect": "NoExecute"},
    ]


def test_pods_that_prefetch_images_tolerate_them(plan: Plan) -> None:
    spec = plan.one("kubernetes:apps/v1:DaemonSet").inputs["spec"]["template"]["spec"]
    assert spec["tolerations"] == quotas.resource_flavor(pool().flavor)["tolerations"]


def test_karpenter_starts_nodes_with_them() -> None:
    spec = node_pool.spec(pool(provisioner="karpenter"))
    assert spec["template"]["spec"]["taints"][1:] == [
        {"key": "example.com/team", "value": "vision", "effect": "NoSchedule"},
        {"key": "example.com/drain", "value": "true", "effect": "NoExecute"},
    ]


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        (device_plugins.nvidia_values([pool(), pool()])["tolerations"], ["nvidia.com/gpu"]),
        (
            device_plugins.neuron_values([pool("trn1.32xlarge")])["devicePlugin"]["tolerations"],
            ["aws.amazon.com/neuron"],
        ),
        (
            device_plugins.efa_values([pool("p5.48xlarge", efa=True)])["tolerations"],
            ["nvidia.com/gpu", "aws.amazon.com/neuron", "groundplan/pool"],
        ),
    ],
)
def test_device_plugins_run_on_the_nodes(values: list[dict[str, Any]], keys: list[str]) -> None:
    own = [TEAM["key"], DRAIN["key"]]
    assert [toleration["key"] for toleration in values] == [*keys, *own]
    assert [toleration["effect"] for toleration in values[-2:]] == ["NoSchedule", "NoExecute"]


def test_without_taints_the_charts_keep_their_defaults() -> None:
    plain = pool(taints=[])
    assert device_plugins.nvidia_values([plain]) == {}
    assert device_plugins.neuron_values([plain]) == device_plugins.NEURON_VALUES
    assert device_plugins.efa_values([plain]) == device_plugins.EFA_VALUES


@pytest.mark.parametrize("effect", list(TaintEffect))
def test_every_effect_is_accepted_by_member_and_by_value(effect: TaintEffect) -> None:
    assert not problems({**TEAM, "effect": effect})
    assert not problems({**TEAM, "effect": effect.value})


@pytest.mark.parametrize(
    ("taint", "key", "words"),
    [
        ({**TEAM, "key": "a/b/c"}, "taints[0].key", "rename the taint"),
        ({**TEAM, "key": ""}, "taints[0].key", "a Kubernetes taint key"),
        ({**TEAM, "key": "nvidia.com/gpu"}, "taints[0].key", "standard taint"),
        ({**TEAM, "key": "karpenter.sh/x"}, "taints[0].key", 'use "example.com/x"'),
        ({**TEAM, "value": ""}, "taints[0].value", "set a value, such as true"),
        ({**TEAM, "value": "a b"}, "taints[0].value", "change the value"),
        ({**TEAM, "value": "x" * 64}, "taints[0].value", "1 to 63"),
        ({**TEAM, "effect": "NoScedule"}, "taints[0].effect", 'did you mean "NoSchedule"'),
    ],
)
def test_a_taint_that_kubernetes_or_eks_refuses_is_refused(
    taint: Any, key: str, words: str
) -> None:
    reported = problems(taint)
    assert list(reported) == [key]
    assert words in reported[key]


def test_a_pool_without_accelerator_has_the_pool_taint_already() -> None:
    taint = {"key": "groundplan/pool", "value": "x"}
    assert "standard taint" in problems(taint, instance_type="c7i.large")["taints[0].key"]


def test_key_and_effect_are_unique() -> None:
    assert not problems(TEAM, {**TEAM, "effect": "NoExecute"})
    assert list(problems(TEAM, {**TEAM, "value": "speech"})) == ["taints[1]"]


def test_there_are_no_more_than_a_flavor_tolerates() -> None:
    many = [{"key": f"k{i}", "value": "x"} for i in range(51)]
    assert not problems(*many[:7])
    assert list(problems(*many[:8])) == ["taints"]
    assert list(problems(*many)) == ["taints"]
