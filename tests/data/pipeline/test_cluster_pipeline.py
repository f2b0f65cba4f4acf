"""DataPipeline on a cluster: the CronJob, three identities, networks, alarms, and what
one engine reads and another doesn't."""

import json
import pathlib
from functools import cache
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan import DataPipeline
from groundplan.arguments import InvalidArguments
from groundplan.data.pipeline.engine.cluster import manifests
from groundplan.data.pipeline.engine.cluster.settings import ClusterSettings
from groundplan.testing import Plan, deploy, policy

ROOT = pathlib.Path(__file__).parents[3]
WINES = str(ROOT / "examples" / "data-pipeline" / "wines.py")
CLICKS = str(ROOT / "examples" / "data-pipeline" / "clicks.py")
S3 = "arn:aws:s3:::artifacts-1"
KEY = "arn:aws:kms:us-east-1:123456789012:key/bucket"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
BUCKET: Any = {"bucket_name": "artifacts-1", "bucket_arn": S3, "kms_key_arn": KEY}
CONTAINER: dict[str, Any] = {
    "script": WINES,
    "image": "registry.example.com/pipeline:1.0.0",
    "cluster_name": "ml",
    "namespace": "churn",
}
MINIMAL: dict[str, Any] = {
    "bucket": BUCKET,
    "dataset": "wines",
    "inputs": {"raw": "raw/wines/"},
    "engine": "container",
    "container": CONTAINER,
}
RULES: dict[str, Any] = {"columns": {"kind": {"references": {"input": "kinds", "column": "id"}}}}
ALARM, ROLE_POLICY = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:iam/rolePolicy:RolePolicy"


def plan_of(*, name: str = "etl", provider: bool = True, **args: Any) -> Plan:
    arguments: Any = {key: value for key, value in {**MINIMAL, **args}.items() if value is not None}

    def program() -> None:
        options = None
        if provider:
            own = kubernetes.Provider("cluster", kubeconfig="{}")
            options = pulumi.ResourceOptions(providers=[own])
        DataPipeline(name, arguments, options)

    return deploy(program, project="ml", stack="prod", region="us-east-1")


@cache
def minimal() -> Plan:
    return plan_of()


@cache
def complete() -> Plan:
    return plan_of(
        engine="ray",
        inputs={"raw": "raw/wines/", "kinds": "raw/kinds/"},
        container={
            **CONTAINER,
            "queue": "batch",
            "pool": "cpu",
            "priority": "low",
            "cpu": 8,
            "timeout_minutes": 600,
            "bookmarks": True,
            "arguments": {"country": "DE"},
            "look_minutes": 10,
        },
        ray={"version": "2.60.0", "nodes": 3},
        quality=RULES,
        triggers={
            "schedule_expression": "cron(0 3 * * ? *)",
            "objects": True,
            "datasets": ["users:production"],
            "expected_within_hours": 26,
        },
        limits={"vcpu_hours_per_run": 64.0, "vcpu_hours_per_month": 500.0},
        catalog={"tables": {"wines": {"columns": {"id": "string"}}}},
        alarm_actions=[TOPIC],
    )


def settings(plan: Plan) -> ClusterSettings:
    data = plan.one("kubernetes:core/v1:ConfigMap", "etl-settings").inputs["data"]
    return ClusterSettings.read(data["settings.json"])


def statements(plan: Plan, role: str) -> dict[str, Any]:
    return policy(plan.one(ROLE_POLICY, f"etl-{role}-access-policy").inputs["policy"])


def pod(plan: Plan) -> dict[str, Any]:
    job = plan.one("kubernetes:batch/v1:CronJob").inputs["spec"]["jobTemplate"]
    found: dict[str, Any] = job["spec"]["template"]["spec"]
    return found


def test_children_belong_to_the_component_and_its_outputs_name_them() -> None:
    plan = minimal()
    component = plan.one("groundplan:index:DataPipeline", "etl")
    mine = {resource.name for resource in plan.manifest if plan.parent(resource) == component}
    each = ("account", "network-policy", "access", "access-policy", "identity")
    roles = {f"{role}-{part}" for role in ("driver", "script") for part in each}
    roles |= {"script", "jobs-role", "jobs-binding", "settings", "driver"}
    roles |= {"failed", "dead-letters", "over-limit", "not-carried"}
    assert mine == {f"etl-{role}" for role in roles}
    assert component.outputs == {
        "cronJobName": "etl",
        "jobRoleArn": "${etl-script-access.arn}",
    }


@pytest.mark.parametrize("plan", [minimal, complete], ids=["container", "ray"])
def test_objects_are_valid_and_restricted(plan: Any) -> None:
    found = [r for r in plan().manifest if r.type.startswith("kubernetes:") and r.custom]
    kinds = 0
    for resource in found:
        group, _, kind = resource.type.removeprefix("kubernetes:").partition(":")
        if kind == "kubernetes" or group.startswith("pulumi"):
            continue
        version = "v1" if group == "core/v1" else group
        kubernetes_validate.validate(
            {**resource.inputs, "apiVersion": version, "kind": kind}, "1.35", strict=True
        )
        kinds += 1
    assert kinds > 6
    driver = pod(plan())
    assert driver["securityContext"]["runAsNonRoot"] is True
    (container,) = driver["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }


def test_one_driver_at_a_time_looks_every_few_minutes() -> None:
    spec = complete().one("kubernetes:batch/v1:CronJob").inputs["spec"]
    assert spec["schedule"] == "*/10 * * * *"
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_the_driver_creates_the_jobs_that_the_arguments_describe() -> None:
    found = settings(complete())
    begun = {"run": "r", "inputs": "i", "parents": {}}
    job = manifests.script(found, begun)
    assert job["kind"] == "RayJob"
    labels = job["metadata"]["labels"]
    assert labels["kueue.x-k8s.io/queue-name"] == "batch"
    assert labels["kueue.x-k8s.io/priority-class"] == "low"
    pods = job["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]
    assert pods["nodeSelector"] == {"groundplan/pool": "cpu"}
    assert pods["serviceAccountName"] == "etl-script"
    assert job["spec"]["entrypoint"].endswith("--country DE --database ml_prod_etl")
    check = manifests.check(found, begun)
    assert check["spec"]["template"]["spec"]["serviceAccountName"] == "etl-check"
    variables = {
        v["name"]: v.get("value") for v in check["spec"]["template"]["spec"]["containers"][0]["env"]
    }
    assert json.loads(variables["GROUNDPLAN_REFERENCES"]) == {
        "kinds": "s3://artifacts-1/raw/kinds/"
    }
    assert (found.bookmarks, found.objects) == (True, True)
    assert found.pipeline.datasets == ("users:production",)


def test_a_run_takes_no_more_than_its_vcpu_hours() -> None:
    found = settings(complete())
    # 4 pods of 8 cores: 64 vCPU hours are 2 hours, of the 10 that are set.
    assert found.job.timeout_seconds == 2 * 3600
    assert found.most_vcpu_hours == 66  # with the check's core
    assert settings(minimal()).most_vcpu_hours == 2
    assert settings(minimal()).vcpu_hours_per_month == 400


def test_the_script_reads_its_inputs_and_writes_its_own_folder_only() -> None:
    found = statements(minimal(), "script")
    data = f"{S3}/datasets/wines/data/etl/*"
    assert found["WriteData"]["Resource"] == [data]
    reads = [data, f"{S3}/pipelines/etl/runs/*", f"{S3}/raw/wines/*"]
    assert found["ReadInputs"]["Resource"] == reads
    assert not [sid for sid, statement in found.items() if "*" in statement["Resource"]]
    text = json.dumps(list(found.values()))
    assert "tags/" not in text
    assert "dead-letters" not in text
    assert found["UseBucketKey"]["Resource"] == [KEY]
    used = statements(complete(), "script")["UseTables"]["Resource"]
    assert used[-1].endswith("table/ml_prod_etl/wines")


def test_the_check_has_an_identity_of_its_own_that_writes_results_only() -> None:
    found = statements(complete(), "check")
    writes = [s["Resource"] for s in found.values() if "s3:PutObject" in s["Action"]]
    assert writes == [[f"{S3}/quality/wines/etl/*"]]
    read = [f"{S3}/datasets/wines/data/etl/*", f"{S3}/raw/kinds/*"]
    assert found["ReadInputs"]["Resource"] == read
    assert found["ReadInputs"]["Action"] == ["s3:GetObject"]  # nothing at a version
    assert "ReadScript" not in found
    assert "quality/" not in json.dumps(list(statements(complete(), "script").values()))
    identities = complete().all("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    accounts = {i.inputs["serviceAccount"] for i in identities.values()}
    assert accounts == {"etl-driver", "etl-script", "etl-check"}


def test_the_driver_publishes_its_dataset_and_never_reads_raw_objects() -> None:
    found = statements(complete(), "driver")
    assert "datasets/wines/versions/*" in json.dumps(found["AddVersionsAndTags"]["Resource"])
    journal = [f"{S3}/pipelines/etl/{name}" for name in ("runs/*", "dead-letters/*")]
    assert found["DenyOverwrites"]["Effect"] == "Deny"
    assert found["DenyOverwrites"]["Resource"] == journal
    assert found["WriteJournal"]["Resource"] == [*journal, f"{S3}/pipelines/etl/latest.json"]
    reading = [s for s in found.values() if "s3:GetObject" in s["Action"]]
    assert "raw/" not in json.dumps(reading)
    assert found["ReadParents"]["Resource"] == [f"{S3}/datasets/users/*"]
    everything = [sid for sid, statement in found.items() if "*" in statement["Resource"]]
    assert sorted(everything) == ["MeasureRuns", "WriteMetrics"]
    listing = [s for s in found.values() if "s3:ListBucket" in s["Action"]]
    assert all("s3:prefix" in s["Condition"]["StringLike"] for s in listing)


def test_in_the_cluster_the_driver_handles_jobs_and_the_others_nothing() -> None:
    (role,) = complete().all("kubernetes:rbac.authorization.k8s.io/v1:Role").values()
    assert [(rule["apiGroups"], rule["resources"]) for rule in role.inputs["rules"]] == [
        (["batch"], ["jobs"]),
        (["ray.io"], ["rayjobs"]),
    ]
    accounts = complete().all("kubernetes:core/v1:ServiceAccount").values()
    assert {a.inputs["automountServiceAccountToken"] for a in accounts} == {False}
    (binding,) = complete().all("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding").values()
    assert [s["name"] for s in binding.inputs["subjects"]] == ["etl-driver"]


def test_nobody_reaches_the_pods_but_those_of_ray_one_another() -> None:
    policies = {
        r.inputs["metadata"]["name"]: r.inputs["spec"]
        for r in complete().all("kubernetes:networking.k8s.io/v1:NetworkPolicy").values()
    }
    assert policies["etl-driver"]["ingress"] == []
    assert policies["etl-check"]["ingress"] == []
    own = {"podSelector": {"matchLabels": manifests.labels("etl", "script")}}
    assert policies["etl-script"]["ingress"][0] == {"from": [own]}
    assert policies["etl-script"]["podSelector"] == own["podSelector"]
    (script,) = [
        r.inputs["spec"]
        for r in minimal().all("kubernetes:networking.k8s.io/v1:NetworkPolicy").values()
        if r.inputs["metadata"]["name"] == "etl-script"
    ]
    assert script["ingress"] == []


def test_the_alarms_have_runbooks_and_notify() -> None:
    alarms = complete().all(ALARM)
    roles = {alarm.name.removeprefix("etl-") for alarm in alarms.values()}
    assert roles == {"failed", "dead-letters", "over-limit", "quarantined", "not-carried", "late"}
    for alarm in alarms.values():
        assert alarm.inputs["alarmActions"] == [TOPIC]
        runbook = alarm.inputs["alarmDescription"].rsplit("/", 1)[-1]
        text = (ROOT / "docs" / "runbooks" / runbook).read_text(encoding="utf-8")
        assert f"NAME-{alarm.name.removeprefix('etl-')}" in text
    late = complete().one(ALARM, "etl-late").inputs
    assert (late["threshold"], late["comparisonOperator"]) == (26, "GreaterThanThreshold")
    assert late["treatMissingData"] == "breaching"
    silent = complete().one(ALARM, "etl-not-carried").inputs
    assert (silent["metricName"], silent["evaluationPeriods"]) == ("Looks", 3)


GLUE: dict[str, Any] = {"engine": "glue", "container": None, "glue": {"script": CLICKS}}


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"glue": {"script": CLICKS}}, ["glue"]),
        ({"tracing": True}, ["tracing"]),
        ({"log_retention_days": 30}, ["log_retention_days"]),
        (
            {"kms_key_arn": KEY.replace("bucket", "11111111-2222-3333-4444-555555555555")},
            ["kms_key_arn"],
        ),
        ({"limits": {"dpu_hours_per_run": 1.0}}, ["limits.dpu_hours_per_run"]),
        ({"limits": {"dpu_hours_per_month": 9.0}}, ["limits.dpu_hours_per_month"]),
        ({"ray": {"version": "2.60.0"}}, ["ray"]),
        ({"engine": "ray"}, ["ray"]),
        ({"container": None}, ["container"]),
        ({"engine": "ray", "container": None}, ["container", "ray"]),
        ({"engine": None}, ["container", "glue"]),
        ({**GLUE, "container": CONTAINER}, ["container"]),
        ({**GLUE, "ray": {"version": "2.60.0"}}, ["ray"]),
        ({**GLUE, "limits": {"vcpu_hours_per_run": 1.0}}, ["limits.vcpu_hours_per_run"]),
        ({**GLUE, "limits": {"vcpu_hours_per_month": 9.0}}, ["limits.vcpu_hours_per_month"]),
        ({"container": {**CONTAINER, "cpu": 0}}, ["container.cpu"]),
        ({"container": {**CONTAINER, "memory_gib": 0}}, ["container.memory_gib"]),
        ({"container": {**CONTAINER, "look_minutes": 60}}, ["container.look_minutes"]),
        ({"container": {**CONTAINER, "image": "pipeline"}}, ["container.image"]),
        ({"container": {**CONTAINER, "namespace": "Churn"}}, ["container.namespace"]),
        ({"container": {**CONTAINER, "queue": "a_b"}}, ["container.queue"]),
        ({"container": {**CONTAINER, "script": "nowhere.py"}}, ["container.script"]),
        (
            {"container": {**CONTAINER, "arguments": {"output": "x", "--a": "y"}}},
            ["container.arguments.--a", "container.arguments.output"],
        ),
        (
            {"triggers": {"schedule_expression": "cron(0 3 L * ? *)"}},
            ["triggers.schedule_expression"],
        ),
        ({"limits": {"vcpu_hours_per_run": 0.1}}, ["limits.vcpu_hours_per_run"]),
        ({"limits": {"vcpu_hours_per_run": 0.0}}, ["limits.vcpu_hours_per_run"]),
        ({"limits": {"vcpu_hours_per_month": 1.0}}, ["limits.vcpu_hours_per_month"]),
        ({"engine": "ray", "ray": {"version": "new"}}, ["ray.version"]),
        ({"engine": "ray", "ray": {"version": "2.60.0", "nodes": 0}}, ["ray.nodes"]),
    ],
)
def test_what_the_engine_does_not_read_or_cannot_do_is_refused(
    changes: dict[str, Any], keys: list[str]
) -> None:
    with pytest.raises(InvalidArguments) as refused:
        plan_of(**changes)
    assert sorted(p.key for p in refused.value.problems) == keys
    unread = [p for p in refused.value.problems if "only" in p.allowed]
    assert all(p.fix.startswith("remove it, or set engine to ") for p in unread)


@pytest.mark.parametrize(
    ("name", "changes"),
    [("e" * 36, {}), ("e" * 28, {"engine": "ray", "ray": {"version": "2.60.0"}})],
)
def test_a_name_that_jobs_cannot_have_is_refused(name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidArguments, match="name"):
        plan_of(name=name, **changes)


def test_without_a_provider_it_is_refused() -> None:
    with pytest.raises(InvalidArguments, match=r"opts\.provider"):
        plan_of(provider=False)
