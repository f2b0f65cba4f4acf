"""Gates judge every version that is released on a cluster, whoever registered it."""

import dataclasses
import json
from typing import Any

import cluster_world as world
import pytest
import retraining_world
from cluster_world import Kubernetes
from groundplan.release.cluster import promotion
from groundplan.release.cluster.registry import BucketVersion
from groundplan.release.cluster.releases import ClusterReleases
from retraining_account import Account


@pytest.fixture
def cluster() -> Kubernetes:
    found = world.furnish(Account())
    world.champion(found)
    return found


def releases(cluster: Kubernetes, gates: Any = None) -> ClusterReleases:
    target = world.TARGET if gates is None else {**world.TARGET, "gates": gates}
    settings = dataclasses.replace(world.SETTINGS, release_target=target)
    return world.connected(cluster, settings)[1]


def approved(
    cluster: Kubernetes, auc: float, despite_gates: bool = False, **changes: Any
) -> BucketVersion:
    """A person registers and approves a version, beside the commands."""
    key = "models/churn/2/model.tar.gz"
    cluster.account.put(key, "model 2")
    both = {"metrics": {"auc": auc}, "slices": {"data=recent": {"auc": auc}}}
    candidate = world.candidate(cluster.account, model=f"s3://artifacts/{key}", **both, **changes)
    registry = releases(cluster).registry
    version = registry.register(candidate)
    registry.approve(version.number, "it has to go live", despite_gates)
    return version


@pytest.mark.parametrize(
    ("auc", "reason"),
    [(0.7, "auc: 0.7"), (0.885, "auc: 0.015 worse than the champion")],
)
def test_an_approved_version_that_breaks_a_gate_is_not_released(
    cluster: Kubernetes, auc: float, reason: str
) -> None:
    approved(cluster, auc)
    message = promotion.look(releases(cluster))
    assert "Version churn/2 breaks" in message
    assert reason in message
    assert "auc of data=recent" in message
    assert (cluster.serving(), cluster.account.keys("cluster-releases/")) == ("churn/1", [])


def test_a_version_without_the_metrics_of_the_gates_is_not_released(cluster: Kubernetes) -> None:
    approved(cluster, 0.92)
    gates = {"metrics": {"recall": {"min": 0.5}}}
    assert "recall: not measured" in promotion.look(releases(cluster, gates))


def test_an_approval_despite_gates_is_recorded(cluster: Kubernetes) -> None:
    approved(cluster, 0.7, despite_gates=True)
    for _ in range(12):
        promotion.look(releases(cluster))
        cluster.settle()
        cluster.account.pass_time(minutes=6)
    assert cluster.serving() == "churn/2"
    (key,) = cluster.account.keys("cluster-releases/churn/records/")
    assert "despite broken gates: auc: 0.7" in json.loads(cluster.account.text(key))["reason"]


def test_metrics_that_were_changed_since_are_refused(cluster: Kubernetes) -> None:
    version = approved(cluster, 0.7)
    key = str(version.metrics_file["uri"]).split("/", 3)[3]
    cluster.account.put(key, json.dumps(retraining_world.metrics(0.95)))
    message = promotion.look(releases(cluster))
    assert "are not those that were registered with churn/2" in message
    assert cluster.serving() == "churn/1"


def test_the_champion_is_what_the_evaluation_measured_on_the_same_data(
    cluster: Kubernetes,
) -> None:
    """Where it is the version that serves: else that one's own metrics count."""
    document = retraining_world.metrics(0.85, champion_arn="churn/1")
    document["champion"] = {"package_arn": "churn/1", **_side(0.855)}
    approved(cluster, 0.85, document=document)
    assert "candidate start" in promotion.look(releases(cluster))


def test_a_champion_that_serves_no_more_is_not_compared_with(cluster: Kubernetes) -> None:
    document = retraining_world.metrics(0.85, champion_arn="churn/7")
    document["champion"] = {"package_arn": "churn/7", **_side(0.855)}
    approved(cluster, 0.85, document=document)
    assert "auc: 0.05 worse than the champion" in promotion.look(releases(cluster))


def test_the_first_version_is_compared_with_nothing() -> None:
    """What the stack created the endpoint with has no metrics; limits hold for it."""
    cluster = world.furnish(Account())
    approved(cluster, 0.81)
    assert "candidate start" in promotion.look(releases(cluster))
    worse = world.furnish(Account())
    approved(worse, 0.79)
    assert "breaks" in promotion.look(releases(worse))


def test_without_gates_an_approval_is_enough(cluster: Kubernetes) -> None:
    approved(cluster, 0.1)
    assert "candidate start" in promotion.look(releases(cluster, {}))


def _side(value: float) -> dict[str, Any]:
    metric = {"auc": {"value": value}}
    return {"metrics": metric, "slices": {"data=recent": metric}}
