"""KubernetesRetraining of an endpoint on the cluster: what the driver and evaluations
may do, and the same without AWS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import cluster_world as cluster
import pulumi
import pulumi_kubernetes as k8s
import pytest
import retraining_world as world
from groundplan import KubernetesEndpoint, KubernetesRetraining
from groundplan.arguments import InvalidArguments
from groundplan.policy_documents import matches
from groundplan.retraining.engine.cluster import driver as cluster_driver
from groundplan.retraining.engine.names import Outcome
from groundplan.retraining.engine.settings import RetrainingSettings
from groundplan.testing import Plan, deploy, policy
from retraining_account import ACCOUNT, REGION, Account

BUCKET: Any = {
    "bucket_name": "artifacts",
    "bucket_arn": "arn:aws:s3:::artifacts",
    "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/artifacts",
}
ENDPOINT: dict[str, Any] = {
    "image": world.MODEL_IMAGE,
    "release": "registry",
    "model_data": "models/churn/1/model.tar.gz",
    "model_version_id": "null",
    "artifacts": BUCKET,
    "cluster_name": "ml",
    "gates": world.GATES,
    "canary": {"percent": 25},
    "prometheus_url": "http://prometheus:9090",
}
RETRAINING: dict[str, Any] = {
    "artifacts": BUCKET,
    "cluster_name": "ml",
    "namespace": "team",
    "image": "registry.example.com/monitoring:1.0.0",
    "dataset": "churn:latest",
    "training": {"job": "churn", "usd_per_hour": 1.5},
    "evaluation": {
        "held_out": "s3://artifacts/held-out/",
        "recent": "churn-recent:latest",
        "usd_per_hour": 0.3,
    },
    "budget_usd_per_month": 100.0,
    "notifications": {"topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:retraining"},
    "results_uri": "s3://artifacts/monitoring/churn",
}
STORE = {
    "bucket_name": "artifacts",
    "endpoint_url": "http://minio.minio.svc:9000",
    "secret": "store",
}
WITHOUT_AWS = {
    key: value
    for key, value in RETRAINING.items()
    if key not in ("artifacts", "cluster_name", "notifications")
} | {"object_store": STORE, "driver_namespace": "loop"}


def plan_of(endpoint: Mapping[str, Any], retraining: Mapping[str, Any]) -> Plan:
    def program() -> None:
        opts = pulumi.ResourceOptions(provider=k8s.Provider("cluster", kubeconfig="{}"))
        serving: Any = dict(endpoint)
        found = KubernetesEndpoint("churn", serving, opts)
        args: Any = {
            "endpoint": found.endpoint_name,
            "kubernetes_release_target": found.release_target,
            **retraining,
        }
        KubernetesRetraining("churn-retraining", args, opts)

    return deploy(program, project="ml", stack="prod", region=REGION)


@cache
def plan() -> Plan:
    return plan_of(ENDPOINT, RETRAINING)


def settings_of(found: Plan) -> RetrainingSettings:
    outputs = found.one("groundplan:index:KubernetesRetraining").outputs
    return RetrainingSettings.read(json.dumps(outputs["settings"]))


def roles(found: Plan) -> dict[str, list[dict[str, Any]]]:
    """Namespace -> rules that the driver's account is bound to."""
    kind = "kubernetes:rbac.authorization.k8s.io/v1"
    rules = {
        (r.inputs["metadata"]["namespace"], r.inputs["metadata"]["name"]): r.inputs["rules"]
        for r in found.all(f"{kind}:Role").values()
    }
    granted: dict[str, list[dict[str, Any]]] = {}
    for binding in found.all(f"{kind}:RoleBinding").values():
        (subject,) = binding.inputs["subjects"]
        assert (subject["name"], subject["namespace"]) == ("churn-retraining", "churn-retraining")
        space = binding.inputs["metadata"]["namespace"]
        granted.setdefault(space, []).extend(rules[space, binding.inputs["roleRef"]["name"]])
    return granted


@dataclass
class Recorded(Account):
    """An account that records requests."""

    requests: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def client(self, service: str, **options: Any) -> Any:
        assert service in ("s3", "sts", "sns"), service
        return super().client(service, **options)

    def call(self, service: str, operation: str, params: dict[str, Any]) -> Any:
        if service == "s3" and self.who == "assumed-role/retraining/driver":
            self.requests.append((operation, params))
        return super().call(service, operation, params)


ACTIONS = {
    "head_object": "s3:GetObject",
    "get_object": "s3:GetObject",
    "put_object": "s3:PutObject",
    "delete_object": "s3:DeleteObject",
    "list_objects_v2": "s3:ListBucket",
}


def refused(requests: list[tuple[str, Mapping[str, Any]]], found: Plan) -> list[str]:
    """Returns what the driver's policies do not allow."""
    statements = []
    for name in ("policy", "release-policy"):
        text = found.one("aws:iam/rolePolicy:RolePolicy", f"churn-retraining-{name}").inputs
        statements += json.loads(text["policy"])["Statement"]
    wrong = set()
    for operation, params in requests:
        key = f"/{params['Key']}" if "Key" in params else ""
        resource, action = f"arn:aws:s3:::{params['Bucket']}{key}", ACTIONS[operation]
        fits = [
            s
            for s in statements
            if action in s["Action"] and any(matches(p, resource) for p in s["Resource"])
        ]
        denied = "IfNoneMatch" not in params and any(s["Effect"] == "Deny" for s in fits)
        if denied or not any(s["Effect"] == "Allow" for s in fits):
            wrong.add(f"{action} on {resource}")
    return sorted(wrong)


@pytest.mark.parametrize("asks", [True, False])
def test_the_registered_role_and_policies_allow_the_whole_loop(asks: bool) -> None:
    """With the settings, the Roles and the policies that the components register."""
    approval = {} if asks else {"approval": {"required": False}}
    registered = plan() if asks else plan_of(ENDPOINT, {**RETRAINING, **approval})
    settings = replace(settings_of(registered), dataset="churn:latest")
    account = Recorded()
    found = cluster.furnish(account)
    world.publish(found.account, 3, tag="held-out")
    found.account.put(
        "datasets/churn-recent/tags/latest.json",
        found.account.text("datasets/churn/tags/held-out.json").replace(
            '"churn"', '"churn-recent"'
        ),
    )
    settings = replace(settings, evaluation=replace(settings.evaluation, recent=""))
    # The endpoint's own namespace is named after it.
    found.objects = {
        path.replace("/serving/", "/churn/"): value for path, value in found.objects.items()
    }
    found.rules = {
        name: {"state": "inactive", "health": "ok"} for name in settings.release_target["alerts"]
    }
    found.labels = {"namespace": "churn", "endpoint": "churn"}
    cluster.champion(found)
    found.grants = roles(registered)
    result = {"statuses": {"data_drift": "alarm"}, "verdicts": [], "monitor": "churn"}
    result |= {"status": "alarm", "digest": "sha256:abc", "baseline": {}}
    result |= {"window": {"start": "2026-11-27T00:00:00Z", "end": "2026-11-28T00:00:00Z"}}
    found.account.put("monitoring/churn/1/check.json", json.dumps(result))
    outcomes: list[Outcome | None] = []
    while Outcome.RELEASED not in outcomes:
        assert len(outcomes) < 120, set(outcomes)
        pipeline, releases = cluster.connected(found, settings)
        s3, results = pipeline.context.services.s3, "s3://artifacts/monitoring/churn"
        answers = cluster_driver.advance(pipeline, s3, settings, results, releases)
        outcomes += [answer.outcome for answer in answers]
        found.settle()
        found.account.pass_time(minutes=6)
        if asks and found.account.keys("registry/churn/versions/00000002"):
            found.account.who = "assumed-role/approver/kim"
            releases.registry.approve(2, "better")
            found.account.who = "assumed-role/retraining/driver"
    assert refused(account.requests, registered) == []


def test_the_driver_cannot_approve_where_people_do() -> None:
    text = plan().one("aws:iam/rolePolicy:RolePolicy", "churn-retraining-release-policy").inputs
    known = policy(text["policy"])
    assert not [arn for arn in known["WriteRegistry"]["Resource"] if "approvals" in arn]
    assert known["DenyOverwrites"]["Effect"] == "Deny"
    everything = json.dumps(list(known.values()))
    assert "sagemaker" not in everything
    assert known["UnlockReleases"]["Resource"] == [
        "arn:aws:s3:::artifacts/cluster-releases/churn/lock.json"
    ]


def test_the_driver_is_bound_to_the_names_of_one_endpoint() -> None:
    granted = roles(plan())
    assert granted["churn"] == cluster.RELEASE
    assert granted["team"] == cluster.JOBS


def test_evaluations_write_below_the_runs_and_nothing_else() -> None:
    """Nothing of a team's own role has to be changed for them."""
    text = plan().one("aws:iam/rolePolicy:RolePolicy", "churn-retraining-evaluation-policy").inputs
    known = policy(text["policy"])
    runs = "arn:aws:s3:::artifacts/retraining/churn/runs/*"
    assert known["WriteResults"]["Resource"] == [f"{runs}/evaluation/*"]
    assert known["ReadData"]["Resource"] == [
        "arn:aws:s3:::artifacts/held-out/*",
        "arn:aws:s3:::artifacts/datasets/churn-recent/*",
    ]
    assert set(known["ReadModels"]["Resource"]) == {
        f"{runs}/held_out.manifest.json",
        f"{runs}/recent.manifest.json",
        "arn:aws:s3:::artifacts/models/churn/*",
    }
    assert known["ListFolders"]["Condition"]["StringLike"]["s3:prefix"] == [
        "datasets/churn-recent/*",
        "held-out/*",
        "models/churn/*",
    ]
    kind = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
    identity = plan().one(kind, "churn-retraining-evaluation-identity").inputs
    account = plan().one("kubernetes:core/v1:ServiceAccount", "churn-retraining-evaluation-account")
    assert identity["serviceAccount"] == account.inputs["metadata"]["name"]
    assert settings_of(plan()).evaluation.service_account == identity["serviceAccount"]
    assert identity["namespace"] == "team"


def test_the_driver_reaches_the_prometheus_that_judges() -> None:
    network = plan().one(
        "kubernetes:networking.k8s.io/v1:NetworkPolicy", "churn-retraining-network-policy"
    )
    last = network.inputs["spec"]["egress"][-1]
    assert last["to"][0] == {"namespaceSelector": {}}
    assert [port["port"] for port in last["ports"]] == [9090]


def test_the_driver_may_ask_the_workspace_that_judges() -> None:
    url = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/"
    workspace = {"managed_prometheus": {"workspace_id": "ws-1"}, "prometheus_url": url}
    found = plan_of({**ENDPOINT, **workspace}, RETRAINING)
    text = found.one("aws:iam/rolePolicy:RolePolicy", "churn-retraining-release-policy").inputs
    statement = policy(text["policy"])["ReadAlerts"]
    assert statement["Action"] == ["aps:ListRules", "aps:QueryMetrics"]
    (arn,) = statement["Resource"]
    assert arn.startswith("arn:aws:aps:eu-west-1:")
    assert arn.endswith(":workspace/ws-1")


def test_without_aws_the_bucket_is_a_store_of_the_cluster() -> None:
    target = {**cluster.TARGET, "kms_key_arn": ""}
    args: Any = {**WITHOUT_AWS, "endpoint": "churn", "kubernetes_release_target": target}

    def program() -> None:
        opts = pulumi.ResourceOptions(provider=k8s.Provider("cluster", kubeconfig="{}"))
        KubernetesRetraining("churn-retraining", args, opts)

    found = deploy(program, project="ml", stack="local")
    assert not [r.type for r in found.manifest if r.type.startswith("aws:")]
    settings = settings_of(found)
    assert settings.account == "system:serviceaccount:loop:churn-retraining"
    assert (settings.region, settings.bucket, settings.topic_arn) == ("us-east-1", "artifacts", "")
    pod = found.one("kubernetes:batch/v1:CronJob").inputs["spec"]["jobTemplate"]["spec"]["template"]
    names = {entry["name"] for entry in pod["spec"]["containers"][0]["env"]}
    assert {"AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID"} <= names
    network = found.one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]
    assert 9000 in [port["port"] for port in network["egress"][1]["ports"]]


@dataclass
class StoreOnly(Account):
    """A store with the API of Amazon S3, and nothing else."""

    def client(self, service: str, **options: Any) -> Any:
        assert service == "s3", service
        return super().client(service, **options)


def test_the_loop_without_aws_needs_the_bucket_only() -> None:
    target = {**cluster.TARGET, "store": STORE["endpoint_url"]}
    args: Any = {
        **WITHOUT_AWS,
        "approval": {"required": False},
        "evaluation": {"held_out": "s3://artifacts/held-out/", "usd_per_hour": 0.3},
        "endpoint": "churn",
        "kubernetes_release_target": target,
    }
    del args["results_uri"]

    def program() -> None:
        opts = pulumi.ResourceOptions(provider=k8s.Provider("cluster", kubeconfig="{}"))
        KubernetesRetraining("churn-retraining", args, opts)

    settings = settings_of(deploy(program, project="ml", stack="local"))
    found = cluster.furnish(StoreOnly())
    cluster.champion(found, settings)
    outcomes: list[Outcome | None] = []
    while Outcome.RELEASED not in outcomes:
        assert len(outcomes) < 120, set(outcomes)
        pipeline, releases = cluster.connected(found, settings)
        s3 = pipeline.context.services.s3
        answers = cluster_driver.advance(pipeline, s3, settings, "", releases)
        outcomes += [answer.outcome for answer in answers]
        found.settle()
        found.account.pass_time(minutes=6)
    approval = json.loads(found.account.text("registry/churn/approvals/00000002.json"))
    assert approval["by"] == "system:serviceaccount:loop:churn-retraining"


TARGET = {**cluster.TARGET, "gates": {}}
SAGEMAKER = {**world.TARGET, "endpoint": "churn"}
OWN = {**RETRAINING, "endpoint": "churn", "kubernetes_release_target": TARGET}


@pytest.mark.parametrize(
    ("args", "keys"),
    [
        ({**RETRAINING, "endpoint": "churn"}, ["release_target"]),
        ({**OWN, "release_target": world.TARGET}, ["release_target"]),
        ({**OWN, "endpoint": "fraud"}, ["endpoint"]),
        ({**OWN, "approval": {"required": False}}, ["approval.required"]),
        (
            {**OWN, "kubernetes_release_target": {**world.TARGET, "endpoint": "churn"}},
            ["kubernetes_release_target"],
        ),
        (
            {
                **{k: v for k, v in OWN.items() if k != "kubernetes_release_target"},
                "release_target": TARGET,
            },
            ["release_target"],
        ),
        (
            {**OWN, "object_store": STORE},
            ["driver_namespace", "object_store", "notifications"],
        ),
        ({**OWN, "further_datasets": ["users:latest"]}, ["further_datasets[0]"]),
        ({k: v for k, v in OWN.items() if k != "cluster_name"}, ["cluster_name"]),
        ({k: v for k, v in OWN.items() if k != "notifications"}, ["notifications"]),
        (
            {**WITHOUT_AWS, "endpoint": "churn", "release_target": SAGEMAKER},
            ["object_store"],
        ),
    ],
)  # fmt: skip
def test_what_is_refused(args: dict[str, Any], keys: list[str]) -> None:
    def program() -> None:
        opts = pulumi.ResourceOptions(provider=k8s.Provider("cluster", kubeconfig="{}"))
        arguments: Any = args
        KubernetesRetraining("churn-retraining", arguments, opts)

    with pytest.raises(InvalidArguments) as caught:
        deploy(program)
    assert [problem.key for problem in caught.value.problems] == keys


def test_a_declared_endpoint_has_no_target_and_the_fix_is_said() -> None:
    declared = {
        key: value
        for key, value in ENDPOINT.items()
        if key not in ("release", "gates", "canary", "prometheus_url")
    }
    with pytest.raises(Exception, match="set `release` of the KubernetesEndpoint to registry"):
        plan_of(declared, RETRAINING)
