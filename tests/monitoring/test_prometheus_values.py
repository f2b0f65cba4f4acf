from typing import Any

from groundplan.context import Context
from groundplan.monitoring import alert_text
from groundplan.monitoring.prometheus import values
from groundplan.monitoring.spec import resolve


def chart(protected: bool = True, **prometheus: Any) -> dict[str, Any]:
    args: Any = {
        "cluster": {"cluster_name": "training"},
        "prometheus": prometheus,
        "deletion_protection": protected,
    }
    cluster = resolve(args, Context("watch", "ml", "prod")).cluster
    assert cluster
    assert cluster.prometheus
    return values(cluster.prometheus, "arn:topic", "eu-west-1")


def claim(size: str, **more: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **more}
    return {"volumeClaimTemplate": {"spec": spec}}


def test_prometheus_retains_two_weeks_on_its_own_volumes() -> None:
    spec = chart()["prometheus"]["prometheusSpec"]

    assert spec["replicas"] == 2
    assert spec["retention"] == "15d"
    assert spec["retentionSize"] == "40GiB"
    assert spec["storageSpec"] == claim("50Gi")


def test_monitors_and_rules_of_any_release_are_selected() -> None:
    spec = chart()["prometheus"]["prometheusSpec"]

    assert {key: value for key, value in spec.items() if key.endswith("NilUsesHelmValues")} == {
        "serviceMonitorSelectorNilUsesHelmValues": False,
        "podMonitorSelectorNilUsesHelmValues": False,
        "ruleSelectorNilUsesHelmValues": False,
        "probeSelectorNilUsesHelmValues": False,
        "scrapeConfigSelectorNilUsesHelmValues": False,
    }


def test_components_that_eks_runs_are_neither_scraped_nor_alerted_on() -> None:
    found = chart()

    for component in ("kubeControllerManager", "kubeScheduler", "kubeEtcd", "kubeProxy"):
        assert found[component] == {"enabled": False}
    # The chart's rules on them go by the same keys.
    assert found["defaultRules"] == {"disabled": {"KubeJobNotCompleted": True}}


def test_grafana_retains_its_volume_and_the_chart_generates_its_password() -> None:
    assert chart()["grafana"] == {
        "persistence": {
            "enabled": True,
            "size": "10Gi",
            "annotations": {"helm.sh/resource-policy": "keep"},
        },
        "deploymentStrategy": {"type": "Recreate"},
    }
    assert "annotations" not in chart(protected=False)["grafana"]["persistence"]


def test_alertmanager_publishes_all_alerts_but_watchdog_and_infoinhibitor() -> None:
    found = chart()["alertmanager"]

    assert found["serviceAccount"] == {"name": "alertmanager"}
    assert found["alertmanagerSpec"] == {"replicas": 2, "storage": claim("1Gi")}
    assert found["config"] == {
        "route": {
            "receiver": "sns",
            "group_by": ["namespace", "alertname"],
            "routes": [{"receiver": "null", "matchers": ['alertname =~ "Watchdog|InfoInhibitor"']}],
        },
        "inhibit_rules": alert_text.inhibitions(),
        "receivers": [
            {"name": "null"},
            {
                "name": "sns",
                "sns_configs": [
                    {
                        "topic_arn": "arn:topic",
                        "sigv4": {"region": "eu-west-1"},
                        "send_resolved": True,
                        "subject": alert_text.SUBJECT,
                        "message": '{{ template "sns.default.message" . }}\n'
                        "Runbook: docs/runbooks/cluster-alerts.md",
                    }
                ],
            },
        ],
    }


def test_arguments_set_sizes_replicas_and_storage_class() -> None:
    found = chart(
        retention_days=3, storage_gib=100, replicas=1, grafana_storage_gib=20, storage_class="gp3"
    )

    spec = found["prometheus"]["prometheusSpec"]
    assert (spec["retention"], spec["retentionSize"], spec["replicas"]) == ("3d", "80GiB", 1)
    assert spec["storageSpec"] == claim("100Gi", storageClassName="gp3")
    assert found["alertmanager"]["alertmanagerSpec"] == {
        "replicas": 1,
        "storage": claim("1Gi", storageClassName="gp3"),
    }
    persistence = found["grafana"]["persistence"]
    assert (persistence["size"], persistence["storageClassName"]) == ("20Gi", "gp3")
