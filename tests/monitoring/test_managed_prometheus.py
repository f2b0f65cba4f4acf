"""The backend `managed`: a workspace of Amazon Managed Service for Prometheus that
Prometheus in the cluster writes to."""

import json
import pathlib
import re
import shutil
import subprocess
from functools import cache
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml
from exporters import METRICS
from groundplan.arguments import InvalidArguments
from groundplan.catalog.resource_type import Level
from groundplan.context import Context
from groundplan.diff.changes import Change, Changes, Kind
from groundplan.kubernetes import managed_prometheus
from groundplan.kubernetes.prometheus import URL
from groundplan.manifest.model import Manifest
from groundplan.monitoring import alert_manager, alert_text, gpu_health, metrics_rules, remote_write
from groundplan.monitoring.monitoring_stack import MonitoringStack
from groundplan.monitoring.spec import resolve as resolve_monitoring
from groundplan.monitoring.workspace import LOG_DAYS
from groundplan.risk.analysis import analyze
from groundplan.serving.kubernetes_endpoint import alerts
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.kubernetes_endpoint.spec import resolve
from groundplan.testing import Plan, deploy

WORKSPACE = "aws:amp/workspace:Workspace"
RULES = "aws:amp/ruleGroupNamespace:RuleGroupNamespace"
DEFINITION = "aws:amp/alertManagerDefinition:AlertManagerDefinition"
RELEASE = "kubernetes:helm.sh/v3:Release"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

AMTOOL, PROMTOOL = shutil.which("amtool"), shutil.which("promtool")


def watch(**args: Any) -> Plan:
    untyped: Any = {
        "cluster": {"cluster_name": "training", "gpus": True},
        "prometheus": {"backend": "managed"},
        **args,
    }

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        options = pulumi.ResourceOptions(providers=[provider])
        MonitoringStack("watch", untyped, options)

    return deploy(program)


@cache
def full() -> Plan:
    return watch(
        owner="ml $1",
        runbooks_url="https://example.com/runbooks",
        prometheus={"backend": "managed", "retention_days": 400},
        subscribers={
            "pager": {
                "protocol": "https",
                "endpoint": "https://example.com",
                "urgent_only": True,
            }
        },
    )


def chart(plan: Plan) -> Any:
    return plan.one(RELEASE, "watch-prometheus").inputs["values"]


def statements(text: str) -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in json.loads(text)["Statement"]}


def test_the_workspace_is_encrypted_logged_retained_and_protected() -> None:
    plan = full()

    workspace = plan.one(WORKSPACE)
    assert workspace.inputs["kmsKeyArn"] == "${watch-key-key.arn}"
    assert workspace.inputs["alias"] == "project-test"
    group = plan.one("aws:cloudwatch/logGroup:LogGroup", "watch-prometheus-logs").inputs
    assert workspace.inputs["loggingConfiguration"] == {
        "logGroupArn": "${watch-prometheus-logs.arn}:*"
    }
    assert group["name"].startswith("/aws/vendedlogs/")
    assert (group["retentionInDays"], group["kmsKeyId"]) == (LOG_DAYS, "${watch-key-key.arn}")
    assert workspace.option("protect")
    assert workspace.option("retainOnDelete")
    scratch = watch(deletion_protection=False).one(WORKSPACE)
    assert not scratch.option("protect")
    configuration = plan.one("aws:amp/workspaceConfiguration:WorkspaceConfiguration").inputs
    assert configuration["retentionPeriodInDays"] == 400


def test_the_key_lets_the_alert_manager_publish_to_the_encrypted_topic() -> None:
    policy = statements(full().one("aws:kms/key:Key").inputs["policy"])

    assert policy["UseAps"]["Principal"] == {"Service": "aps.amazonaws.com"}
    assert {"kms:Decrypt", "kms:GenerateDataKey*"} <= set(policy["UseAps"]["Action"])
    assert "Condition" not in policy["UseAps"]
    assert "UseLogs" in policy


@pytest.mark.parametrize("role", ["topic", "urgent-topic"])
def test_only_this_workspace_may_publish_to_the_topics(role: str) -> None:
    policy = full().one("aws:sns/topicPolicy:TopicPolicy", f"watch-{role}-policy").inputs["policy"]

    allowed = statements(policy)["AllowAlertManager"]
    assert allowed["Principal"] == {"Service": "aps.amazonaws.com"}
    assert allowed["Resource"] == f"${{watch-{role}.arn}}"
    assert allowed["Condition"]["ArnEquals"] == {"aws:SourceArn": "${watch-workspace.arn}"}
    assert set(allowed["Condition"]["StringEquals"]) == {"aws:SourceAccount"}


def test_prometheus_may_write_to_this_workspace_and_do_nothing_else() -> None:
    plan = full()

    policy = statements(
        plan.one("aws:iam/rolePolicy:RolePolicy", "watch-prometheus-policy").inputs["policy"]
    )
    assert list(policy) == ["WriteMetricsAndAlerts"]
    assert policy["WriteMetricsAndAlerts"]["Resource"] == "${watch-workspace.arn}"
    assert policy["WriteMetricsAndAlerts"]["Action"] == [
        "aps:RemoteWrite",
        "aps:CreateAlertManagerAlerts",
    ]
    identity = plan.one("aws:eks/podIdentityAssociation:PodIdentityAssociation").inputs
    assert identity["serviceAccount"] == chart(plan)["prometheus"]["serviceAccount"]["name"]


def test_prometheus_writes_signed_requests_of_which_one_replica_counts() -> None:
    spec = chart(full())["prometheus"]["prometheusSpec"]

    (target,) = spec["remoteWrite"]
    assert target["url"].endswith("api/v1/remote_write")
    assert target["sigv4"] == {"region": "us-east-1"}
    assert target["queueConfig"]["retryOnRateLimit"] is True
    assert (spec["replicas"], spec["replicaExternalLabelName"]) == (2, "__replica__")
    assert spec["externalLabels"] == {"cluster": "training"}


def test_alerts_of_the_charts_rules_go_to_the_workspaces_alert_manager_with_the_owner() -> None:
    values = chart(full())

    spec = values["prometheus"]["prometheusSpec"]
    (manager,) = spec["additionalAlertManagerConfigs"]
    assert (manager["scheme"], manager["sigv4"]) == ("https", {"region": "us-east-1"})
    assert spec["additionalAlertRelabelConfigs"] == [
        {"target_label": "owner", "replacement": "ml $$1"}
    ]
    assert "additionalAlertRelabelConfigs" not in chart(watch())["prometheus"]["prometheusSpec"]


URL_OF_WORKSPACE = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/"


@cache
def resolved() -> dict[str, Any]:
    """Returns the spec of Prometheus with the address of a workspace."""
    found: list[Any] = []

    def program() -> None:
        args: Any = {
            "cluster": {"cluster_name": "c"},
            "prometheus": {"backend": "managed"},
            "owner": "ml",
        }
        own = resolve_monitoring(args, Context("watch", "ml", "prod")).managed
        assert own
        url = pulumi.Output.from_input(URL_OF_WORKSPACE)
        values = remote_write.values(own, url, "eu-west-1", "c")
        spec: Any = values["prometheus"]["prometheusSpec"]
        pulumi.Output.from_input(spec).apply(found.append)

    deploy(program)
    spec: dict[str, Any] = found[0]
    return spec


def test_the_alert_managers_address_is_that_of_the_workspace() -> None:
    (manager,) = resolved()["additionalAlertManagerConfigs"]
    (target,) = resolved()["remoteWrite"]
    assert manager["path_prefix"] == "/workspaces/ws-1/alertmanager"
    assert manager["static_configs"] == [{"targets": ["aps-workspaces.eu-west-1.amazonaws.com"]}]
    assert target["url"] == f"{URL_OF_WORKSPACE}api/v1/remote_write"


@pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not on the PATH: Prometheus' configuration is not checked"
)
def test_prometheus_accepts_what_the_chart_passes_on(tmp_path: pathlib.Path) -> None:
    (target,) = resolved()["remoteWrite"]
    (drop,) = target["writeRelabelConfigs"]
    relabel = {"source_labels": drop["sourceLabels"], "regex": drop["regex"], "action": "drop"}
    config = {
        "global": {"external_labels": dict(resolved()["externalLabels"])},
        "alerting": {
            "alert_relabel_configs": resolved()["additionalAlertRelabelConfigs"],
            "alertmanagers": resolved()["additionalAlertManagerConfigs"],
        },
        "remote_write": [
            {
                "url": target["url"],
                "sigv4": target["sigv4"],
                "write_relabel_configs": [relabel],
                "queue_config": {
                    "max_samples_per_send": target["queueConfig"]["maxSamplesPerSend"],
                    "max_shards": target["queueConfig"]["maxShards"],
                    "capacity": target["queueConfig"]["capacity"],
                    "retry_on_http_429": target["queueConfig"]["retryOnRateLimit"],
                },
            }
        ],
    }
    file = tmp_path / "prometheus.yaml"
    file.write_text(json.dumps(config))
    command = [str(PROMTOOL), "check", "config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_cluster_retains_days_for_autoscaling_and_neither_alertmanager_nor_grafana() -> None:
    plan = full()
    values = chart(plan)

    assert values["prometheus"]["prometheusSpec"]["retention"] == f"{remote_write.LOCAL_DAYS}d"
    assert values["alertmanager"] == values["grafana"] == {"enabled": False}
    assert "additionalPrometheusRulesMap" not in values
    assert not plan.all("kubernetes:core/v1:ConfigMap")
    assert not [name for name in plan.all("aws:iam/role:Role") if "alertmanager" in name]
    # KEDA queries the same Service as with the other backend.
    release = plan.one(RELEASE, "watch-prometheus").inputs
    assert f"http://{release['name']}-prometheus.{release['namespace']}.svc:9090" == URL


def test_prometheus_in_the_cluster_retains_what_open_cost_computes_from() -> None:
    plan = watch(cluster={"cluster_name": "training", "open_cost": True})
    assert chart(plan)["prometheus"]["prometheusSpec"]["retention"] == "15d"


def namespace(plan: Plan) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = yaml.safe_load(plan.one(RULES).inputs["data"])["groups"]
    return groups


def test_the_workspace_evaluates_the_rules_that_the_cluster_does_with_the_other_backend() -> None:
    def cluster_backend() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        args: Any = {"cluster": {"cluster_name": "training", "gpus": True}}
        MonitoringStack("watch", args, pulumi.ResourceOptions(providers=[provider]))

    groups = {group["name"]: group["rules"] for group in namespace(watch())}
    added = groups.pop("groundplan-metrics")
    assert [rule["alert"] for rule in added] == ["MetricsMissing"]
    other = chart(deploy(cluster_backend))["additionalPrometheusRulesMap"]
    assert groups == {
        group["name"]: group["rules"] for own in other.values() for group in own["groups"]
    }


def test_every_alert_has_a_severity_the_owner_and_a_runbook() -> None:
    for group in namespace(full()):
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("critical", "warning", "info")
            assert rule["labels"]["owner"] == "ml $1"
            assert rule["annotations"]["runbook_url"].startswith("https://example.com/runbooks/")


def test_rules_are_far_below_the_services_limits() -> None:
    text = full().one(RULES).inputs["data"]

    assert len(text.encode()) < managed_prometheus.MOST_BYTES / 20
    assert sum(len(group["rules"]) for group in namespace(full())) < 50


def test_histograms_that_no_rule_or_dashboard_reads_are_not_written() -> None:
    dropped = re.compile(remote_write.NOT_WRITTEN)

    assert dropped.fullmatch("apiserver_request_sli_duration_seconds_bucket")
    assert dropped.fullmatch("etcd_request_duration_seconds_bucket")
    assert not dropped.fullmatch("apiserver_request_total")
    own = METRICS | {line.split(",")[0] for line in gpu_health.METRICS.splitlines()}
    for metric in own:
        assert not dropped.fullmatch(metric)
        assert not dropped.fullmatch(f"{metric}_bucket"), metric


def test_cloudwatch_notifies_of_notifications_that_the_alert_manager_fails_to_send() -> None:
    alarm = full().one(ALARM, "watch-workspace-notifications").inputs

    assert alarm["alarmActions"] == ["${watch-topic.arn}", "${watch-urgent-topic.arn}"]
    assert alarm["treatMissingData"] == "notBreaching"
    measured = {
        query["metric"]["metricName"]: query["metric"]["dimensions"]
        for query in alarm["metricQueries"]
        if "metric" in query
    }
    workspace = {"Workspace": "${watch-workspace.id}"}
    assert measured == {
        "AlertManagerNotificationsFailed": workspace,
        "AlertManagerNotificationsThrottled": workspace,
    }
    assert "https://example.com/runbooks/metrics-missing.md" in alarm["alarmDescription"]


def test_the_alert_manager_follows_the_topics_policies_and_comes_before_prometheus() -> None:
    plan = full()

    manager, release = plan.one(DEFINITION), plan.one(RELEASE, "watch-prometheus")
    assert {"watch-topic-policy", "watch-urgent-topic-policy"} <= {
        urn.rsplit("::", 1)[-1] for urn in manager.dependencies
    }
    assert manager.urn in release.dependencies


def test_the_stack_exports_the_workspace() -> None:
    outputs = full().one("groundplan:index:MonitoringStack").outputs

    assert outputs["prometheusWorkspaceId"] == "${watch-workspace.id}"
    assert outputs["prometheusEndpoint"] == "${watch-workspace.prometheusEndpoint}"
    assert outputs["grafanaService"] == ""


@pytest.mark.parametrize(
    ("prometheus", "keys"),
    [
        ({"backend": "managed", "retention_days": 1096}, ["prometheus.retention_days"]),
        ({"backend": "cluster", "retention_days": 366}, ["prometheus.retention_days"]),
        ({"backend": "managed", "grafana_storage_gib": 5}, ["prometheus.grafana_storage_gib"]),
        ({"backend": "amp"}, ["prometheus.backend"]),
    ],
)
def test_what_the_backend_has_not_is_refused(prometheus: Any, keys: list[str]) -> None:
    with pytest.raises(InvalidArguments) as caught:
        watch(prometheus=prometheus)
    assert [problem.key for problem in caught.value.problems] == keys


@pytest.mark.parametrize(
    ("protected", "level", "words"),
    [(False, Level.HIGH, "with all its metrics"), (True, Level.LOW, "all its metrics")],
)
def test_a_deleted_workspace_loses_its_metrics_unless_it_is_retained(
    protected: bool, level: Level, words: str
) -> None:
    workspace = watch(deletion_protection=protected).one(WORKSPACE)
    before, after = Manifest("shop", "dev", (workspace,)), Manifest("shop", "dev", ())
    deleted = Change(Kind.DELETE, workspace, None, ())
    risks = analyze(Changes("base", (deleted,), 0), before, after)
    (risk,) = [one for one in risks if one.kind == "data-loss"]
    assert risk.level is level
    assert words in risk.words


# The alert manager's definition.


ARN = "arn:aws:sns:us-east-1:123456789012"


@cache
def definition() -> dict[str, Any]:
    text = alert_manager.definition(f"{ARN}:all", "us-east-1", "https://x/y.md", f"{ARN}:urgent")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_the_definition_has_texts_in_the_services_dialect() -> None:
    assert set(definition()) == {"template_files", "alertmanager_config"}
    assert isinstance(definition()["alertmanager_config"], str)
    config = yaml.safe_load(definition()["alertmanager_config"])
    assert set(config["templates"]) == set(definition()["template_files"])
    for receiver in config["receivers"]:
        assert set(receiver) <= {"name", "sns_configs"}
        for sns in receiver.get("sns_configs", ()):
            assert sns["sigv4"] == {"region": "us-east-1"}
            assert not {"api_url", "http_config"} & set(sns)


def test_the_definition_is_registered_with_the_topics() -> None:
    text = full().one(DEFINITION).inputs["definition"]

    assert "${watch-topic.arn}" in text
    assert "${watch-urgent-topic.arn}" in text
    assert "https://example.com/runbooks/cluster-alerts.md" in text
    without = watch().one(DEFINITION).inputs["definition"]
    assert "urgent" not in without


def test_an_alert_takes_the_place_only_of_alerts_that_exist() -> None:
    args: Any = {
        "engine": EndpointEngine.VLLM,
        "accelerators": 1,
        "vllm": {"model": "m", "revision": "r"},
        "alarms": {"max_latency_ms": 100},
        "objective": {"availability_percent": 99.9, "latency_ms": 300},
    }
    endpoint = {rule.name for rule in alerts.rules(resolve(args, Context("x", "", "")))}
    known = endpoint | {rule["alert"] for group in namespace(watch()) for rule in group["rules"]}
    for source, target, equal in alert_text.INHIBITIONS[3:]:
        (replacing,) = matching(source, known)
        replaced = matching(target, known)
        assert replaced, target
        assert replacing not in replaced
        assert len(equal) == 2
    down = alert_text.INHIBITIONS[3]
    assert matching(down[1], endpoint) == endpoint - {
        "EndpointDown",
        "EndpointRolloutStuck",
        "EndpointObjectiveUnmeasured",
    }


def matching(matcher: str, names: set[str]) -> set[str]:
    """Returns the names of alerts that a matcher of Alertmanager matches."""
    label, operator, text = re.fullmatch(r'(\w+) (=~?) "(.*)"', matcher).groups()  # type: ignore[union-attr]
    assert label == "alertname"
    pattern = text if operator == "=~" else re.escape(text)
    return {name for name in names if re.fullmatch(pattern, name)}


def written(folder: pathlib.Path) -> pathlib.Path:
    """Writes the definition as Alertmanager reads it, and returns the file."""
    for name, text in definition()["template_files"].items():
        (folder / name).write_text(text)
    file = folder / "alertmanager.yaml"
    file.write_text(definition()["alertmanager_config"])
    return file


def amtool(*words: str, cwd: pathlib.Path) -> str:
    done = subprocess.run(
        [str(AMTOOL), *words], capture_output=True, text=True, check=False, cwd=cwd
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


needs_amtool = pytest.mark.skipif(
    AMTOOL is None, reason="amtool is not on the PATH: the alert manager's routes are not checked"
)

ROUTES = {
    "critical": ({"alertname": "EndpointDown", "severity": "critical"}, "urgent,sns"),
    "warning": ({"alertname": "NodeBroken", "severity": "warning"}, "sns"),
    "info": ({"alertname": "GpuApplicationError", "severity": "info"}, "null"),
    "no severity": ({"alertname": "Own"}, "sns"),
    "watchdog": ({"alertname": "Watchdog", "severity": "none"}, "null"),
}


@needs_amtool
def test_alertmanager_accepts_the_definition_and_routes_by_severity(
    tmp_path: pathlib.Path,
) -> None:
    file = written(tmp_path)
    assert "SUCCESS" in amtool("check-config", str(file), cwd=tmp_path)
    for labels, receivers in ROUTES.values():
        words = [f"--verify.receivers={receivers}", *(f"{k}={v}" for k, v in labels.items())]
        amtool("config", "routes", "test", f"--config.file={file}", *words, cwd=tmp_path)


@needs_amtool
def test_a_notification_says_what_is_wrong_how_bad_it_is_whose_it_is_and_what_to_do(
    tmp_path: pathlib.Path,
) -> None:
    written(tmp_path)
    alert = {
        "status": "firing",
        "labels": {
            "alertname": "EndpointDown",
            "severity": "critical",
            "owner": "ml",
            "namespace": "fraud",
        },
        "annotations": {
            "summary": "Endpoint fraud has no pod that serves",
            "description": "Every request fails.",
            "runbook_url": "https://example.com/r/a.md",
        },
    }
    own: Any = {
        "annotations": {},
        "status": "resolved",
        "labels": {"alertname": "Own", "severity": "warning"},
    }
    data = {
        "status": "firing",
        "alerts": [alert, own],
        "groupLabels": {"alertname": "EndpointDown"},
        "commonLabels": {"severity": "critical"},
    }
    (tmp_path / "data.json").write_text(json.dumps(data))

    def rendered(name: str) -> str:
        return amtool(
            "template",
            "render",
            f"--template.glob={tmp_path}/{alert_manager.NAME}",
            f'--template.text={{{{ template "{alert_manager.NAME}.{name}" . }}}}',
            f"--template.data={tmp_path}/data.json",
            cwd=tmp_path,
        ).strip()

    assert rendered("subject") == "[FIRING] EndpointDown (critical)"
    assert rendered("message").splitlines() == [
        "FIRING EndpointDown: Endpoint fraud has no pod that serves",
        "Every request fails.",
        "Severity: critical, namespace: fraud, owner: ml",
        "Runbook: https://example.com/r/a.md",
        "",
        "RESOLVED Own",
        "Severity: warning",
        "Runbook: https://x/y.md",
    ]


@pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not on the PATH: the alert rules are not tested"
)
def test_missing_metrics_fire_after_ten_minutes_and_not_while_a_target_is_scraped(
    tmp_path: pathlib.Path,
) -> None:
    rules = [rule.rule("") for rule in metrics_rules.RULES]
    (tmp_path / "rules.yaml").write_text(
        managed_prometheus.namespace_text([{"name": "metrics", "rules": rules}])
    )

    def case(samples: str, minute: str, *, fires: bool) -> dict[str, Any]:
        alerts = [
            {
                "exp_labels": {"severity": "critical"},
                "exp_annotations": rules[0]["annotations"],
            }
        ]
        return {
            "interval": "1m",
            "input_series": [{"series": 'up{job="kubelet"}', "values": samples}],
            "alert_rule_test": [
                {
                    "eval_time": minute,
                    "alertname": "MetricsMissing",
                    "exp_alerts": alerts if fires else [],
                }
            ],
        }

    tests = {
        "rule_files": ["rules.yaml"],
        "tests": [
            case("1x10", "26m", fires=True),  # five minutes of lookback, ten of patience
            case("1x10", "20m", fires=False),
            case("0x40", "40m", fires=False),  # a target that is down is no missing metric
        ],
    }
    (tmp_path / "tests.yaml").write_text(json.dumps(tests))
    command = [str(PROMTOOL), "test", "rules", "tests.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
