"""Kubernetes objects are compared with the cluster: what the program sets, not what the
API server adds."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.operations.drift.cluster_objects import Cluster, compare
from groundplan.operations.drift.difference import Difference, Kind, NotCompared

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "chat", "namespace": "serving", "labels": {"app": "chat"}},
    "spec": {
        "replicas": 2,
        "template": {
            "spec": {
                "containers": [
                    {"name": "chat", "image": "x:1", "resources": {"limits": {"cpu": "1000m"}}}
                ]
            }
        },
    },
}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "serving"}}


def resource(inputs: Mapping[str, Any], **options: Any) -> Resource:
    token = f"kubernetes:{inputs.get('apiVersion')}:{inputs.get('kind')}"
    name = str(inputs.get("metadata", {}).get("name", "release"))
    urn = f"urn:pulumi:prod::shop::{token}::{name}"
    return Resource(urn, token, name, None, True, inputs, options=options)


class Fake(Cluster):
    """A cluster that has some objects."""

    def __init__(self, *items: Mapping[str, Any]) -> None:
        self.items = items
        self.failure: Exception | None = None

    def get(self, objects: Sequence[Mapping[str, Any]]) -> Any:
        if self.failure and objects[0]["kind"] == "Deployment":
            raise self.failure
        names = {(each["kind"], each["metadata"]["name"]) for each in objects}
        return {"items": [i for i in self.items if (i["kind"], i["metadata"]["name"]) in names]}


def live(**changes: Any) -> dict[str, Any]:
    """The deployment as an API server returns it."""
    item = copy.deepcopy(DEPLOYMENT)
    item["status"] = {"readyReplicas": 2}
    item["metadata"] |= {"uid": "u", "resourceVersion": "1"}
    item["spec"] |= {"progressDeadlineSeconds": 600, **changes}
    container = item["spec"]["template"]["spec"]["containers"][0]
    container |= {"imagePullPolicy": "IfNotPresent", "resources": {"limits": {"cpu": "1"}}}
    return item


def test_defaults_of_the_api_server_are_no_drift() -> None:
    assert compare([resource(DEPLOYMENT)], Fake(live())) == ([], 1)


def test_a_changed_field_is_found() -> None:
    item = live(replicas=5)
    item["spec"]["template"]["spec"]["containers"][0]["image"] = "x:2"
    found, _ = compare([resource(DEPLOYMENT)], Fake(item))
    assert [(d.path, d.recorded, d.live) for d in found if isinstance(d, Difference)] == [
        ("spec.replicas", 2, 5),
        ("spec.template.spec.containers[0].image", "x:1", "x:2"),
    ]


def test_an_ignored_field_is_no_drift() -> None:
    each = resource(DEPLOYMENT, ignoreChanges=["spec.replicas"])
    assert compare([each], Fake(live(replicas=5)))[0] == []


def test_an_object_that_is_gone_is_found() -> None:
    [found], _ = compare([resource(NAMESPACE)], Fake(live()))
    assert isinstance(found, Difference)
    assert found.kind is Kind.DELETED


def test_an_object_without_a_namespace_is_found_by_its_name() -> None:
    assert compare([resource(NAMESPACE)], Fake(NAMESPACE)) == ([], 1)


def test_a_helm_release_is_not_compared() -> None:
    found, number = compare([resource({"chart": "kueue", "version": "1"})], Fake())
    assert number == 0
    assert isinstance(found[0], NotCompared)


def test_a_kind_that_can_not_be_read_leaves_the_others() -> None:
    cluster = Fake(NAMESPACE)
    cluster.failure = OSError("the server could not find the requested resource")
    found, number = compare([resource(DEPLOYMENT), resource(NAMESPACE)], cluster)
    assert number == 1
    assert [type(each) for each in found] == [NotCompared]
    assert "could not find" in str(found[0])


def test_without_kubectl_nothing_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found, number = compare([resource(NAMESPACE)], Cluster())
    assert number == 0
    assert "kubectl is not installed" in str(found[0])
