"""Dynamic resource allocation: where it works, its driver, and how Kueue counts it."""

import json
from typing import Any

import pytest
from groundplan.context import Context
from groundplan.training import versions
from groundplan.training.cluster.validation import validate
from groundplan.training.nodes import device_allocation, device_plugins, pools
from groundplan.training.nodes.pool import Pool
from groundplan.training.queues import kueue

DRA: dict[str, Any] = {"instance_type": "g6.xlarge", "min_size": 1, "max_size": 4, "dra": True}


def pool(name: str, **args: Any) -> Pool:
    described: Any = {**DRA, **args}
    return pools.resolve(name, described)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"image": "al2023", "capacity_type": "spot"},
        {"provisioner": "karpenter", "min_size": 4},
        {
            "instance_type": "p5.48xlarge",
            "min_size": 0,
            "capacity_type": "capacity-block",
            "reservation_id": "cr-01234567",
            "zone": "us-east-1a",
            "window": {"start": "2026-12-01T11:30:00Z", "end": "2026-12-15T11:30:00Z"},
        },
    ],
)
def test_it_works_where_nodes_are_there_before_pods_claim_devices(more: Any) -> None:
    pool: Any = {**DRA, **more}
    assert pools.problems({"gpu": pool}) == []


@pytest.mark.parametrize(
    ("more", "words", "fix"),
    [
        (
            {"provisioner": "karpenter", "min_size": 0},
            "Karpenter does not simulate DRA",
            "min_size to 4",
        ),
        (
            {"provisioner": "auto-mode", "min_size": 0},
            "EKS Auto Mode does not support DRA",
            "set provisioner to managed",
        ),
        ({"provisioner": "auto-mode", "min_size": 4}, "does not support DRA", "managed"),
        ({"image": "bottlerocket"}, "own device plugin", "set image to al2023"),
        ({"min_size": 0}, "starts none from zero", "set min_size to 1 or more"),
        ({"instance_type": "c7i.8xlarge"}, "c7i.8xlarge has none", "whole GPU"),
        ({"instance_type": "trn1.32xlarge"}, "trn1.32xlarge has none", "g6.xlarge"),
    ],
)
def test_it_is_refused_elsewhere_with_the_reason(more: Any, words: str, fix: str) -> None:
    pool: Any = {**DRA, **more}
    (problem,) = pools.problems({"gpu": pool})

    assert problem.key == "gpu.dra"
    assert words in problem.allowed
    assert fix in problem.fix


def test_it_needs_the_minor_version_in_which_other_jobs_get_its_gpus_too() -> None:
    args: Any = {
        "private_subnet_ids": ["subnet-a", "subnet-b"],
        "administrators": ["arn:aws:iam::123456789012:role/ml"],
        "pools": {"gpu": DRA},
    }
    context = Context("training", "ml", "prod", region="us-east-1")

    newer: Any = {**args, "kubernetes_version": "1.36"}
    older: Any = {**args, "kubernetes_version": "1.35"}
    assert validate(newer, context) == []
    (problem,) = validate(older, context)
    assert problem.key == "pools.gpu.dra"
    assert "set kubernetes_version to 1.36" in problem.fix


def test_the_driver_and_the_device_plugin_are_never_on_one_node() -> None:
    described = [pool("dra"), pool("plugin", dra=False)]
    plugins = {found.chart.name: found.values for found in device_plugins.which(described)}

    driver = plugins["dra-driver-nvidia-gpu"]["kubeletPlugin"]["affinity"]
    plugin = plugins["nvidia-device-plugin"]["affinity"]
    assert '"values": ["dra"]' in json.dumps(driver)
    assert '"values": ["plugin"]' in json.dumps(plugin)


def test_a_cluster_with_only_such_pools_has_no_device_plugin() -> None:
    (found,) = device_plugins.which([pool("dra")])

    assert found.chart is versions.DRA_DRIVER
    assert found.values["gpuResourcesEnabledOverride"] is True
    assert found.values["resources"] == {"computeDomains": {"enabled": False}}


def test_the_driver_tolerates_the_pools_own_taints() -> None:
    tainted = pool("dra", taints=[{"key": "example.com/team", "value": "vision"}])
    tolerations = device_allocation.values([tainted])["kubeletPlugin"]["tolerations"]

    assert [one["key"] for one in tolerations] == ["nvidia.com/gpu", "example.com/team"]


def test_kueue_counts_claims_as_the_resource_of_its_quotas() -> None:
    mappings = device_allocation.device_class_mappings()
    text = kueue.configuration(mappings)

    assert json.loads(text)["resources"]["deviceClassMappings"] == [
        {"name": "nvidia.com/gpu", "deviceClassNames": ["gpu.nvidia.com"]}
    ]
    assert "deviceClassMappings" not in kueue.configuration()
