"""Every alarm has a runbook, every runbook an alarm."""

import json
import pathlib
import re

import pulumi
import pulumi_kubernetes as k8s
from groundplan.monitoring.monitoring_stack import MonitoringStack
from groundplan.testing import Plan, deploy

RUNBOOKS = pathlib.Path(__file__).parents[2] / "docs" / "runbooks"

# Of the alarms of a `ModelEndpoint`, which its own tests cover.
OF_THE_ENDPOINT = {
    f"endpoint-{concern}.md"
    for concern in ("errors", "latency", "disk", "memory", "gpu", "backlog")
}
# Of the alarms of a `ReleaseRuntime`, which its own tests cover.
OF_RELEASES = {"release-failed.md"}
# Of the alarms of a `ModelMonitoring`, which its own tests cover.
OF_MONITORING = {"model-drift.md", "model-quality.md", "model-checks.md"}
# Of the alarms of `Datasets` and `DataPipeline`, which their own tests cover.
OF_DATA = {"data-quality.md", "dataset-publications.md", "pipeline-failed.md", "pipeline-late.md"}
# Of the alarms of a `RetrainingPipeline`, which its own tests cover.
OF_RETRAINING = {f"retraining-{what}.md" for what in ("approval", "failed", "late")}
# Of the alarms and alerts of a `LogStore`, which its own tests cover.
OF_LOGS = {"log-collection.md", "log-search.md", "log-forwarding.md"}
# Of a managed workspace, which `test_managed_prometheus.py` covers.
OF_THE_WORKSPACE = {"metrics-missing.md"}
# Of the alarms of a `UtilizationReport`, which its own tests cover.
OF_UTILIZATION = {"utilization-report.md"}
# Of the alarms of a `CostGuard`, which its own tests cover.
OF_COSTS = {"cost-guard.md"}
# Of the alarms of a `DeliveryApi`, which its own tests cover.
OF_THE_API = {"api-failing.md", "api-throttled.md"}
# Of the alerts of a `KubernetesEndpoint`, which its own tests cover.
OF_THE_ENDPOINT |= {
    f"kubernetes-endpoint-{concern}.md" for concern in ("availability", "errors", "latency")
}

# Of the alarm of an `ArtifactBucket` on the delay of its copies, which its own tests
# cover.
OF_REPLICAS = {"replica-delay.md"}

PATH = re.compile(r"docs/runbooks/([a-z0-9-]+\.md)")


def everything() -> Plan:
    """Returns a stack with all alarms."""

    def program() -> None:
        provider = k8s.Provider("cluster", kubeconfig="{}")
        MonitoringStack(
            "watch",
            {
                "endpoints": {
                    "answers": {
                        "endpoint_name": "a",
                        "instance_type": "ml.g5.xlarge",
                        "min_invocations_per_hour": 1,
                    }
                },
                "cluster": {"cluster_name": "training", "gpus": True},
                "network": {"nat_gateway_ids": ["nat-0a"]},
                "replicas": {"artifacts": {"bucket_name": "data", "replica_bucket_name": "copies"}},
                "objectives": {"answers": {"availability_percent": 99.9, "latency_ms": 300}},
            },
            pulumi.ResourceOptions(providers=[provider]),
        )

    return deploy(program)


def named() -> set[str]:
    plan = everything()
    texts = [
        alarm.inputs["alarmDescription"]
        for kind in ("metricAlarm:MetricAlarm", "compositeAlarm:CompositeAlarm")
        for alarm in plan.all(f"aws:cloudwatch/{kind}").values()
        if "alarmActions" in alarm.inputs
    ]
    for text in texts:
        assert re.search(r" Runbook: docs/runbooks/[a-z0-9-]+\.md$", text), text
    targets = plan.all("aws:cloudwatch/eventTarget:EventTarget").values()
    texts += [target.inputs["inputTransformer"]["inputTemplate"] for target in targets]
    values = plan.one("kubernetes:helm.sh/v3:Release", "watch-prometheus").inputs["values"]
    texts += [
        json.dumps(values["alertmanager"]["config"]),
        json.dumps(values["additionalPrometheusRulesMap"]),
    ]
    return {file for text in texts for file in PATH.findall(text)}


def test_every_alarm_names_an_existing_runbook() -> None:
    assert {file for file in named() if not (RUNBOOKS / file).is_file()} == set()


def test_every_runbook_is_named_by_an_alarm() -> None:
    others = set().union(
        OF_THE_ENDPOINT,
        OF_RELEASES,
        OF_MONITORING,
        OF_LOGS,
        OF_THE_WORKSPACE,
        OF_UTILIZATION,
        OF_COSTS,
        OF_THE_API,
        OF_DATA,
        OF_RETRAINING,
        OF_REPLICAS,
    )
    assert {file.name for file in RUNBOOKS.glob("*.md")} - others == named()


def test_every_runbook_has_the_same_sections() -> None:
    for name in named() | OF_THE_WORKSPACE | OF_LOGS | OF_DATA | OF_REPLICAS:
        headings = re.findall(r"^## (.*)$", (RUNBOOKS / name).read_text(), re.MULTILINE)
        assert headings[:3] == ["First look", "Likely causes", "What to do"], name
        assert len(headings) == 4, name
        assert headings[3].startswith("Change "), name


def test_the_links_of_runbooks_resolve() -> None:
    root = RUNBOOKS.parents[1]
    for name in named() | OF_THE_WORKSPACE | OF_LOGS | OF_DATA | OF_REPLICAS:
        text = (RUNBOOKS / name).read_text()
        links = [RUNBOOKS / link for link in re.findall(r"\]\(([a-z0-9-]+\.md)\)", text)]
        files = [root / file for file in re.findall(r"`(components/[a-z_/]+\.py)`", text)]
        assert {path.name for path in [*links, *files] if not path.is_file()} <= OF_THE_ENDPOINT, (
            name
        )


def test_every_notification_links_its_runbook_where_the_folder_has_a_url() -> None:
    def program() -> None:
        MonitoringStack(
            "watch",
            {
                "endpoints": {"answers": {"endpoint_name": "a", "instance_type": "ml.m5.large"}},
                "cluster": {"cluster_name": "training"},
                "network": {"nat_gateway_ids": ["nat-0a"]},
                "runbooks_url": "https://example.com/runbooks",
            },
            pulumi.ResourceOptions(providers=[k8s.Provider("cluster", kubeconfig="{}")]),
        )

    plan = deploy(program)
    texts = [
        alarm.inputs["alarmDescription"]
        for alarm in plan.all("aws:cloudwatch/metricAlarm:MetricAlarm").values()
    ]
    targets = plan.all("aws:cloudwatch/eventTarget:EventTarget").values()
    templates = [target.inputs["inputTransformer"]["inputTemplate"] for target in targets]
    texts += [template.rstrip('"') for template in templates]
    values = plan.one("kubernetes:helm.sh/v3:Release", "watch-prometheus").inputs["values"]
    receivers = values["alertmanager"]["config"]["receivers"]
    texts += [sns["message"] for each in receivers for sns in each.get("sns_configs", ())]
    assert len(texts) > 8
    for text in texts:
        assert re.search(r"Runbook: https://example\.com/runbooks/[a-z0-9-]+\.md$", text), text
