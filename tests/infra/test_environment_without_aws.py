"""Services, their checks and their retraining on an existing cluster, without AWS: what
is registered, the driver's life with it, and what is refused."""

import dataclasses
import json
import pathlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3  # type: ignore[import-untyped]
import cluster_world as world
import moto_lookups
import pulumi
import pytest
import registration
import retraining_world
import yaml
from configuration import InvalidSettings, describe
from groundplan.release.cluster.target import ClusterTarget
from groundplan.retraining.engine.cluster import driver
from groundplan.retraining.engine.names import Outcome
from groundplan.retraining.engine.settings import RetrainingSettings
from groundplan.testing import Plan, deploy
from moto import mock_aws

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "guides" / "retrain-a-model.md"
IMAGE = "registry.example.com/monitoring:1.0.0"
STORE = {
    "endpointUrl": "http://minio.minio.svc:9000",
    "bucketName": "artifacts",
    "secret": "store",
    "region": "eu-west-1",
}
POOLS = {
    "nodes": {
        "nodes": 3, "cpu": 8, "memoryGib": 32, "nodeLabels": {"kubernetes.io/os": "linux"},
    }
}  # fmt: skip
SERVICE: dict[str, Any] = {
    "namespace": "serving",
    "image": retraining_world.MODEL_IMAGE,
    "release": "registry",
    "modelData": "models/churn/1/model.tar.gz",
    "modelVersionId": "null",
    "modelPrefix": "models/churn/",
    "prometheusUrl": "http://prometheus:9090",
    "canary": {"percent": 25, "bakeMinutes": 0},
    "capture": {"image": IMAGE},
    "gates": {"metrics": {"auc": {"min": 0.8, "maxRegression": 0.01}}},
}
RETRAINING: dict[str, Any] = {
    "namespace": "team",
    "driverNamespace": "loop",
    "image": IMAGE,
    "dataset": "churn:latest",
    "training": {"job": "churn", "usdPerHour": 1.2},
    "evaluation": {"heldOut": "s3://artifacts/held-out/", "usdPerHour": 0.3},
    "approval": {"required": False},
    "budgetUsdPerMonth": 100,
}
SECTIONS: dict[str, Any] = {
    "platform": {"kubeconfig": "{}", "pools": POOLS, "teams": {"team": {}, "other": {}}},
    "objectStore": STORE,
    "services": {"churn": SERVICE},
    "serviceMonitoring": {"churn": {"image": IMAGE, "baselineKey": "baselines/churn.json"}},
    "queueRetraining": {"churn": RETRAINING},
}


def described(**changes: Any) -> Any:
    sections = {key: value for key, value in {**SECTIONS, **changes}.items() if value is not None}
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    region = sections.pop("region", None)
    values.pop("groundplan:region", None)
    return describe("groundplan", "local", values | ({"aws:region": region} if region else {}))


@cache
def plan() -> Plan:
    found = described()

    def program() -> None:
        for name, value in registration.register(found).items():
            pulumi.export(name, value)

    return deploy(program, project="groundplan", stack="local")


def settings() -> RetrainingSettings:
    data = plan().one("kubernetes:core/v1:ConfigMap", "churn-retraining-settings").inputs["data"]
    (text,) = data.values()
    return RetrainingSettings.read(text)


def variables(container: Mapping[str, Any]) -> dict[str, Any]:
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in container["env"]}


def pod(kind: str, name: str) -> Any:
    spec = plan().one(kind, name).inputs["spec"]
    return spec.get("jobTemplate", {"spec": spec})["spec"]["template"]["spec"]


def test_nothing_of_aws_is_registered_or_looked_up() -> None:
    assert not [r.type for r in plan().manifest if "aws" in r.type]
    assert plan().manifest.invokes == ()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("kubernetes:apps/v1:Deployment", "churn-deployment"),
        ("kubernetes:apps/v1:Deployment", "churn-canary-deployment"),
        ("kubernetes:batch/v1:CronJob", "churn-checks-checks"),
        ("kubernetes:batch/v1:CronJob", "churn-retraining-driver"),
    ],
)
def test_what_reads_the_bucket_has_the_address_and_the_secret_of_the_store(
    kind: str, name: str
) -> None:
    found = pod(kind, name)
    reading = [
        known for container in [*found.get("initContainers", ()), *found["containers"]]
        if "AWS_ENDPOINT_URL_S3" in (known := variables({"env": (), **container}))
    ]  # fmt: skip
    assert len(reading) == (2 if kind.endswith("Deployment") else 1)  # the model, the captures
    for known in reading:
        assert known["AWS_ENDPOINT_URL_S3"] == STORE["endpointUrl"]
        assert known["AWS_SECRET_ACCESS_KEY"] == {
            "secretKeyRef": {"name": "store", "key": "AWS_SECRET_ACCESS_KEY"}
        }


def test_all_is_on_the_existing_cluster_where_its_namespaces_are() -> None:
    """They are the user's: each has the secret of the store."""
    spaces = {
        r.inputs["metadata"]["namespace"]
        for name in ("churn", "churn-checks", "churn-retraining")
        for r in plan().manifest
        if r.name.startswith(f"{name}-") and "namespace" in r.inputs.get("metadata", {})
    }
    assert spaces == {"serving", "loop", "team"}
    created = plan().all("kubernetes:core/v1:Namespace").values()
    assert {r.inputs["metadata"]["name"] for r in created} == {"training", "team", "other"}
    assert [r.name for r in plan().all("pulumi:providers:kubernetes").values()] == [
        "platform-kubernetes"
    ]


def test_only_jobs_of_retraining_reach_a_store_in_the_cluster() -> None:
    """It is no HTTPS, which jobs reach anyway."""
    policies = plan().all("kubernetes:networking.k8s.io/v1:NetworkPolicy").values()
    reaching = {
        p.inputs["metadata"]["namespace"]
        for p in policies
        if {"kubernetes.io/metadata.name": "minio"}
        in [
            peer.get("namespaceSelector", {}).get("matchLabels")
            for rule in p.inputs["spec"]["egress"]
            for peer in rule["to"]
        ]
    }
    assert reaching == {"team"}


@pytest.mark.parametrize(
    "url", ["https://minio.example.com", "http://10.0.0.1:9000", "http://minio:9000"]
)
def test_a_store_outside_of_the_cluster_changes_no_connection_of_jobs(url: str) -> None:
    platform = described(objectStore={**STORE, "endpointUrl": url}).components[0]
    assert "reaches" not in json.dumps(platform.args["teams"])


def test_the_exports_are_what_the_commands_read() -> None:
    outputs = plan().manifest.outputs
    assert outputs["services"] == {"churn": "http://churn.serving.svc"}
    target = ClusterTarget.read("churn", outputs["releaseTargets"]["churn"])
    assert (target.store, target.bucket) == (STORE["endpointUrl"], "artifacts")
    assert RetrainingSettings.read(json.dumps(outputs["retraining"]["churn"])) == settings()


class Store:
    """moto's S3 as the store: there is nothing else."""

    def __init__(self, session: Any) -> None:
        self._session, self.s3 = session, session.client("s3")

    def client(self, service: str, **options: Any) -> Any:
        assert service == "s3", service
        return self._session.client(service, **options)

    def put(self, key: str, body: str | bytes) -> None:
        self.s3.put_object(Bucket="artifacts", Key=key, Body=body)

    def keys(self, prefix: str) -> list[str]:
        found = self.s3.list_objects_v2(Bucket="artifacts", Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", ())]


def granted() -> dict[str, list[dict[str, Any]]]:
    """Namespace -> rules of the Roles that the driver's account is bound to."""
    kind = "kubernetes:rbac.authorization.k8s.io/v1"
    rules = {
        (r.inputs["metadata"]["namespace"], r.inputs["metadata"]["name"]): r.inputs["rules"]
        for r in plan().all(f"{kind}:Role").values()
    }
    account = ("churn-retraining", "loop")
    bound: dict[str, list[dict[str, Any]]] = {}
    for binding in plan().all(f"{kind}:RoleBinding").values():
        if account in [(s["name"], s.get("namespace")) for s in binding.inputs["subjects"]]:
            space = binding.inputs["metadata"]["namespace"]
            bound.setdefault(space, []).extend(rules[space, binding.inputs["roleRef"]["name"]])
    return bound


def test_the_registered_driver_carries_the_loop_from_drift_to_the_release() -> None:
    """With its settings, its Roles and the folder of the checks' results."""
    own = settings()
    own = dataclasses.replace(own, limits=dataclasses.replace(own.limits, bake_minutes=0))
    driving = pod("kubernetes:batch/v1:CronJob", "churn-retraining-driver")["containers"][0]
    results = variables(driving)["GROUNDPLAN_RESULTS"]
    with moto_lookups.once(), mock_aws():
        account: Any = Store(boto3.session.Session("testing", "testing", region_name="eu-west-1"))
        place = {"LocationConstraint": "eu-west-1"}
        account.s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration=place)
        found = world.furnish(account)
        found.grants = granted()
        found.rules = {
            name: {"state": "inactive", "health": "ok"} for name in own.release_target["alerts"]
        }
        world.champion(found, own)
        result = {"monitor": "churn", "status": "alarm", "statuses": {"data_drift": "alarm"}}
        result |= {"verdicts": [], "digest": "sha256:abc", "baseline": {}}
        result |= {"window": {"start": "2026-11-27T00:00:00Z", "end": "2026-11-28T00:00:00Z"}}
        assert results.startswith("s3://artifacts/")
        account.put(f"{results.split('/', 3)[3]}/1/check.json", json.dumps(result))
        outcomes: list[Outcome | None] = []
        for _ in range(20):
            pipeline, releases = world.connected(found, own)
            s3 = pipeline.context.services.s3
            answers = driver.advance(pipeline, s3, own, results, releases)
            outcomes += [answer.outcome for answer in answers]
            found.settle()
            if Outcome.RELEASED in outcomes:
                break
        assert found.serving() == "churn/2"
        (answer,) = account.keys("retraining/churn/answers/drift-")
        text = account.s3.get_object(Bucket="artifacts", Key=answer)["Body"].read()
        assert json.loads(text)["outcome"] == "released"


def test_the_settings_of_the_guide_are_an_environment() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = [yaml.safe_load(block) for block in blocks if "groundplan:objectStore" in block]
    values = {key: json.dumps(value) for key, value in block["config"].items()}
    types = [component.type for component in describe("groundplan", "local", values).components]
    assert types == [
        "TrainingPlatform",
        "KubernetesEndpoint",
        "KubernetesModelMonitoring",
        "KubernetesRetraining",
    ]


def problems(**changes: Any) -> dict[str, str]:
    with pytest.raises(InvalidSettings) as caught:
        described(**changes)
    return {problem.key: str(problem) for problem in caught.value.problems}


def test_settings_are_refused_with_the_fix() -> None:
    assert set(problems(services={"churn": {**SERVICE, "pool": "nodes"}})) == {
        "groundplan:services.churn.pool"
    }
    (pool,) = problems(services={"churn": {**SERVICE, "pool": "nodes"}}).values()
    assert "set nodeLabels in its place: {'kubernetes.io/os': 'linux'}" in pool
    (store,) = problems(objectStore=None).values()
    assert "services.churn, queueRetraining.churn" in store
    assert "set objectStore.endpointUrl, bucketName and secret, or set aws:region" in store


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        (
            {"region": "us-east-1", "queueRetraining": None},
            {"groundplan:objectStore", "groundplan:services"},
        ),
        ({"platform": None}, {"aws:region"}),
        ({"endpoints": {"x": {"image": IMAGE}}}, {"aws:region"}),
        (
            {"services": {"churn": {**SERVICE, "namespace": None}}},
            {"groundplan:services.churn.namespace"},
        ),
        (
            {"services": {"churn": {**SERVICE, "namespace": "other"}}},
            {"groundplan:services.churn.namespace"},
        ),
        (
            {"queueRetraining": {"churn": {**RETRAINING, "namespace": "unknown"}}},
            {"groundplan:queueRetraining.churn.namespace"},
        ),
        (
            {"queueRetraining": {"churn": {**RETRAINING, "driverNamespace": "other"}}},
            {"groundplan:queueRetraining.churn.driverNamespace"},
        ),
        (
            {"platform": {"kubeconfig": "{}"},
             "queueRetraining": {"churn": {**RETRAINING, "namespace": "training"}}},
            {"groundplan:platform.pools"},
        ),
        (
            {"serviceMonitoring": {"x": {"image": IMAGE, "baselineKey": "a.json"}}},
            {"groundplan:serviceMonitoring.x"},
        ),
        (
            {"services": {"churn": {"image": IMAGE}}, "serviceMonitoring": None,
             "queueRetraining": None},
            {"groundplan:objectStore"},
        ),
        (
            {"services": {"churn": {
                "engine": "vllm", "modelData": "models/a/1/", "accelerators": 1,
                "namespace": "serving",
            }},
             "serviceMonitoring": None, "queueRetraining": None},
            {"groundplan:services.churn.engine"},
        ),
    ],
)  # fmt: skip
def test_what_is_refused(changes: dict[str, Any], keys: set[str]) -> None:
    cleared = {
        key: {name: {k: v for k, v in own.items() if v is not None} for name, own in value.items()}
        if key in ("services", "queueRetraining") and value
        else value
        for key, value in changes.items()
    }
    assert set(problems(**cleared)) == keys


def test_a_service_without_a_model_needs_no_store() -> None:
    environment = described(
        objectStore=None, queueRetraining=None, serviceMonitoring=None,
        services={"churn": {"image": IMAGE}},
    )  # fmt: skip
    (service,) = [c for c in environment.components if c.type == "KubernetesEndpoint"]
    assert dict(service.args) == {"image": IMAGE}
