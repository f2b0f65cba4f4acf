"""A release on a cluster: candidate, share, all pods; and back, if it is worse."""

import dataclasses
import itertools
import json
from collections.abc import Callable
from typing import Any

import cluster_world as world
import pytest
from cluster_world import DEPLOYMENT, NAME, Kubernetes
from groundplan.release.cluster import promotion
from groundplan.release.cluster.releases import ClusterReleases
from groundplan.release.cluster.workloads import Model
from retraining_account import Account, refusal

UP_TO = 40


@pytest.fixture
def cluster() -> Kubernetes:
    found = world.furnish(Account())
    world.champion(found)
    return found


def releases(cluster: Kubernetes, **changes: Any) -> ClusterReleases:
    target = {**world.TARGET, **changes}
    settings = dataclasses.replace(world.SETTINGS, release_target=target)
    return world.connected(cluster, settings)[1]


def registered(cluster: Kubernetes, number: int = 2, **changes: Any) -> None:
    """A person registers and approves another version."""
    account = cluster.account
    key = f"models/churn/{number}/model.tar.gz"
    account.put(key, f"model {number}")
    candidate = world.candidate(account, model=f"s3://artifacts/{key}", **changes)
    registry = releases(cluster).registry
    registry.approve(registry.register(candidate).number, "better")


def look(cluster: Kubernetes, **changes: Any) -> str:
    """A look of the next process, then time for the controllers."""
    message = promotion.look(releases(cluster, **changes))
    cluster.settle()
    cluster.account.pass_time(minutes=3)
    return message


def ended(cluster: Kubernetes) -> list[dict[str, Any]]:
    """The records, oldest first."""
    stored = [o for (_, key), o in cluster.account.objects.items() if key.startswith(RECORDS)]
    return [json.loads(each.body) for each in sorted(stored, key=lambda each: each.number)]


def until_over(cluster: Kubernetes, **changes: Any) -> None:
    for _ in range(UP_TO):
        look(cluster, **changes)
        if not cluster.account.keys(LOCK):
            return
    raise AssertionError("the release does not end")


RECORDS, LOCK = f"cluster-releases/{NAME}/records/", f"cluster-releases/{NAME}/lock"


def test_an_approved_version_is_released_by_a_candidate(cluster: Kubernetes) -> None:
    registered(cluster)
    look(cluster)
    assert (cluster.serving(), cluster.candidates()) == ("churn/1", 1)
    assert "for 10 minutes" in look(cluster)
    assert cluster.serving() == "churn/1"
    until_over(cluster)
    assert (cluster.serving(), cluster.candidates()) == ("churn/2", 0)
    (record,) = ended(cluster)
    assert (record["outcome"], record["version"], record["live"]) == ("succeeded", 2, "churn/2")
    assert record["from"]["package_arn"] == "churn/1"
    found = cluster.objects[DEPLOYMENT.format(NAME)]["spec"]["template"]["metadata"]
    assert found["annotations"]["groundplan/model-key"] == "models/churn/2/model.tar.gz"
    assert look(cluster) == ""
    assert len(ended(cluster)) == 1


def test_without_a_share_all_pods_get_it_at_once(cluster: Kubernetes) -> None:
    registered(cluster)
    look(cluster, canary_percent=0)
    assert cluster.serving() == "churn/2"
    until_over(cluster, canary_percent=0)
    assert ended(cluster)[0]["outcome"] == "succeeded"


@pytest.mark.parametrize(("replicas", "percent", "pods"), [(3, 25, 1), (9, 25, 3), (1, 10, 1)])
def test_the_numbers_of_pods_are_the_share(
    cluster: Kubernetes, replicas: int, percent: int, pods: int
) -> None:
    stable = cluster.objects[DEPLOYMENT.format(NAME)]
    stable["spec"]["replicas"] = replicas  # as an autoscaler has set it
    registered(cluster)
    look(cluster, canary_percent=percent)
    assert cluster.candidates() == pods


def alerted(cluster: Kubernetes) -> None:
    cluster.alert()


def unmonitored(cluster: Kubernetes) -> None:
    cluster.is_monitored = False


def unevaluated(cluster: Kubernetes) -> None:
    cluster.rules["EndpointDown"]["health"] = "err"


def unloaded(cluster: Kubernetes) -> None:
    del cluster.rules["EndpointDown"]


WORSE = {
    "an alert fires": (alerted, "EndpointErrors"),
    "Prometheus is gone": (unmonitored, "unknown"),
    "a rule is not evaluated": (unevaluated, "unknown"),
    "a rule is not loaded": (unloaded, "no rules EndpointDown"),
}


@pytest.mark.parametrize("after", [1, 6])
@pytest.mark.parametrize("name", WORSE)
def test_a_worse_candidate_is_taken_back(cluster: Kubernetes, name: str, after: int) -> None:
    """While it serves its share, and while all pods get it."""
    change, message = WORSE[name]
    registered(cluster)
    for _ in range(after):
        look(cluster)
    assert cluster.serving() == ("churn/1" if after == 1 else "churn/2")
    change(cluster)
    until_over(cluster)
    assert (cluster.serving(), cluster.candidates()) == ("churn/1", 0)
    (record,) = ended(cluster)
    assert (record["outcome"], record["live"]) == ("rolled-back", "churn/1")
    assert message in record["reason"]
    look(cluster)
    assert len(ended(cluster)) == 1  # nothing is tried again by itself


def test_an_alert_that_fired_between_two_looks_takes_it_back(cluster: Kubernetes) -> None:
    cluster.alert()
    cluster.alert("inactive")
    cluster.account.pass_time(minutes=3)  # before the release: it is not its fault
    registered(cluster)
    for _ in range(2):
        look(cluster)
    assert cluster.candidates() == 1
    cluster.alert()
    cluster.alert("inactive")
    until_over(cluster)
    (record,) = ended(cluster)
    assert (record["outcome"], record["live"]) == ("rolled-back", "churn/1")
    assert record["reason"] == "Alerts have fired since it began: EndpointErrors"


@pytest.mark.parametrize("change", [alerted, unmonitored, unevaluated, unloaded])
def test_nothing_begins_while_alerts_are_on(
    cluster: Kubernetes, change: Callable[[Kubernetes], None]
) -> None:
    registered(cluster)
    change(cluster)
    assert "Alerts are on, which would end the release" in look(cluster)
    assert cluster.account.keys(LOCK) == []
    assert cluster.candidates() == 0


def test_pods_that_do_not_become_ready_are_taken_back(cluster: Kubernetes) -> None:
    registered(cluster)
    cluster.stuck = {"churn/2"}
    until_over(cluster)
    assert (cluster.serving(), cluster.candidates()) == ("churn/1", 0)
    assert "ProgressDeadlineExceeded: no pod is ready" in ended(cluster)[0]["reason"]


def test_a_rejected_version_that_serves_is_rolled_back(cluster: Kubernetes) -> None:
    registered(cluster)
    until_over(cluster)
    registered(cluster, 3)
    until_over(cluster)
    assert cluster.serving() == "churn/3"
    registry = releases(cluster).registry
    registry.reject(2, "it was no better")
    registry.reject(3, "it is biased")
    until_over(cluster)
    assert cluster.serving() == "churn/1"  # and not 2, which was rejected too
    # Names of releases have seconds: those of a test may be equal but for their end.
    (last,) = (each for each in ended(cluster) if each["kind"] == "rollback")
    assert last["outcome"] == "succeeded"
    assert "it is biased" in last["reason"]


def test_a_version_that_is_rejected_on_the_way_goes_back(cluster: Kubernetes) -> None:
    registered(cluster)
    for _ in range(2):
        look(cluster)
    releases(cluster).registry.reject(2, "it is biased")
    until_over(cluster)
    assert (cluster.serving(), cluster.candidates()) == ("churn/1", 0)
    (record,) = ended(cluster)
    assert record["outcome"] == "rolled-back"
    assert "it is biased" in record["reason"]


def test_without_a_former_version_nothing_is_rolled_back(cluster: Kubernetes) -> None:
    releases(cluster).registry.reject(1, "biased")
    assert "no release to go back to" in look(cluster)
    assert cluster.serving() == "churn/1"


def test_the_first_version_replaces_what_the_stack_created() -> None:
    found = world.furnish(Account())
    registry = releases(found).registry
    registry.approve(registry.register(world.candidate(found.account)).number, "the first")
    until_over(found)
    assert found.serving() == "churn/1"
    registry.reject(1, "wrong")
    until_over(found)
    assert found.serving() == "models/churn/1/model.tar.gz@null"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": world.IMAGE}, "Fix: set `image` of the endpoint"),
        ({"environment": {"A": "1"}}, "those of churn are its stack's"),
    ],
)
def test_versions_that_the_pods_cannot_serve_are_refused(
    cluster: Kubernetes, changes: dict[str, Any], message: str
) -> None:
    registered(cluster, **changes)
    assert message in look(cluster)
    assert cluster.account.keys(LOCK) == []


def test_models_that_the_pods_cannot_load_are_refused(cluster: Kubernetes) -> None:
    registered(cluster)
    assert "which the pods of churn may read" in look(cluster, models="models/fraud/")
    assert "is not a folder" in look(cluster, archive=False)
    cluster.account.put("models/churn/2/model.tar.gz", "overwritten")
    assert "is not what was registered as churn/2" in look(cluster)
    assert cluster.account.keys(LOCK) == []


def test_a_driver_without_the_role_says_which(cluster: Kubernetes) -> None:
    registered(cluster)
    cluster.grants[world.SPACE] = [{**world.RELEASE[0], "verbs": ["get"]}]
    assert "bind the Role churn-release of serving" in look(cluster)


def test_someone_elses_change_ends_the_release(cluster: Kubernetes) -> None:
    registered(cluster)
    look(cluster)
    pods = cluster.objects[DEPLOYMENT.format(NAME)]["spec"]["template"]["metadata"]
    pods["annotations"] = Model("by hand", "models/churn/x/model.tar.gz").annotations
    until_over(cluster)
    assert (cluster.serving(), cluster.candidates()) == ("by hand", 0)
    assert "Somebody else has changed" in ended(cluster)[0]["reason"]


def test_changes_of_controllers_meanwhile_are_no_obstacle(cluster: Kubernetes) -> None:
    registered(cluster)
    touched = iter(range(3))

    def before(call: str) -> None:
        if call == "patch" and next(touched, None) is not None:
            for path in list(cluster.objects):
                cluster.touch(path)

    cluster.before = before
    until_over(cluster)
    assert cluster.serving() == "churn/2"


def test_a_late_driver_undoes_nothing(cluster: Kubernetes) -> None:
    """It has read the pods, and changes them after another one has taken the release
    back."""
    registered(cluster)
    for _ in range(2):
        look(cluster)
    cluster.account.pass_time(minutes=20)
    others = [True]

    def before(call: str) -> None:
        if call == "patch" and others:
            others.clear()
            cluster.alert()
            until_over(cluster)
            cluster.alert("inactive")

    cluster.before = before
    promotion.look(releases(cluster))
    cluster.settle()
    assert not others
    assert (cluster.serving(), cluster.candidates()) == ("churn/1", 0)
    assert [record["outcome"] for record in ended(cluster)] == ["rolled-back"]


# KServe: no candidate, and one scalar that names the model.


def kserve() -> tuple[Kubernetes, dict[str, Any]]:
    found = world.furnish(Account())
    world.champion(found)
    found.account.put("models/churn/1/", "")
    found.account.put("models/churn/2/weights", "weights")
    key = DEPLOYMENT.format(f"{NAME}-predictor")
    found.objects[key] = found.objects.pop(DEPLOYMENT.format(NAME))
    found.objects[key]["metadata"]["name"] = f"{NAME}-predictor"
    model = {"storageUri": "s3://artifacts/models/churn/1/"}
    annotations = {"groundplan/model-version": "churn/1"}
    found.objects[world.SERVICE] = {
        "metadata": {"name": NAME, "generation": 1, "resourceVersion": "1"},
        "spec": {"predictor": {"annotations": annotations, "model": model}},
    }
    found.grants[world.SPACE] = world.KSERVE_RELEASE
    changes = {"engine": "kserve", "archive": False, "deployment": f"{NAME}-predictor"}
    registry = releases(found).registry
    folder = world.candidate(found.account, model="s3://artifacts/models/churn/2/")
    registry.approve(registry.register(folder).number, "better")
    return found, changes


def test_an_inference_service_gets_another_storage_uri() -> None:
    cluster, changes = kserve()
    until_over(cluster, **changes)
    own = cluster.objects[world.SERVICE]["spec"]["predictor"]
    assert own["model"]["storageUri"] == "s3://artifacts/models/churn/2/"
    assert own["annotations"]["groundplan/model-version"] == "churn/2"
    assert ended(cluster)[0]["outcome"] == "succeeded"


def test_an_inference_service_that_fails_to_load_is_taken_back() -> None:
    cluster, changes = kserve()
    look(cluster, **changes)
    status = {"modelStatus": {"transitionStatus": "BlockedByFailedLoad"}}
    cluster.objects[world.SERVICE]["status"] = status
    look(cluster, **changes)
    cluster.objects[world.SERVICE]["status"] = {}
    until_over(cluster, **changes)
    own = cluster.objects[world.SERVICE]["spec"]["predictor"]
    assert own["model"]["storageUri"] == "s3://artifacts/models/churn/1/"
    assert "BlockedByFailedLoad" in ended(cluster)[0]["reason"]


# Crashes: a process that ends before or after any of its calls.


def end(cluster: Kubernetes) -> dict[str, Any]:
    (record,) = ended(cluster)
    stable = {"release", "started_at", "ended_at"}
    return {
        "serving": cluster.serving(),
        "candidates": cluster.candidates(),
        "record": {key: value for key, value in record.items() if key not in stable},
        "locks": cluster.account.keys(LOCK),
    }


def whole(worse: bool) -> tuple[dict[str, Any], int]:
    """The end of an uninterrupted release, and the number of its calls."""
    found = world.furnish(Account())
    world.champion(found)
    registered(found)
    begun = len(found.calls) + len(found.account.calls)
    looks(found, worse)
    return end(found), len(found.calls) + len(found.account.calls) - begun


def looks(cluster: Kubernetes, worse: bool) -> None:
    for number in range(UP_TO):
        if worse and number == 3:
            cluster.alert()
        try:
            look(cluster)
        except (world.Unhandled, Exception):  # noqa: BLE001 (the next look goes on)
            cluster.settle()
        if ended(cluster) and not cluster.account.keys(LOCK):
            return
    raise AssertionError("the release does not end")


@pytest.mark.parametrize("worse", [False, True])
@pytest.mark.parametrize("when", ["before", "after", "failed"])
def test_a_crash_at_any_call_ends_in_the_same_state(when: str, worse: bool) -> None:
    wanted, calls = whole(worse)
    assert wanted["record"]["outcome"] == ("rolled-back" if worse else "succeeded")
    first = world.furnish(Account())
    world.champion(first)
    registered(first)
    for index in range(0, calls, 1 if when == "before" else 3):
        cluster = world.snapshot(first)
        count = itertools.count()

        def ends(_call: str, index: int = index, count: Any = count) -> None:
            if next(count) == index:
                if when == "failed":
                    raise refusal("InternalError", "We encountered an error.", "Call", 500)
                raise world.Unhandled

        for place in (cluster, cluster.account):
            setattr(place, "after" if when == "after" else "before", ends)
        looks(cluster, worse)
        found = end(cluster)
        if not (worse and found["record"]["reason"] != wanted["record"]["reason"]):
            assert found == wanted, index
