"""The environment in a cluster that is there already."""

import json
import pathlib
from typing import Any

import pytest
from configuration import InvalidSettings, describe
from environments import manifests

ROOT = pathlib.Path(__file__).parents[2]
PLATFORM: dict[str, Any] = {"kubeconfig": "~/.kube/config"}


def problems(**sections: Any) -> dict[str, str]:
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    with pytest.raises(InvalidSettings) as caught:
        describe("groundplan", "local", values)
    return {problem.key: str(problem) for problem in caught.value.problems}


def test_a_local_environment_needs_nothing_of_aws() -> None:
    manifest = manifests()["local"]

    assert not [resource.type for resource in manifest if "aws" in resource.type]
    assert manifest.invokes == ()
    assert manifest.outputs == {
        "namespaces": ["training", "vision"],
        "clusterQueues": {"training": "default", "vision": "vision"},
    }


def test_aws_needs_a_region() -> None:
    assert set(problems(network={"zoneCount": 2})) == {"aws:region"}
    reported = problems(
        platform=PLATFORM, network={"zoneCount": 2}, artifacts={"lifecycle": {"noncurrentDays": 1}}
    )
    assert set(reported) == {"aws:region"}
    assert "or remove artifacts, network" in reported["aws:region"]


def test_a_platform_may_stand_beside_aws() -> None:
    values = {"aws:region": "us-east-1", "groundplan:platform": json.dumps(PLATFORM)}
    described = [component.type for component in describe("groundplan", "both", values).components]
    assert {"Network", "TrainingPlatform"} <= set(described)


def test_problems_of_a_platform_name_the_keys_of_the_stack_file() -> None:
    pools = {
        "gpu": {"nodes": 1, "cpu": 8, "memoryGib": 64, "nodeLabels": {"a": "b"}, "accelerators": 8}
    }
    reported = problems(
        platform={
            **PLATFORM,
            "pools": pools,
            "schedule": {"close": "late", "open": "07:00"},
            "maxUsdPerHour": 1.0,
        }
    )
    assert set(reported) == {
        "groundplan:platform.pools.gpu.accelerator",
        "groundplan:platform.schedule.close",
    }
    priceless = {"gpu": {"nodes": 1, "cpu": 8, "memoryGib": 64, "nodeLabels": {"a": "b"}}}
    assert set(problems(platform={**PLATFORM, "pools": priceless, "maxUsdPerHour": 1.0})) == {
        "groundplan:platform.pools.gpu.usdPerHour"
    }
