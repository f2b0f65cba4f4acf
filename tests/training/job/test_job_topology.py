"""Where in the network a run's pods are placed: the annotations of its pods, and its
record."""

import json
from typing import Any

import pytest
from groundplan.arguments import InvalidArguments
from groundplan.retraining.engine.cluster.manifests import RecordedRun
from groundplan.training.job import kueue_manifest

from tests.training.job.test_job_cluster import FULL, JOB, MINIMAL, RECORD, run


def annotations(topology: Any) -> dict[str, str]:
    plan = run({**FULL, "cluster": {**FULL["cluster"], "topology": topology}})
    found = plan.one(JOB).inputs["spec"]["template"]["metadata"]["annotations"]
    return {key: value for key, value in found.items() if key.startswith("kueue.x-k8s.io/")}


@pytest.mark.parametrize(
    ("topology", "annotation"),
    [
        (
            {},
            {"kueue.x-k8s.io/podset-preferred-topology": "topology.k8s.aws/network-node-layer-3"},
        ),
        (
            {"placement": "required", "level": "network-1"},
            {"kueue.x-k8s.io/podset-required-topology": "topology.k8s.aws/network-node-layer-1"},
        ),
        (
            {"placement": "required", "level": "node"},
            {"kueue.x-k8s.io/podset-required-topology": "kubernetes.io/hostname"},
        ),
        ({"placement": "anywhere"}, {"kueue.x-k8s.io/podset-unconstrained-topology": "true"}),
    ],
)
def test_a_run_asks_for_a_level_of_the_network_by_annotation(
    topology: Any, annotation: dict[str, str]
) -> None:
    assert annotations(topology) == annotation


def test_a_run_without_topology_has_no_annotation_and_the_record_that_it_always_had() -> None:
    plan = run(MINIMAL)

    template = plan.one(JOB).inputs["spec"]["template"]["metadata"]["annotations"]
    assert not [key for key in template if key.startswith("kueue.x-k8s.io/")]
    assert "topology" not in json.loads(plan.one(RECORD).inputs["content"])["cluster"]


def test_a_retraining_places_its_pods_as_the_champion_did() -> None:
    record = json.loads(
        run({**FULL, "cluster": {"topology": {"placement": "required"}}})
        .one(RECORD)
        .inputs["content"]
    )

    assert record["cluster"]["topology"] == {"placement": "required", "level": "network-3"}
    job = kueue_manifest.job(RecordedRun.of(record), {}, name="again", run="0")
    assert job["spec"]["template"]["metadata"]["annotations"][
        "kueue.x-k8s.io/podset-required-topology"
    ] == ("topology.k8s.aws/network-node-layer-3")


@pytest.mark.parametrize(
    ("topology", "key", "words"),
    [
        ({"placement": "near"}, "cluster.topology.placement", "anywhere"),
        ({"level": "rack"}, "cluster.topology.level", "network-3"),
        (
            {"placement": "anywhere", "level": "network-2"},
            "cluster.topology.level",
            "remove it",
        ),
    ],
)
def test_an_unknown_placement_or_level_is_refused(topology: Any, key: str, words: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        run({**MINIMAL, "cluster": {"topology": topology}})

    assert key in str(refused.value)
    assert words in str(refused.value)
