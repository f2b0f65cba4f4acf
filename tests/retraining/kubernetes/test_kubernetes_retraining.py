"""KubernetesRetraining: the CronJob that carries runs, and what it may do."""

import json
import pathlib
import re
import shutil
import subprocess
from functools import cache
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as k8s
import pytest
from exporters import EXPORTERS
from groundplan import KubernetesRetraining
from groundplan.arguments import InvalidArguments
from groundplan.retraining.engine.settings import RetrainingSettings
from groundplan.testing import Plan, deploy, policy
from retraining_world import TARGET

BUCKET: Any = {
    "bucket_name": "artifacts",
    "bucket_arn": "arn:aws:s3:::artifacts",
    "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/artifacts",
}
TOPIC = "arn:aws:sns:eu-west-1:123456789012:retraining"
MINIMAL: dict[str, Any] = {
    "release_target": {**TARGET, "endpoint": "churn"},
    "endpoint": "churn",
    "artifacts": BUCKET,
    "cluster_name": "ml",
    "namespace": "churn",
    "image": "registry.example.com/monitoring:1.0.0",
    "dataset": "churn:latest",
    "training": {"job": "churn", "usd_per_hour": 1.5},
    "evaluation": {"held_out": "churn-held-out:latest", "usd_per_hour": 0.3},
    "budget_usd_per_month": 100.0,
    "notifications": {"topic_arn": TOPIC},
}


def plan_of(args: dict[str, Any], *, provider: bool = True, name: str = "churn-retraining") -> Plan:
    arguments: Any = args

    def program() -> None:
        opts = None
        if provider:
            opts = pulumi.ResourceOptions(provider=k8s.Provider("cluster", kubeconfig="{}"))
        KubernetesRetraining(name, arguments, opts)

    return deploy(program, project="ml", stack="prod", region="eu-west-1")


@cache
def plan() -> Plan:
    return plan_of(
        {
            **MINIMAL,
            "results_uri": "s3://artifacts/monitoring/churn",
            "approval": {"days": 3},
            "notifications": {"topic_arn": TOPIC, "kms_key_arn": "arn:topic-key"},
        }
    )


def test_the_settings_are_what_the_engine_reads() -> None:
    data = plan().one("kubernetes:core/v1:ConfigMap").inputs["data"]
    settings = RetrainingSettings.read(data["settings.json"])
    assert (settings.endpoint, settings.bucket, settings.dataset) == (
        "churn",
        "artifacts",
        "churn:latest",
    )
    assert settings.release_target == {**TARGET, "endpoint": "churn"}
    assert settings.training.usd_per_hour == 1.5
    assert settings.evaluation.held_out == "churn-held-out:latest"
    assert (settings.limits.usd_per_month, settings.limits.approval_days) == (100.0, 3.0)
    assert settings.topic_arn == TOPIC
    exported = plan().one("groundplan:index:KubernetesRetraining").outputs["settings"]
    assert RetrainingSettings.read(json.dumps(exported)) == settings


def test_one_look_at_a_time_ends_and_is_restricted() -> None:
    spec = plan().one("kubernetes:batch/v1:CronJob").inputs["spec"]
    assert (spec["schedule"], spec["concurrencyPolicy"]) == ("*/10 * * * *", "Forbid")
    job = spec["jobTemplate"]["spec"]
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (0, 1800)
    pod = job["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod["containers"]
    assert container["command"][-1] == "groundplan.retraining.engine.cluster.driver"
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    variables = {entry["name"]: entry["value"] for entry in container["env"]}
    assert variables["GROUNDPLAN_RETRAINING_FILE"] == "/etc/groundplan/settings.json"
    assert variables["GROUNDPLAN_RESULTS"] == "s3://artifacts/monitoring/churn"
    job_object = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"}}
    kubernetes_validate.validate({**job_object, "spec": spec}, "1.35", strict=True)


def test_a_change_of_the_settings_is_a_change_of_the_pods() -> None:
    def digest(found: Plan) -> str:
        job = found.one("kubernetes:batch/v1:CronJob").inputs["spec"]["jobTemplate"]
        metadata = job["spec"]["template"]["metadata"]
        return str(metadata["annotations"]["groundplan/settings"])

    assert digest(plan()) != digest(plan_of({**MINIMAL, "dataset": "churn:reviewed"}))


def test_the_driver_may_create_jobs_of_its_namespace() -> None:
    role = plan().one("kubernetes:rbac.authorization.k8s.io/v1:Role").inputs
    assert role["metadata"]["namespace"] == "churn"
    kind = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
    (subject,) = plan().one(kind).inputs["subjects"]
    assert subject["namespace"] == "churn-retraining"  # where no team creates pods
    job = plan().one("kubernetes:batch/v1:CronJob").inputs["metadata"]
    assert job["namespace"] == "churn-retraining"
    space = plan().one("kubernetes:core/v1:Namespace").inputs["metadata"]
    assert space["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert role["rules"] == [
        {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "get", "delete"]},
        {"apiGroups": [""], "resources": ["services"], "verbs": ["create"]},
    ]
    network = plan().one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]
    assert network["ingress"] == []
    assert [port["port"] for port in network["egress"][1]["ports"]] == [443, 6443]


def test_in_aws_it_may_do_what_the_steps_need_and_starts_no_job() -> None:
    policies = plan().all("aws:iam/rolePolicy:RolePolicy")
    known = policy(policies["churn-retraining-policy"].inputs["policy"])
    bucket = "arn:aws:s3:::artifacts"
    assert known["WriteJournal"]["Resource"] == [f"{bucket}/retraining/churn/*"]
    assert known["ReadResults"]["Resource"] == [f"{bucket}/monitoring/churn/*"]
    assert known["NotifyPeople"]["Resource"] == [TOPIC]
    assert known["UseTopicKey"]["Resource"] == ["arn:topic-key"]
    assert f"{bucket}/models/churn/*" in known["ReadVersions"]["Resource"]
    assert not {"RunTraining", "RunEvaluations", "PassJobRoles"} & known.keys()
    assert policies.keys() == {
        "churn-retraining-policy",
        "churn-retraining-release-policy",
        "churn-retraining-evaluation-policy",
    }
    without = policy(
        plan_of(MINIMAL)
        .one("aws:iam/rolePolicy:RolePolicy", "churn-retraining-policy")
        .inputs["policy"]
    )
    assert not {"ReadResults", "UseTopicKey"} & without.keys()
    kind = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
    identity = plan().one(kind, "churn-retraining-identity").inputs
    assert (identity["clusterName"], identity["namespace"]) == ("ml", "churn-retraining")


@pytest.mark.parametrize("bucket", ["artifacts", "captures"])
def test_the_driver_lists_the_results_that_it_reads(bucket: str) -> None:
    found = plan_of({**MINIMAL, "results_uri": f"s3://{bucket}/monitoring/churn"})
    text = found.one("aws:iam/rolePolicy:RolePolicy", "churn-retraining-policy").inputs["policy"]
    known = policy(text)
    listed = {
        arn for s in known.values() if "s3:ListBucket" in s["Action"] for arn in s["Resource"]
    }
    assert f"arn:aws:s3:::{bucket}" in listed
    if bucket != "artifacts":
        assert known["ListResults"]["Condition"] == {
            "StringLike": {"s3:prefix": "monitoring/churn/*"}
        }


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"dataset": "churn"}, "dataset"),
        ({"schedule": "cron(0 * * * ? *)"}, "schedule"),
        ({"image": "monitoring:latest"}, "image"),
        ({"namespace": "No"}, "namespace"),
        ({"driver_namespace": "churn"}, "driver_namespace"),
        ({"further_datasets": ["users"]}, "further_datasets"),
        ({"prefix": ""}, "prefix"),
        ({"cool_down_hours": -1}, "cool_down_hours"),
        ({"watch_minutes": 1}, "watch_minutes"),
        ({"budget_usd_per_month": 0.0}, "budget_usd_per_month"),
        ({"training": {"job": "churn", "usd_per_hour": 0.0}}, "training.usd_per_hour"),
        ({"training": {"job": "a b", "usd_per_hour": 1.0}}, "training.job"),
        ({"evaluation": {"held_out": "x", "usd_per_hour": 1.0}}, "evaluation.held_out"),
        (
            {"evaluation": {"held_out": "churn:latest", "usd_per_hour": 1.0}},
            "evaluation.held_out",
        ),
        (
            {"evaluation": {**MINIMAL["evaluation"], "recent": "churn:latest"}},
            "evaluation.recent",
        ),
        (
            {"evaluation": {**MINIMAL["evaluation"], "image": "judge:latest"}},
            "evaluation.image",
        ),
        ({"endpoint": "fraud"}, "endpoint"),
        (
            {
                "approval": {"required": False},
                "release_target": {**MINIMAL["release_target"], "gates": {}},
            },
            "approval.required",
        ),
        ({"budget_usd_per_run": 101.0}, "budget_usd_per_month"),
        ({"approval": {"days": 0}}, "approval.days"),
    ],
)
def test_what_is_refused(change: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        plan_of({**MINIMAL, **change})
    assert [problem.key for problem in caught.value.problems] == [key]


def test_arguments_that_are_missing_are_problems_and_no_errors() -> None:
    with pytest.raises(InvalidArguments) as caught:
        plan_of({"training": {}, "evaluation": {}})
    keys = {problem.key for problem in caught.value.problems}
    assert {"dataset", "training.job", "evaluation.held_out", "endpoint", "namespace"} <= keys


def test_a_provider_and_a_short_name_are_needed() -> None:
    with pytest.raises(InvalidArguments, match=r"opts\.provider"):
        plan_of(MINIMAL, provider=False)
    with pytest.raises(InvalidArguments, match="at most 42"):
        plan_of(MINIMAL, name="n" * 43)


# The alert.

PROMTOOL = shutil.which("promtool")
ROOT = pathlib.Path(__file__).parents[3]


def rule(found: Plan) -> Any:
    kind = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
    (group,) = found.one(kind).inputs["spec"]["groups"]
    (only,) = group["rules"]
    return only


def test_the_alert_has_an_owner_and_a_runbook_and_needs_prometheus() -> None:
    url = "https://git.example.com/runbooks"
    found = rule(plan_of({**MINIMAL, "owner": "risk", "runbooks_url": url}))
    assert found["labels"] == {
        "severity": "warning",
        "owner": "risk",
        "namespace": "churn-retraining",
        "retraining": "churn-retraining",
    }
    assert found["annotations"]["runbook_url"] == f"{url}/retraining-late.md"
    runbook = (ROOT / found["annotations"]["runbook"]).read_text(encoding="utf-8")
    assert "`RetrainingNotCarried`" in runbook
    series = set(re.findall(r"kube_\w+", found["expr"]))
    assert series <= EXPORTERS["kube-state-metrics"]
    kinds = {r.type for r in plan_of({**MINIMAL, "prometheus": False}).manifest}
    assert not any(kind.endswith("PrometheusRule") for kind in kinds)
    managed = plan_of({**MINIMAL, "managed_prometheus": {"workspace_id": "ws-1"}})
    rules = managed.one("aws:amp/ruleGroupNamespace:RuleGroupNamespace").inputs
    assert "RetrainingNotCarried" in rules["data"]
    with pytest.raises(InvalidArguments, match="where prometheus is false"):
        plan_of({**MINIMAL, "prometheus": False, "owner": "risk"})


WHICH = '{namespace="churn-retraining",cronjob="churn-retraining"}'
SUCCESS = f"kube_cronjob_status_last_successful_time{WHICH}"
CREATED = f"kube_cronjob_created{WHICH}"
CASES: dict[str, tuple[dict[str, str], bool]] = {
    "it succeeds": ({CREATED: "0x300", SUCCESS: "0+60x300"}, False),
    "it has not succeeded for five hours": ({CREATED: "0x300", SUCCESS: "0x300"}, True),
    "it never succeeded": ({CREATED: "0x300"}, True),
    "it is new": ({CREATED: "10800x300"}, False),
}


@pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not on the PATH: when alerts fire is not checked"
)
def test_the_alert_fires_and_does_not_fire(tmp_path: pathlib.Path) -> None:
    found = {k: v for k, v in rule(plan()).items() if k != "annotations"}
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "g", "rules": [found]}]}))
    labels = {**found["labels"], "cronjob": "churn-retraining"}
    cases = [
        {
            "name": name,
            "interval": "1m",
            "input_series": [{"series": s, "values": v} for s, v in series.items()],
            "alert_rule_test": [
                {
                    "eval_time": "5h",
                    "alertname": found["alert"],
                    "exp_alerts": [{"exp_labels": labels}] if fires else [],
                }
            ],
        }
        for name, (series, fires) in CASES.items()
    ]
    tests = {"rule_files": ["rules.yaml"], "evaluation_interval": "5m", "tests": cases}
    (tmp_path / "tests.yaml").write_text(json.dumps(tests))
    command = [str(PROMTOOL), "test", "rules", "tests.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
