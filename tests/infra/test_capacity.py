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


# Every resource, and every pool.


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"memoryGib": 64}, "services.a.memoryGib"),
        ({"cpu": 2}, "services.a.cpu"),
        ({"volumeSizeGb": 100}, "services.a.volumeSizeGb"),
        # An archive is on the disk twice.
        ({"modelData": "models/a/1/model.tar.gz", "volumeSizeGb": 48}, "services.a.volumeSizeGb"),
        ({"accelerators": 8}, "services.a.accelerators"),
        ({"nodeLabels": {"kind": "gpu"}}, "services.a.nodeLabels"),
    ],
)
def test_a_service_without_a_pool_fits_on_a_node_that_takes_it(
    args: dict[str, Any], key: str
) -> None:
    assert list(problems({"a": {"image": IMAGE, **args}})) == [key]


def test_a_larger_system_pool_or_a_pool_has_room() -> None:
    large: Any = {"systemPool": {"instanceType": "m7i.8xlarge"}}
    assert problems({"a": {"image": IMAGE, "memoryGib": 64}}, **large) == {}
    archive = {"image": IMAGE, "modelData": "models/a/1/model.tar.gz"}
    assert problems({"a": archive}) == {}
    assert problems({"a": {**archive, "volumeSizeGb": 48, "pool": "gpu"}}) == {}
    # Pods with accelerators tolerate their taint.
    assert problems({"a": {"image": IMAGE, "accelerators": 4}}) == {}


def test_without_a_pool_of_accelerators_there_are_none() -> None:
    reported = problems({"a": {"image": IMAGE, "accelerators": 1}}, type="m7i.8xlarge")
    assert list(reported) == ["services.a.accelerators"]


def test_accelerators_are_those_of_the_pool() -> None:
    assert list(problems({"a": service(accelerators=1)}, type="trn1.2xlarge")) == [
        "services.a.accelerator"
    ]
    neuron = {"accelerators": 1, "accelerator": "aws.amazon.com/neuron", "cpu": 2, "memoryGib": 8}
    assert problems({"a": service(**neuron)}, type="trn1.2xlarge", nodes=3) == {}


def test_pods_tolerate_the_taints_of_their_pool() -> None:
    taint = {"key": "example.com/team", "value": "vision"}
    pool = {"instanceType": "g5.12xlarge", "maxSize": 2, "taints": [taint]}
    reported = problems({"a": service(accelerators=1)}, pools={"gpu": pool})
    assert list(reported) == ["services.a.taints"]
    assert 'add [{"key": "example.com/team", "value": "vision"}]' in reported["services.a.taints"]
    tolerates = service(accelerators=1, taints=[taint])
    assert problems({"a": tolerates}, pools={"gpu": pool}) == {}


def test_a_guarantee_takes_its_part_of_cores_and_memory() -> None:
    # 2 of 4 accelerators of a node with 192 GiB leave less than 90 GiB.
    half = {"vision": {"guaranteed": {"gpu": 4}}}
    rollout = {"maxSurge": 0, "maxUnavailable": 1}
    large = service(memoryGib=100, replicas=2, rollout=rollout)
    assert problems({"a": large}) == {}
    reported = problems({"a": large}, teams=half)
    assert list(reported) == ["services.a.replicas"]
    whole = {"vision": {"guaranteed": {"gpu": 8}}}
    assert list(problems({"a": service(replicas=1)}, teams=whole)) == ["services.a.replicas"]


def test_a_guarantee_of_nodes_takes_nodes() -> None:
    one = service(cpu=20, memoryGib=20, replicas=1)
    assert problems({"a": one}, type="c7i.8xlarge") == {}
    teams = {"vision": {"guaranteed": {"gpu": 1}}}
    reported = problems({"a": one}, type="c7i.8xlarge", teams=teams)
    assert list(reported) == ["services.a.rollout.maxSurge"]
    assert "beside the 1 nodes that teams" in reported["services.a.rollout.maxSurge"]


def test_nodes_hold_a_limited_number_of_pods() -> None:
    # t3.small: 11 pods, of which 8 are DaemonSets'.
    tiny = service(cpu=0.1, memoryGib=1, volumeSizeGb=1, replicas=1)
    many = dict.fromkeys("abcdef", tiny)
    assert list(problems(many, type="t3.small", nodes=1)) == ["services.f.replicas"]


def test_storage_is_shared_by_the_pods_of_a_node() -> None:
    pods = service(volumeSizeGb=60, replicas=4)
    assert list(problems({"a": pods}, type="m7i.8xlarge", nodes=1)) == ["services.a.replicas"]
    wide = {"gpu": {"instanceType": "m7i.8xlarge", "maxSize": 1, "diskGib": 500}}
    assert problems({"a": pods}, pools=wide) == {}


def test_a_new_pod_of_a_candidate_needs_room_too() -> None:
    canary = {"percent": 50, "image": IMAGE.replace("1.4.2", "1.5.0"), "replicas": 1}
    ingress = {
        "host": "a.example.com",
        "kind": "gateway",
        "gateway": {"name": "public", "listener": "https"},
        "fromNamespaces": ["gateway"],
        "authentication": {"jwt": {"issuer": "https://i", "jwksEndpoint": "https://i/keys"}},
    }
    one = service(accelerators=4, replicas=1, canary=canary, ingress=ingress)
    assert list(problems({"a": one}, nodes=2)) == ["services.a.rollout.maxSurge"]
    assert problems({"a": one}, nodes=3) == {}


def test_mlflow_fits_on_a_system_node() -> None:
    values = {"server": "cluster", "cluster": {"memoryGib": 16}}
    sections = {"training": {"administrators": [ADMINISTRATOR]}, "tracking": values}
    settings = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    with pytest.raises(InvalidSettings) as caught:
        describe("groundplan", "test", {"aws:region": "us-east-1", **settings})
    assert [p.key for p in caught.value.problems] == ["groundplan:tracking.cluster.memoryGib"]
