import re
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.monitoring import gpu_health, scraping
from groundplan.monitoring.monitoring_stack import MonitoringStack
from groundplan.testing import Plan, deploy

RELEASE = "kubernetes:helm.sh/v3:Release"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


def watch(cluster: dict[str, Any], **more: Any) -> Plan:
    args: Any = {"cluster": {"cluster_name": "training", **cluster}, **more}

    def program() -> None:
        provider = k8s.Provider("cluster", kubeconfig="{}")
        MonitoringStack("watch", args, pulumi.ResourceOptions(providers=[provider]))

    return deploy(program)


def test_the_exporter_runs_on_gpu_nodes_and_reports_the_job_of_a_gpu() -> None:
    values = gpu_health.values(False)

    assert values["nodeSelector"] == {"nvidia.com/gpu.present": "true"}
    assert values["tolerations"] == [{"operator": "Exists"}], "pools have taints of their own"
    assert values["serviceMonitor"] == {
        "interval": "30s",
        "honorLabels": True,
        "relabelings": [
            {
                "action": "replace",
                "sourceLabels": ["__meta_kubernetes_pod_node_name"],
                "targetLabel": "node",
            },
            {"action": "labeldrop", "regex": "namespace|pod|container"},
        ],
    }


def test_the_exporter_has_access_to_all_gpus_without_a_capability() -> None:
    for values in (gpu_health.values(False), gpu_health.values(True)):
        assert values["extraHostVolumes"] == [{"name": "all-gpus", "hostPath": "/dev/null"}]
        # The first is the chart's, whose list is replaced by this one.
        assert values["extraVolumeMounts"] == [
            {
                "name": "exporter-metrics-volume",
                "mountPath": "/etc/dcgm-exporter/default-counters.csv",
                "subPath": "default-counters.csv",
            },
            {"name": "all-gpus", "mountPath": "/var/run/nvidia-container-devices/all"},
        ]


def test_only_profiling_adds_a_capability() -> None:
    plain, profiling = gpu_health.values(False), gpu_health.values(True)

    # The chart's own adds SYS_ADMIN, and drops all others.
    assert plain["securityContext"] == {"capabilities": {"add": []}}
    assert "securityContext" not in profiling
    assert "DCGM_FI_PROF_" not in plain["customMetrics"]
    assert "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE" in profiling["customMetrics"]


@pytest.mark.parametrize("line", (gpu_health.METRICS + gpu_health.PROFILING_METRICS).splitlines())
def test_a_metric_is_a_field_a_kind_and_a_text_without_commas(line: str) -> None:
    assert re.fullmatch(r"DCGM_(FI|EXP)_[A-Z_]+, (gauge|counter|label), [^,]+", line)


def test_a_cluster_without_gpus_has_neither_exporter_nor_dashboard() -> None:
    plan = watch({})

    assert set(plan.all(RELEASE)) == {"watch-prometheus"}
    assert "watch-gpu-dashboard" not in plan.all(CONFIG_MAP)
    assert "gpus" not in plan.one(RELEASE).inputs["values"]["additionalPrometheusRulesMap"]


def test_the_exporter_is_installed_after_prometheus() -> None:
    plan = watch({"gpus": True})

    release = plan.one(RELEASE, "watch-dcgm-exporter")
    assert {
        key: release.inputs.get(key)
        for key in ("name", "chart", "version", "namespace", "repositoryOpts", "skipAwait")
    } == {
        "name": "dcgm-exporter",
        "chart": "dcgm-exporter",
        "version": "4.8.2",
        "namespace": "monitoring",
        "repositoryOpts": {"repo": "https://nvidia.github.io/dcgm-exporter/helm-charts"},
        "skipAwait": True,
    }
    assert release.inputs["values"] == gpu_health.values(False)
    assert "watch-prometheus" in plan.dependencies(release)
    assert plan.parent(release) == plan.one("groundplan:index:MonitoringStack")
    assert release.option("provider") == plan.one("pulumi:providers:kubernetes").urn


def test_profiling_is_off_by_default() -> None:
    release = watch({"gpus": True, "gpu_profiling": True}).one(RELEASE, "watch-dcgm-exporter")

    assert release.inputs["values"] == gpu_health.values(True)


def test_alerts_link_the_runbooks() -> None:
    plan = watch(
        {"gpus": True, "max_wait_minutes": 60}, runbooks_url="https://wiki.example.com/runbooks"
    )

    found = plan.one(RELEASE, "watch-prometheus").inputs["values"]["additionalPrometheusRulesMap"]
    (group,) = found["gpus"]["groups"]
    assert (
        group["rules"][0]["annotations"]["runbook_url"]
        == "https://wiki.example.com/runbooks/gpu-errors.md"
    )
    queue = {rule["alert"]: rule for rule in found["queues"]["groups"][0]["rules"]}
    assert queue["QueueStandsStill"]["for"] == "60m"
    dashboard = plan.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]
    assert "gpu-errors.md" in dashboard
    assert "queue-waiting.md" in dashboard


def test_kueue_is_scraped_with_the_token_of_prometheus() -> None:
    values = watch({}).one(RELEASE).inputs["values"]
    monitors = {
        monitor["name"]: monitor for monitor in values["prometheus"]["additionalServiceMonitors"]
    }

    assert set(monitors) == {"kueue", "cluster-autoscaler", "karpenter"}
    assert monitors["kueue"] == {
        "name": "kueue",
        "namespaceSelector": {"matchNames": ["kueue-system"]},
        "selector": {
            "matchLabels": {
                "app.kubernetes.io/name": "kueue",
                "app.kubernetes.io/component": "metrics-service",
            }
        },
        "endpoints": [
            {
                "port": "https",
                "path": "/metrics",
                "scheme": "https",
                "bearerTokenFile": "/var/run/secrets/kubernetes.io/serviceaccount/token",
                "tlsConfig": {"insecureSkipVerify": True},
                "honorLabels": True,
            }
        ],
    }


def test_monitors_have_only_keys_that_the_chart_passes_on() -> None:
    # prometheus-community/helm-charts@cf408a29,
    # charts/kube-prometheus-stack/templates/prometheus/servicemonitors.yaml.
    known = {
        "name",
        "additionalLabels",
        "endpoints",
        "jobLabel",
        "namespaceSelector",
        "selector",
        "targetLabels",
    }

    for monitor in scraping.MONITORS:
        assert set(monitor) <= known
        assert monitor["selector"]["matchLabels"]
        assert monitor["endpoints"]


def test_long_jobs_fire_no_alert() -> None:
    values = watch({}).one(RELEASE).inputs["values"]

    assert values["defaultRules"]["disabled"] == {"KubeJobNotCompleted": True}


@pytest.mark.parametrize(
    ("cluster", "key"),
    [
        ({"gpus": True, "prometheus": False}, "cluster.gpus"),
        ({"gpu_profiling": True}, "cluster.gpu_profiling"),
        ({"max_wait_minutes": 4}, "cluster.max_wait_minutes"),
        ({"max_wait_minutes": 10_081}, "cluster.max_wait_minutes"),
    ],
)
def test_arguments_that_exclude_each_other_are_refused(cluster: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        watch(cluster)
    assert [problem.key for problem in caught.value.problems] == [key]
