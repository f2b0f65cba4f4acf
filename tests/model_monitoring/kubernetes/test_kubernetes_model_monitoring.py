"""KubernetesModelMonitoring: its CronJob, exporter, network, access and alerts."""

import json
import pathlib
import re
import shutil
import subprocess
from functools import cache
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest
from exporters import EXPORTERS
from groundplan import KubernetesModelMonitoring
from groundplan.arguments import InvalidArguments
from groundplan.model_monitoring.analysis import handler, names, ray_job, verdicts
from groundplan.model_monitoring.analysis.job import Job
from groundplan.model_monitoring.analysis.limits import Limits
from groundplan.model_monitoring.kubernetes import alerts
from groundplan.testing import Plan, deploy, policy

ROOT = pathlib.Path(__file__).parents[3]
PROMTOOL = shutil.which("promtool")
IMAGE = "registry.example.com/monitoring:1.0.0"
BUCKET: Any = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:bucket-key",
}
COMMON: dict[str, Any] = {
    "endpoint": "fraud",
    "image": IMAGE,
    "baseline_key": "baselines/fraud.json",
}
ON_EKS: dict[str, Any] = {**COMMON, "bucket": BUCKET, "cluster_name": "ml"}
STORE = {"bucket_name": "ml", "endpoint_url": "http://minio.minio.svc:9000", "secret": "store"}
ELSEWHERE: dict[str, Any] = {**COMMON, "object_store": STORE, "namespace": "ml"}


def plan_of(args: dict[str, Any], *, provider: bool = True, name: str = "fraud-checks") -> Plan:
    arguments: Any = args

    def program() -> None:
        opts = None
        if provider:
            opts = pulumi.ResourceOptions(provider=k8s.Provider("cluster", kubeconfig="{}"))
        KubernetesModelMonitoring(name, arguments, opts)

    return deploy(program, project="ml", stack="prod", region="eu-west-1")


@cache
def on_eks() -> Plan:
    return plan_of(
        {
            **ON_EKS,
            "label_prefix": "labels/fraud/",
            "limits": {"smallest_drift": 0.2},
            "workers": 3,
            "owner": "risk",
            "runbooks_url": "https://git.example.com/runbooks",
            "node_labels": {"kind": "cpu"},
            "taints": [{"key": "batch", "value": "true"}],
        }
    )


@cache
def elsewhere() -> Plan:
    return plan_of(ELSEWHERE)


def spec_of(plan: Plan, kind: str) -> Any:
    return plan.one(kind).inputs["spec"]


def check_pod(plan: Plan) -> Any:
    return spec_of(plan, "kubernetes:batch/v1:CronJob")["jobTemplate"]["spec"]["template"]["spec"]


def exporter_pod(plan: Plan) -> Any:
    return spec_of(plan, "kubernetes:apps/v1:Deployment")["template"]["spec"]


def settings_of(plan: Plan) -> handler.Settings:
    data = plan.one("kubernetes:core/v1:ConfigMap").inputs["data"]
    return handler.Settings.read(data["settings.json"])


def test_the_settings_are_what_the_container_reads() -> None:
    settings = settings_of(on_eks())
    job = Job.read({**settings.job, "start": "2026-11-27", "end": "2026-11-28"})
    assert job.captures == "s3://artifacts-1/capture/fraud/stable"
    assert (job.labels, job.monitor) == ("s3://artifacts-1/labels/fraud/", "fraud")
    assert job.limits == Limits(smallest_drift=0.2)
    assert settings.results == "s3://artifacts-1/monitoring/fraud"
    assert (settings.event_bus, settings.workers) == ("default", 3)
    assert settings_of(elsewhere()).event_bus == ""


def test_checks_run_one_at_a_time_and_end() -> None:
    spec = spec_of(on_eks(), "kubernetes:batch/v1:CronJob")
    assert (spec["schedule"], spec["timeZone"]) == ("30 0 * * *", "Etc/UTC")
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["failedJobsHistoryLimit"] == 3
    job = spec["jobTemplate"]["spec"]
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (1, 7200)
    pod = check_pod(on_eks())
    assert pod["restartPolicy"] == "Never"
    assert pod["nodeSelector"] == {"kind": "cpu"}
    assert pod["tolerations"][0]["key"] == "batch"
    (container,) = pod["containers"]
    assert container["resources"]["requests"]["cpu"] == "3"
    assert container["resources"]["limits"] == {"memory": "3Gi"}
    names = {variable["name"]: variable for variable in container["env"]}
    path = names["GROUNDPLAN_JOB"]["valueFrom"]["fieldRef"]["fieldPath"]
    assert path == "metadata.labels['batch.kubernetes.io/job-name']"


@pytest.mark.parametrize("pod", [check_pod, exporter_pod])
def test_pods_are_restricted(pod: Any) -> None:
    found = pod(on_eks())
    assert found["automountServiceAccountToken"] is False
    context = found["securityContext"]
    assert (context["runAsNonRoot"], context["runAsUser"]) == (True, 65532)
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = found["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    mounted = {
        mount["mountPath"]: mount.get("readOnly", False) for mount in container["volumeMounts"]
    }
    assert mounted == {"/etc/groundplan": True, "/tmp": False}  # noqa: S108
    assert {"requests", "limits"} <= container["resources"].keys()


def test_a_change_of_the_settings_starts_the_exporter_again() -> None:
    def digest(plan: Plan) -> str:
        template = spec_of(plan, "kubernetes:apps/v1:Deployment")["template"]
        return str(template["metadata"]["annotations"]["groundplan/settings"])

    assert digest(on_eks()) != digest(elsewhere())


def test_the_role_reads_and_writes_its_folders_only() -> None:
    plan = on_eks()
    statements = policy(plan.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    arn = "arn:aws:s3:::artifacts-1"
    assert statements["ReadCaptures"]["Resource"] == [
        f"{arn}/capture/fraud/stable/*",
        f"{arn}/labels/fraud/*",
        f"{arn}/monitoring/fraud/*",
        f"{arn}/baselines/fraud.json",
    ]
    assert statements["WriteResults"]["Resource"] == [f"{arn}/monitoring/fraud/*"]
    assert statements["SendResults"]["Resource"] == [
        "arn:aws:events:eu-west-1:${aws.accountId}:event-bus/default"
    ]
    assert statements.keys() == {
        "ReadCaptures", "ListCaptures", "WriteResults", "UseBucketKey", "SendResults",
    }  # fmt: skip
    identity = plan.one("aws:eks/podIdentityAssociation:PodIdentityAssociation").inputs
    assert (identity["clusterName"], identity["namespace"]) == ("ml", "fraud-checks")
    labels = plan.one("kubernetes:core/v1:Namespace").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_another_store_needs_nothing_of_aws() -> None:
    plan = elsewhere()
    assert [r.type for r in plan.manifest if r.type.startswith("aws:")] == []
    (container,) = check_pod(plan)["containers"]
    variables = {variable["name"]: variable for variable in container["env"]}
    assert variables["AWS_ENDPOINT_URL_S3"]["value"] == STORE["endpoint_url"]
    assert variables["AWS_REGION"]["value"] == "us-east-1"
    secret = variables["AWS_SECRET_ACCESS_KEY"]["valueFrom"]["secretKeyRef"]
    assert secret == {"name": "store", "key": "AWS_SECRET_ACCESS_KEY"}


def test_the_network_lets_pods_reach_the_store_and_prometheus_reach_them() -> None:
    for plan, port, rules in ((on_eks(), 443, 3), (elsewhere(), 9000, 2)):
        spec = spec_of(plan, "kubernetes:networking.k8s.io/v1:NetworkPolicy")
        assert spec["policyTypes"] == ["Ingress", "Egress"]
        assert spec["egress"][1]["ports"] == [{"protocol": "TCP", "port": port}]
        assert len(spec["egress"]) == rules
        (ingress,) = spec["ingress"]
        peer = ingress["from"][0]["namespaceSelector"]["matchLabels"]
        assert peer == {"kubernetes.io/metadata.name": "monitoring"}


def test_without_prometheus_there_is_neither_an_exporter_nor_an_alert() -> None:
    plan = plan_of({**ELSEWHERE, "prometheus": False})
    kinds = {resource.type.rpartition(":")[2] for resource in plan.manifest}
    assert not kinds & {"Deployment", "PodMonitor", "PrometheusRule"}
    assert spec_of(plan, "kubernetes:networking.k8s.io/v1:NetworkPolicy")["ingress"] == []


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"schedule": "rate(1 day)"}, "schedule"),
        ({"schedule": "61 0 * * *"}, "schedule"),
        ({"schedule": "30 0 * * 7"}, "schedule"),
        ({"schedule": "TZ=UTC 30 0 * * *"}, "schedule"),
        ({"image": "monitoring:latest"}, "image"),
        ({"cluster_name": None}, "cluster_name"),
        ({"object_store": STORE, "namespace": "ml"}, "object_store"),
        ({"window_hours": 745}, "window_hours"),
        ({"late_after_hours": 24}, "late_after_hours"),
        ({"label_delay_hours": 5}, "label_delay_hours"),
        ({"cpu": 0.0}, "cpu"),
        ({"workers": 0}, "workers"),
        ({"namespace": "No"}, "namespace"),
        ({"variant": "a/b"}, "variant"),
        ({"capture_prefix": ""}, "capture_prefix"),
        ({"limits": {"smallest_drift": 2.0}}, "limits.smallest_drift"),
        ({"prometheus": False, "owner": "risk"}, "owner"),
        ({"node_labels": {"a b": "c"}}, "node_labels.a b"),
    ],
)
def test_what_is_refused(change: dict[str, Any], key: str) -> None:
    args = {k: v for k, v in {**ON_EKS, **change}.items() if v is not None}
    with pytest.raises(InvalidArguments) as caught:
        plan_of(args)
    assert [problem.key for problem in caught.value.problems] == [key]


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({"namespace": None}, ["namespace"]),
        ({"object_store": None}, ["bucket"]),
        ({"object_store": {**STORE, "endpoint_url": "minio"}}, ["object_store.endpoint_url"]),
        ({"object_store": {**STORE, "secret": "A B"}}, ["object_store.secret"]),
    ],
)
def test_what_is_refused_elsewhere(change: dict[str, Any], keys: list[str]) -> None:
    args = {k: v for k, v in {**ELSEWHERE, **change}.items() if v is not None}
    with pytest.raises(InvalidArguments) as caught:
        plan_of(args)
    assert [problem.key for problem in caught.value.problems] == keys


@pytest.mark.parametrize(
    "schedule", ["30 0 * * *", "*/15 8-18 1,15 jan-mar MON-FRI", "0 0 ? * sun", "5/10 * * * *"]
)
def test_schedules_of_kubernetes_are_accepted(schedule: str) -> None:
    plan = plan_of({**ELSEWHERE, "schedule": schedule, "prometheus": False})
    assert spec_of(plan, "kubernetes:batch/v1:CronJob")["schedule"] == schedule


def test_arguments_that_are_missing_are_problems_and_no_errors() -> None:
    with pytest.raises(InvalidArguments) as caught:
        plan_of({"engine": "ray", "ray": {}, "object_store": {}})
    keys = {problem.key for problem in caught.value.problems}
    assert {"endpoint", "image", "baseline_key", "ray.queue", "object_store.secret"} <= keys


def test_a_provider_and_a_short_name_are_needed() -> None:
    with pytest.raises(InvalidArguments, match=r"opts\.provider"):
        plan_of(ELSEWHERE, provider=False)
    with pytest.raises(InvalidArguments, match="at most 43"):
        plan_of(ELSEWHERE, name="n" * 44)


# Alerts.


def rules(plan: Plan) -> dict[str, Any]:
    kind = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
    (group,) = spec_of(plan, kind)["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def test_every_alert_has_a_severity_an_owner_and_a_runbook_that_exists() -> None:
    for rule in rules(on_eks()).values():
        assert rule["labels"] == {
            "severity": "warning",
            "owner": "risk",
            "namespace": "fraud-checks",
            "monitor": "fraud",
        }
        file = ROOT / rule["annotations"]["runbook"]
        assert f"`{rule['alert']}`" in file.read_text(encoding="utf-8")
        url = rule["annotations"]["runbook_url"]
        assert url == f"https://git.example.com/runbooks/{file.name}"
    assert all("owner" not in rule["labels"] for rule in rules(elsewhere()).values())


def test_every_family_of_verdicts_has_an_alert() -> None:
    families = {f for known, _, _ in alerts.RESULTS.values() for f in known.split("|")}
    assert families == {family.value for family in verdicts.Family}


def test_every_series_of_an_alert_is_exported() -> None:
    named = {
        name
        for rule in rules(on_eks()).values()
        for name in re.findall(r"(?:kube|groundplan)_\w+", rule["expr"])
    }
    own = {"groundplan_model_monitoring_status", names.WINDOW_END}
    assert named <= EXPORTERS["kube-state-metrics"] | own
    assert own <= named


def status(family: str, values: str) -> dict[str, str]:
    series = f'groundplan_model_monitoring_status{{monitor="fraud",family="{family}"}}'
    return {"series": series, "values": values}


def end_of_window(values: str) -> dict[str, str]:
    return {"series": f'{names.WINDOW_END}{{monitor="fraud",pod="a"}}', "values": values}


def cron_job(**values: str) -> list[dict[str, str]]:
    labels = '{namespace="fraud-checks",cronjob="fraud-checks"}'
    known = {
        "created": "kube_cronjob_created",
        "active": "kube_cronjob_status_active",
        "schedule": "kube_cronjob_status_last_schedule_time",
        "success": "kube_cronjob_status_last_successful_time",
    }
    return [{"series": f"{known[key]}{labels}", "values": v} for key, v in values.items()]


HOURLY = "x60"
"""Values of an hour, one a minute."""
CASES: dict[str, tuple[list[dict[str, str]], str, set[str]]] = {
    "all is well": (
        [
            status("data_drift", f"0{HOURLY}"),
            status("quality", f"0{HOURLY}"),
            end_of_window(f"0{HOURLY}"),
            *cron_job(
                created=f"0{HOURLY}",
                active=f"0{HOURLY}",
                schedule=f"60{HOURLY}",
                success=f"120{HOURLY}",
            ),
        ],
        "1h",
        set(),
    ),
    "features drift": ([status("data_drift", f"2{HOURLY}")], "1h", {"ModelDrift"}),
    "answers drift": ([status("prediction_drift", f"2{HOURLY}")], "1h", {"ModelDrift"}),
    "unseen values": ([status("unseen_values", f"2{HOURLY}")], "1h", {"ModelValues"}),
    "broken lines": ([status("records", f"2{HOURLY}")], "1h", {"ModelRecords"}),
    "worse answers": ([status("quality", f"2{HOURLY}")], "1h", {"ModelQuality"}),
    "few labels": (
        [status("quality", f"1{HOURLY}"), status("data_drift", f"0{HOURLY}")],
        "1h",
        {"ModelNotEnoughData"},
    ),
    "few labels beside an alarm": (
        [status("quality", f"1{HOURLY}"), status("data_drift", f"2{HOURLY}")],
        "1h",
        {"ModelDrift"},
    ),
    "an alarm that the next check does not confirm": (
        [status("data_drift", "2x10 0x50")],
        "1h",
        set(),
    ),
    "a failed job": (
        cron_job(active=f"0{HOURLY}", schedule=f"600{HOURLY}", success=f"120{HOURLY}"),
        "1h",
        {"ModelCheckFailed"},
    ),
    "the first job failed": (
        cron_job(active=f"0{HOURLY}", schedule=f"600{HOURLY}"),
        "1h",
        {"ModelCheckFailed"},
    ),
    "a job that still runs": (
        cron_job(active=f"1{HOURLY}", schedule=f"600{HOURLY}", success=f"120{HOURLY}"),
        "1h",
        set(),
    ),
    "no result for 51 hours": (
        [end_of_window("0x3200"), *cron_job(created="0x3200")],
        "51h",
        {"ModelCheckLate"},
    ),
    "a result 49 hours ago": (
        [end_of_window("0x3200"), *cron_job(created="0x3200")],
        "49h",
        set(),
    ),
    "never a result, on the first day": (cron_job(created="0x1500"), "24h", set()),
    "never a result, on the third day": (cron_job(created="0x3200"), "51h", {"ModelCheckLate"}),
}


@pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not on the PATH: when alerts fire is not checked"
)
def test_alerts_fire_and_do_not_fire(tmp_path: pathlib.Path) -> None:
    found = rules(on_eks())
    bare = [{k: v for k, v in rule.items() if k != "annotations"} for rule in found.values()]
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "g", "rules": bare}]}))
    cases = [
        {
            "name": name,
            "interval": "1m",
            "input_series": series,
            "alert_rule_test": [
                {
                    "eval_time": time,
                    "alertname": alert,
                    "exp_alerts": _expected(rule, series) if alert in firing else [],
                }
                for alert, rule in found.items()
            ],
        }
        for name, (series, time, firing) in CASES.items()
    ]
    tests = {"rule_files": ["rules.yaml"], "evaluation_interval": "5m", "tests": cases}
    (tmp_path / "tests.yaml").write_text(json.dumps(tests))
    command = [str(PROMTOOL), "test", "rules", "tests.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _expected(rule: dict[str, Any], series: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Returns the alert with the labels that its expression keeps."""
    labels = dict(rule["labels"])
    if "(monitor, family)" in rule["expr"]:
        families = [re.search(r'family="(\w+)"', s["series"]) for s in series]
        labels["family"] = next(
            f[1] for f, s in zip(families, series, strict=True) if f and s["values"][0] == "2"
        )
    if rule["alert"] == "ModelCheckFailed" or (
        rule["alert"] == "ModelCheckLate" and not any("window_end" in s["series"] for s in series)
    ):
        labels["cronjob"] = "fraud-checks"
    return [{"exp_labels": labels}]


# The engine ray.

RAY: dict[str, Any] = {"queue": "batch", "version": "2.60.0", "nodes": 3}


@cache
def on_ray() -> Plan:
    args = {**ON_EKS, "namespace": "fraud", "label_prefix": "labels/", "engine": "ray", "ray": RAY}
    return plan_of(args)


def ray_job_of(plan: Plan) -> Any:
    data = plan.one("kubernetes:core/v1:ConfigMap").inputs["data"]
    return ray_job.manifest(data["rayjob.json"], "fraud-checks-29600190")


def test_a_check_on_ray_waits_in_the_queue_and_shuts_its_cluster_down() -> None:
    found = ray_job_of(on_ray())
    assert found["metadata"]["name"] == "fraud-checks-29600190"
    assert found["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "batch"
    spec = found["spec"]
    assert (spec["suspend"], spec["shutdownAfterJobFinishes"]) == (True, True)
    assert spec["activeDeadlineSeconds"] == 7200
    assert settings_of(on_ray()).engine == "ray"
    cluster = spec["rayClusterSpec"]
    (workers,) = cluster["workerGroupSpecs"]
    assert (cluster["rayVersion"], workers["replicas"]) == ("2.60.0", 3)
    for group in (cluster["headGroupSpec"], workers):
        pod = group["template"]["spec"]
        (container,) = pod["containers"]
        variables = {v["name"]: v.get("value") for v in container["env"]}
        assert variables["GROUNDPLAN_JOB"] == "fraud-checks-29600190"
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert pod["serviceAccountName"] == "fraud-checks"
        assert pod["automountServiceAccountToken"] is False


def test_what_submits_may_create_ray_jobs_and_nothing_else() -> None:
    plan = on_ray()
    role = plan.one("kubernetes:rbac.authorization.k8s.io/v1:Role").inputs
    assert role["rules"] == [
        {"apiGroups": ["ray.io"], "resources": ["rayjobs"], "verbs": ["create", "get"]}
    ]
    job = spec_of(plan, "kubernetes:batch/v1:CronJob")["jobTemplate"]
    assert job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "batch"
    pod = job["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "fraud-checks-submit"
    assert pod["automountServiceAccountToken"] is True
    (container,) = pod["containers"]
    assert container["args"] == ["/etc/groundplan/rayjob.json"]
    assert [v["name"] for v in container["env"]] == ["HOME", "GROUNDPLAN_JOB"]


def test_pods_of_ray_reach_one_another_and_clear_what_they_join() -> None:
    plan = on_ray()
    spec = spec_of(plan, "kubernetes:networking.k8s.io/v1:NetworkPolicy")
    own = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "fraud-checks"}}}
    assert {"from": [own]} in spec["ingress"]
    assert {"to": [own]} in spec["egress"]
    assert [p["port"] for p in spec["ingress"][-1]["ports"]] == [8265, 8000]
    statements = policy(plan.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    work = "arn:aws:s3:::artifacts-1/monitoring/fraud/work/*"
    assert statements["ClearWork"]["Resource"] == [work]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"engine": "container"}, "ray"),
        ({"ray": None}, "ray"),
        ({"ray": {**RAY, "nodes": 0}}, "ray.nodes"),
        ({"ray": {**RAY, "version": "two"}}, "ray.version"),
        ({"ray": {**RAY, "queue": "A B"}}, "ray.queue"),
        ({"workers": 2}, "workers"),
        ({"namespace": None}, "namespace"),
    ],
)
def test_what_is_refused_of_ray(change: dict[str, Any], key: str) -> None:
    args = {**ON_EKS, "namespace": "fraud", "engine": "ray", "ray": RAY, **change}
    with pytest.raises(InvalidArguments) as caught:
        plan_of({k: v for k, v in args.items() if v is not None})
    assert [problem.key for problem in caught.value.problems] == [key]


def test_a_ray_job_has_a_shorter_name() -> None:
    args = {**ON_EKS, "namespace": "fraud", "engine": "ray", "ray": RAY}
    with pytest.raises(InvalidArguments, match="at most 38"):
        plan_of(args, name="n" * 39)
