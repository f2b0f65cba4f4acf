"""Services fit on the nodes of their pool, while they serve and while they roll out."""

import json
from typing import Any

import pytest
from configuration import InvalidSettings, describe

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4.2"
SCALING = {"max": 3, "keda": True, "metric": "query", "query": "vector(1)", "target": 1}
ADMINISTRATOR = "arn:aws:iam::123456789012:role/platform"


def problems(
    services: dict[str, Any], *, nodes: int = 2, type: str = "g5.12xlarge", **training: Any
) -> dict[str, str]:
    """Returns key -> text of the problems of services on the pool gpu."""
    sections = {
        "training": {
            "administrators": [ADMINISTRATOR],
            "pools": {"gpu": {"instanceType": type, "maxSize": nodes}},
            **training,
        },
        "services": services,
    }
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    try:
        describe("groundplan", "test", {"aws:region": "us-east-1", **values})
    except InvalidSettings as error:
        return {p.key.removeprefix("groundplan:"): str(p) for p in error.problems}
    return {}


def service(**args: Any) -> dict[str, Any]:
    return {"image": IMAGE, "pool": "gpu", **args}


def test_a_rollout_whose_new_pod_fits_nowhere_is_refused_with_the_fix() -> None:
    vllm = {
        "engine": "vllm",
        "pool": "gpu",
        "modelData": "models/a/1/",
        "accelerators": 4,
        "replicas": 2,
    }
    reported = problems({"chat": vllm})
    assert list(reported) == ["services.chat.rollout.maxSurge"]
    assert "the rollout would never end" in reported["services.chat.rollout.maxSurge"]
    assert "{maxSurge: 0, maxUnavailable: 1}" in reported["services.chat.rollout.maxSurge"]
    assert problems({"chat": {**vllm, "rollout": {"maxSurge": 0, "maxUnavailable": 1}}}) == {}
    assert problems({"chat": vllm}, nodes=3) == {}


def test_one_replica_that_fills_the_pool_needs_another_node() -> None:
    reported = problems({"a": service(accelerators=4, replicas=1)}, nodes=1)
    assert list(reported) == ["services.a.rollout.maxSurge"]
    assert "raise training.pools.gpu.maxSize" in reported["services.a.rollout.maxSurge"]
    assert "maxUnavailable: 1" not in reported["services.a.rollout.maxSurge"]


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"accelerators": 4, "replicas": 3}, "services.a.replicas"),
        ({"accelerators": 4, "replicas": 1, "scaling": SCALING}, "services.a.scaling.max"),
        ({"memoryGib": 200}, "services.a.memoryGib"),
        ({"cpu": 48}, "services.a.cpu"),
        ({"memoryGib": 100, "replicas": 4}, "services.a.replicas"),
    ],
)
def test_what_the_pool_cannot_hold_is_refused(args: dict[str, Any], key: str) -> None:
    (found,) = problems({"a": service(**args)})
    assert found.endswith(key)


def test_several_services_share_a_pool() -> None:
    two = {"a": service(accelerators=4, replicas=1), "b": service(accelerators=4, replicas=1)}
    assert problems(two, nodes=3) == {}
    assert set(problems(two)) == {"services.a.rollout.maxSurge", "services.b.rollout.maxSurge"}
    assert list(problems({**two, "c": service(accelerators=1)})) == ["services.c.replicas"]


def test_a_candidate_uses_capacity_too() -> None:
    canary = {"percent": 50, "image": IMAGE.replace("1.4.2", "1.5.0")}
    overrides = service(accelerators=4, replicas=2, rollout={"maxSurge": 0, "maxUnavailable": 1})
    assert problems({"a": overrides}) == {}
    assert list(problems({"a": {**overrides, "canary": canary}})) == ["services.a.replicas"]


def test_what_teams_are_guaranteed_is_not_free() -> None:
    overrides = service(accelerators=4, replicas=1, rollout={"maxSurge": 1})
    teams = {"vision": {"guaranteed": {"gpu": 4}}}
    assert problems({"a": overrides}) == {}
    reported = problems({"a": overrides}, teams=teams)
    assert list(reported) == ["services.a.rollout.maxSurge"]
    assert (
        "beside the 4 accelerators that teams are guaranteed"
        in reported["services.a.rollout.maxSurge"]
    )


def test_services_without_a_pool_are_left_to_the_scheduler() -> None:
    assert problems({"a": {"image": IMAGE, "replicas": 50}}) == {}
