"""A cluster in memory, as an endpoint's driver sees it: an API server that enforces a
Role and the versions of objects, controllers that roll out, and Prometheus.

`Kubernetes API Concepts`, "Resource versions"; `Using RBAC Authorization`, "Referring
to resources".
"""

import copy
import datetime
import io
import json
import re
import urllib.error
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import Any

import retraining_world as world
from groundplan.release.cluster.alerts import Alerts
from groundplan.release.cluster.registry import BucketVersion
from groundplan.release.cluster.releases import ClusterReleases, registry_of
from groundplan.release.cluster.target import ClusterTarget
from groundplan.release.cluster.workloads import Model
from groundplan.release.engine.candidates import Candidate
from groundplan.release.engine.version_record import ModelTask
from groundplan.retraining.engine.cluster import connection
from groundplan.retraining.engine.cluster import driver as cluster_driver
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.settings import (
    EvaluationSettings,
    LimitSettings,
    RetrainingSettings,
    TrainingSettings,
)
from groundplan.training.job import record
from retraining_account import Account

SPACE, NAME = "serving", "churn"
IMAGE = world.IMAGE
NAMES = ["EndpointDown", "EndpointErrors"]
TARGET: dict[str, Any] = {
    "endpoint": NAME,
    "kind": "kubernetes",
    "engine": "container",
    "namespace": SPACE,
    "deployment": NAME,
    "role": "churn-release",
    "bucket": world.BUCKET,
    "models": "models/churn/",
    "archive": True,
    "prometheus_url": "http://prometheus:9090",
    "alerts": NAMES,
    "canary_percent": 25,
    "bake_minutes": 10,
    "gates": world.GATES,
}
SETTINGS = RetrainingSettings(
    endpoint=NAME,
    region=world.REGION,
    bucket=world.BUCKET,
    dataset="churn:latest",
    release_target=TARGET,
    topic_arn="arn:aws:sns:eu-west-1:123456789012:retraining",
    training=TrainingSettings(usd_per_hour=2.0),
    evaluation=EvaluationSettings(
        held_out="s3://artifacts/held-out/",
        recent="s3://artifacts/recent/",
        usd_per_hour=0.5,
        service_account="churn-retraining-evaluation",
    ),
    limits=LimitSettings(usd_per_run=20, usd_per_month=50, bake_minutes=20),
)
RECORD: dict[str, Any] = {
    "on": "cluster",
    "accelerators": 0,
    "accelerator_kind": "nvidia",
    "cpu": 4,
    "memory_gib": 16,
    "cluster": {
        "namespace": "team",
        "queue": "team",
        "pool": None,
        "priority": None,
        "service_account": "training",
        "efa_interfaces": 0,
        "user_id": 1000,
    },
}
JOBS = [
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "get", "delete"]},
    {"apiGroups": [""], "resources": ["services"], "verbs": ["create"]},
]
RELEASE = [
    {
        "apiGroups": ["apps"],
        "resources": ["deployments"],
        "resourceNames": [NAME, f"{NAME}-canary"],
        "verbs": ["get", "patch"],
    }
]
KSERVE_RELEASE = [
    {
        "apiGroups": ["serving.kserve.io"],
        "resources": ["inferenceservices"],
        "resourceNames": [NAME],
        "verbs": ["get", "patch"],
    },
    {
        "apiGroups": ["apps"],
        "resources": ["deployments"],
        "resourceNames": [f"{NAME}-predictor"],
        "verbs": ["get"],
    },
]
DEPLOYMENT = f"/apis/apps/v1/namespaces/{SPACE}/deployments/{{}}"
SERVICE = f"/apis/serving.kserve.io/v1beta1/namespaces/{SPACE}/inferenceservices/{NAME}"


class Unhandled(BaseException):
    """The process ends here."""


def trained(number: int) -> dict[str, Any]:
    """The record of a run on the cluster."""
    found = {**world.trained(number), **RECORD}
    del found["sagemaker"]
    return found


def refused(code: int, path: str) -> urllib.error.HTTPError:
    return urllib.error.HTTPError(path, code, "refused", Message(), io.BytesIO(b"{}"))


@dataclass
class Kubernetes:
    """The API server, the controllers, and what jobs write."""

    account: Account
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    grants: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"team": JOBS, SPACE: RELEASE}
    )
    """Namespace -> rules of the driver's Roles."""
    calls: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _call: None
    after: Callable[[str], None] = lambda _call: None
    stuck: set[str] = field(default_factory=set)
    """Models whose pods do not become ready."""
    rules: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {name: {"state": "inactive", "health": "ok"} for name in NAMES}
    )
    fired: list[tuple[str, datetime.datetime]] = field(default_factory=list)
    """Alerts that have fired, and when."""
    labels: dict[str, str] = field(default_factory=lambda: {"namespace": SPACE, "endpoint": NAME})
    is_monitored: bool = True
    candidate: float = 0.92
    """The metric of candidates."""
    number: int = 100

    # The API.

    def create(self, path: str, manifest: Mapping[str, Any]) -> bool:
        self._call("create", f"{path}/")
        name = f"{path}/{manifest['metadata']['name']}"
        if name not in self.objects:
            self._store(name, copy.deepcopy(dict(manifest)))
            self.after("create")
            return True
        return False

    def get(self, path: str) -> dict[str, Any] | None:
        self._call("get", path)
        return copy.deepcopy(self.objects.get(path))

    def patch(self, path: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        self._call("patch", path)
        found = self.objects.get(path)
        if found is None:
            raise refused(404, path)
        wanted = changes["metadata"].get("resourceVersion")
        if wanted not in (None, found["metadata"]["resourceVersion"]):
            raise refused(409, path)
        merged: dict[str, Any] = _merged(found, changes)
        merged["metadata"]["generation"] = found["metadata"].get("generation", 1) + 1
        self._store(path, merged)
        self.after("patch")
        return merged

    def delete(self, path: str) -> None:
        self._call("delete", path)
        self.objects.pop(path, None)

    def _call(self, verb: str, path: str) -> None:
        self.calls.append(verb)
        self.before(verb)
        parts = path.strip("/").split("/")
        group = "" if parts[0] == "api" else parts[1]
        space, kind, name = parts[-3:] if not path.endswith("/") else (*parts[-2:], "")
        for rule in self.grants.get(space, ()):
            names = rule.get("resourceNames", [name])
            if (
                group in rule["apiGroups"]
                and kind in rule["resources"]
                and verb in rule["verbs"]
                and name in names
            ):
                return
        raise refused(403, path)

    def _store(self, path: str, found: dict[str, Any]) -> None:
        self.number += 1
        found["metadata"]["resourceVersion"] = str(self.number)
        self.objects[path] = found

    # Controllers, and people.

    def touch(self, path: str) -> None:
        """A controller writes the object's state."""
        self._store(path, self.objects[path])

    def settle(self) -> None:
        """Rolls everything out, and completes all jobs."""
        for path, found in list(self.objects.items()):
            if "/inferenceservices/" in path:
                own = found["spec"]["predictor"]
                below = self.objects[DEPLOYMENT.format(f"{NAME}-predictor")]
                below["spec"]["template"]["metadata"]["annotations"] = own["annotations"]
        for path, found in list(self.objects.items()):
            if "/deployments/" in path:
                self._roll_out(found)
                self.touch(path)
            elif "/jobs/" in path and "status" not in found:
                self._complete(found)

    def _roll_out(self, found: dict[str, Any]) -> None:
        spec, model = found["spec"], Model.of(found["spec"]["template"]["metadata"]["annotations"])
        replicas = spec.get("replicas", 1)
        status: dict[str, Any] = {"observedGeneration": found["metadata"]["generation"]}
        if replicas and model.version in self.stuck:
            reason = {"reason": "ProgressDeadlineExceeded", "message": "no pod is ready"}
            condition = {"type": "Progressing", "status": "False", **reason}
            found["status"] = {**status, "replicas": replicas, "conditions": [condition]}
            return
        counts = ("replicas", "updatedReplicas", "availableReplicas")
        found["status"] = {**status, **dict.fromkeys(counts, replicas)}

    def _complete(self, job: dict[str, Any]) -> None:
        (container,) = job["spec"]["template"]["spec"]["containers"]
        variables = {entry["name"]: entry.get("value", "") for entry in container["env"]}
        output = variables["GROUNDPLAN_OUTPUT"].split("/", 3)[3]
        if job["metadata"]["labels"]["app.kubernetes.io/component"] == "training":
            self.account.put(f"{output}model.tar.gz", "another model")
        else:
            champion = variables["GROUNDPLAN_CHAMPION_ID"]
            document = world.metrics(self.candidate, champion_arn=champion)
            self.account.put(f"{output}metrics.json", json.dumps(document))
        job["status"] = {"conditions": [{"type": "Complete", "status": "True"}]}

    def fetch(self, url: str) -> bytes:
        """Answers as Prometheus."""
        assert url.startswith("http://prometheus:9090/api/v1/")
        if not self.is_monitored:
            raise urllib.error.URLError("connection refused")
        if "/query?" in url:
            return self._fired(urllib.parse.unquote_plus(url))
        rules = [{"name": name, "labels": self.labels, **rule} for name, rule in self.rules.items()]
        return json.dumps(
            {"data": {"groups": [{"name": "endpoint-churn", "rules": rules}]}}
        ).encode()

    def _fired(self, query: str) -> bytes:
        match = re.search(r"ALERTS\{alertstate=\"firing\",(.*)\}\[(\d+)s\]", query)
        assert match is not None
        own = ",".join(f'{key}="{value}"' for key, value in self.labels.items())
        window = datetime.timedelta(seconds=int(match[2]))
        known = self.fired if match[1] == own else []
        names = {name for name, at in known if at >= self.account.now - window}
        result = [{"metric": {"alertname": name}} for name in sorted(names)]
        return json.dumps({"data": {"result": result}}).encode()

    def alert(self, state: str = "firing") -> None:
        self.rules["EndpointErrors"]["state"] = state
        if state == "firing":
            self.fired.append(("EndpointErrors", self.account.now))

    # What tests ask.

    def serving(self) -> str:
        found = self.objects[DEPLOYMENT.format(NAME)]
        return Model.of(found["spec"]["template"]["metadata"]["annotations"]).version

    def candidates(self) -> int:
        return int(self.objects[DEPLOYMENT.format(f"{NAME}-canary")]["spec"]["replicas"])


def _merged(found: Any, changes: Any) -> Any:
    """RFC 7386, "JSON Merge Patch"."""
    if not isinstance(changes, Mapping):
        return copy.deepcopy(changes)
    merged = copy.deepcopy(found) if isinstance(found, dict) else {}
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged


def _deployment(name: str, replicas: int, model: Model) -> dict[str, Any]:
    pod = {"containers": [{"name": "server", "image": world.MODEL_IMAGE}]}
    counts = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), replicas)
    return {
        "metadata": {"name": name, "generation": 1, "resourceVersion": "1"},
        "spec": {
            "replicas": replicas,
            "template": {"metadata": {"annotations": model.annotations}, "spec": pod},
        },
        "status": {"observedGeneration": 1, **counts},
    }


def furnish(account: Account) -> Kubernetes:
    """Fills a bucket, with a registered and approved version, and a cluster whose
    endpoint serves what its stack created: the same model."""
    world.publish(account, 1)
    world.publish(account, 2)
    text = record.canonical(trained(1))
    run = record.run_id(text)
    account.put(f"runs/churn/{run}/run.json", text)
    account.put("manifests/prod.json", "{}")
    account.put("models/churn/1/model.tar.gz", "model")
    initial = Model("models/churn/1/model.tar.gz@null", "models/churn/1/model.tar.gz", "null")
    cluster = Kubernetes(account)
    cluster.objects = {
        DEPLOYMENT.format(NAME): _deployment(NAME, 3, initial),
        DEPLOYMENT.format(f"{NAME}-canary"): _deployment(f"{NAME}-canary", 0, initial),
    }
    return cluster


def snapshot(cluster: Kubernetes) -> Kubernetes:
    """The same bucket and cluster, to start from several times."""
    return replace(
        cluster,
        account=cluster.account.snapshot(),
        objects=copy.deepcopy(cluster.objects),
        rules=copy.deepcopy(cluster.rules),
        fired=list(cluster.fired),
        calls=[],
    )


def candidate(account: Account, **changes: Any) -> Candidate:
    """The model that the stack created the endpoint with, to be registered."""
    (key,) = (key for key in account.keys("runs/churn/") if key.endswith("/run.json"))
    values: dict[str, Any] = {
        "group": NAME,
        "record_uri": f"s3://{world.BUCKET}/{key}",
        "model": f"s3://{world.BUCKET}/models/churn/1/model.tar.gz",
        "image": world.MODEL_IMAGE,
        "task": ModelTask.BINARY_CLASSIFICATION,
        "metrics": {"auc": 0.9},
        "slices": {"data=recent": {"auc": 0.9}},
        "manifest_uri": f"s3://{world.BUCKET}/manifests/prod.json",
        **changes,
    }
    return Candidate(**values)


def champion(cluster: Kubernetes, settings: RetrainingSettings = SETTINGS) -> BucketVersion:
    """Registers and approves the model that serves, and releases it."""
    account = cluster.account
    registry = registry_of(connection.clients(settings, account), ClusterTarget.read(NAME, TARGET))
    version = registry.register(candidate(account))
    account.who = "assumed-role/approver/kim"
    registry.approve(version.number, "the first")
    account.who = "assumed-role/retraining/driver"
    for path in cluster.objects:
        annotations = cluster.objects[path]["spec"]["template"]["metadata"]["annotations"]
        annotations["groundplan/model-version"] = version.id
    return version


def connected(
    cluster: Kubernetes, settings: RetrainingSettings = SETTINGS
) -> tuple[Pipeline, ClusterReleases]:
    """A pipeline and its releases, as in another process."""
    place = ClusterTarget.read(NAME, settings.release_target)
    alerts = Alerts(place, cluster.fetch, lambda _seconds: None)
    api: Any = cluster
    services, releases = connection.connect(settings, api, cluster.account, alerts)
    return Pipeline(settings, cluster_driver.on_cluster(services, api, settings)), releases
