from typing import Any

from groundplan.monitoring.prometheus import values


def made(keep: bool = True, **args: Any) -> dict[str, Any]:
    given: Any = args
    return values(given, "arn:topic", "eu-west-1", keep)


def claim(size: str, **more: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **more}
    return {"volumeClaimTemplate": {"spec": spec}}


def test_prometheus_keeps_two_weeks_on_volumes_of_its_own() -> None:
    spec = made()["prometheus"]["prometheusSpec"]

    assert spec["replicas"] == 2
    assert spec["retention"] == "15d"
    assert spec["retentionSize"] == "40GiB"
    assert spec["storageSpec"] == claim("50Gi")


def test_any_monitor_and_rule_is_found_whoever_installed_it() -> None:
    spec = made()["prometheus"]["prometheusSpec"]

    assert {key: value for key, value in spec.items() if key.endswith("NilUsesHelmValues")} == {
        "serviceMonitorSelectorNilUsesHelmValues": False,
        "podMonitorSelectorNilUsesHelmValues": False,
        "ruleSelectorNilUsesHelmValues": False,
        "probeSelectorNilUsesHelmValues": False,
        "scrapeConfigSelectorNilUsesHelmValues": False,
    }


def test_what_eks_hides_is_neither_scraped_nor_alerted_on() -> None:
    found = made()

    for component in ("kubeControllerManager", "kubeScheduler", "kubeEtcd", "kubeProxy"):
        assert found[component] == {"enabled": False}
    # The chart's rules on them go by the same keys.
    assert found["defaultRules"] == {"disabled": {"KubeJobNotCompleted": True}}


def test_grafana_keeps_its_data_and_has_no_password_of_ours() -> None:
    assert made()["grafana"] == {
        "persistence": {
            "enabled": True,
            "size": "10Gi",
            "annotations": {"helm.sh/resource-policy": "keep"},
        },
        "deploymentStrategy": {"type": "Recreate"},
    }
    assert "annotations" not in made(keep=False)["grafana"]["persistence"]


def test_alertmanager_sends_all_but_the_two_that_are_no_alerts_to_the_topic() -> None:
    found = made()["alertmanager"]

    assert found["serviceAccount"] == {"name": "alertmanager"}
    assert found["alertmanagerSpec"] == {"replicas": 2, "storage": claim("1Gi")}
    assert found["config"] == {
        "route": {
            "receiver": "sns",
            "group_by": ["namespace", "alertname"],
            "routes": [{"receiver": "null", "matchers": ['alertname =~ "Watchdog|InfoInhibitor"']}],
        },
        "receivers": [
            {"name": "null"},
            {
                "name": "sns",
                "sns_configs": [
                    {
                        "topic_arn": "arn:topic",
                        "sigv4": {"region": "eu-west-1"},
                        "send_resolved": True,
                        "message": '{{ template "sns.default.message" . }}\nRunbook: docs/runbooks/cluster-alerts.md',
                    }
                ],
            },
        ],
    }


def test_sizes_replicas_and_storage_class_are_the_callers() -> None:
    found = made(
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
