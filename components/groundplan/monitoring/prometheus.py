"""The values of kube-prometheus-stack: Prometheus, Alertmanager and Grafana in an EKS
cluster.

The keys are those of the chart's values.yaml at the pinned version, read in
prometheus-community/helm-charts@cf408a29 (2026-08-22), charts/kube-prometheus-stack.
The chart has no schema: a key that it doesn't know is dropped without a word.

Grafana's administrator has no default password since version 79 of the chart: its
sub-chart makes a random one of 40 characters, in the secret
`kube-prometheus-stack-grafana`, and keeps it over upgrades by Helm's `lookup`
(charts/grafana/templates/_helpers.tpl, "grafana.password"). That needs a real Helm
release, which `helm.v3.Release` is, and no value of ours; `helm.v4.Chart` only renders,
and would make a new password with every update.
"""

from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.kubernetes import alert_rules
from groundplan.monitoring import gpu_rules, scraping, training_rules
from groundplan.monitoring.args import PrometheusArgs

REPOSITORY = "https://prometheus-community.github.io/helm-charts"
VERSION = "88.5.3"
"""Newest of 2026-08-22 (prometheus-community/helm-charts@cf408a29, Chart.yaml);
Prometheus operator 0.93.1, Grafana 13.2.0."""

ALERTMANAGER_ACCOUNT = "alertmanager"

RUNBOOK = "docs/runbooks/cluster-alerts.md"

# Prometheus's documentation ("Storage", right-sizing retention size) advises 80 to 85 %
# of the volume: what is being written and compacted comes on top of what
# `retentionSize` counts.
SHARE_OF_VOLUME = 0.8

# EKS runs these where nobody can scrape them, and its kube-proxy serves metrics to its
# own node only. Left on, their targets are down for ever, and so are the alerts on
# them. The chart's rules on them go with them (templates/prometheus/rules-1.14).
NOT_SCRAPED = ("kubeControllerManager", "kubeScheduler", "kubeEtcd", "kubeProxy")

# Fires on each job that runs for more than 12 hours, which is what training jobs do.
NOT_FOR_TRAINING = ("KubeJobNotCompleted",)

# By default the operator takes up only what carries the release's own label: a
# ServiceMonitor of Kueue or of the DCGM exporter would be ignored.
SELECTORS = ("serviceMonitor", "podMonitor", "rule", "probe", "scrapeConfig")


@dataclass(frozen=True)
class Alerts:
    """What the rules beside the chart's own are made of."""

    gpus: bool = False
    max_wait_minutes: int = training_rules.MAX_WAIT_MINUTES
    runbooks_url: str = ""


def values(
    args: PrometheusArgs,
    topic_arn: pulumi.Input[str],
    region: pulumi.Input[str],
    keep_grafana_volume: bool,
    alerts: Alerts | None = None,
) -> dict[str, Any]:
    """The values that the release is made with."""
    storage, storage_class = args.get("storage_gib", 50), args.get("storage_class")
    replicas = args.get("replicas", 2)
    grafana: dict[str, Any] = {
        "enabled": True,
        "size": f"{args.get('grafana_storage_gib', 10)}Gi",
    }
    if storage_class is not None:
        grafana["storageClassName"] = storage_class
    if keep_grafana_volume:
        # The claim is the chart's own object, which Helm would delete with the release.
        # Those of Prometheus are not.
        grafana["annotations"] = {"helm.sh/resource-policy": "keep"}
    return {
        "prometheus": {
            "prometheusSpec": {
                "replicas": replicas,
                "retention": f"{args.get('retention_days', 15)}d",
                "retentionSize": f"{int(storage * SHARE_OF_VOLUME)}GiB",
                "storageSpec": _claim(storage, storage_class),
                **{f"{kind}SelectorNilUsesHelmValues": False for kind in SELECTORS},
            },
            "additionalServiceMonitors": [dict(monitor) for monitor in scraping.MONITORS],
        },
        "additionalPrometheusRulesMap": rules(alerts or Alerts()),
        "alertmanager": {
            "serviceAccount": {"name": ALERTMANAGER_ACCOUNT},
            # Silences and what was sent already; 1 GiB is the smallest EBS volume.
            "alertmanagerSpec": {"replicas": replicas, "storage": _claim(1, storage_class)},
            "config": routing(topic_arn, region),
        },
        "grafana": {
            "persistence": grafana,
            # A volume of one node only: the old pod has to let go of it before the new
            # one starts.
            "deploymentStrategy": {"type": "Recreate"},
        },
        **{component: {"enabled": False} for component in NOT_SCRAPED},
        "defaultRules": {"disabled": dict.fromkeys(NOT_FOR_TRAINING, True)},
    }


def rules(alerts: Alerts) -> dict[str, Any]:
    """The rules beside the chart's own, by group."""
    groups = {
        "capacity": training_rules.CAPACITY,
        **({"gpus": gpu_rules.RULES} if alerts.gpus else {}),
        "nodes": training_rules.NODES,
        "queues": training_rules.queues(alerts.max_wait_minutes),
    }
    return alert_rules.groups(groups, alerts.runbooks_url)


def runbooks(alerts: Alerts) -> set[str]:
    """The files in docs/runbooks of all alerts from the cluster."""
    own = {
        *training_rules.CAPACITY,
        *training_rules.NODES,
        *training_rules.queues(alerts.max_wait_minutes),
    }
    found = {rule.runbook for rule in (own | set(gpu_rules.RULES) if alerts.gpus else own)}
    return {RUNBOOK.rsplit("/", 1)[-1], *found}


def routing(topic_arn: pulumi.Input[str], region: pulumi.Input[str]) -> dict[str, Any]:
    """Alertmanager's configuration: all alerts to the topic, but the two that are no
    alerts.

    Helm replaces lists whole, so routes and receivers are complete. There are no keys
    in `sigv4`: the pod's identity signs.
    """
    return {
        "route": {
            "receiver": "sns",
            "group_by": ["namespace", "alertname"],
            # Watchdog always fires, to prove that alerting works; InfoInhibitor exists
            # to silence others.
            "routes": [{"receiver": "null", "matchers": ['alertname =~ "Watchdog|InfoInhibitor"']}],
        },
        "receivers": [
            {"name": "null"},
            {
                "name": "sns",
                "sns_configs": [
                    {
                        "topic_arn": topic_arn,
                        "sigv4": {"region": region},
                        "send_resolved": True,
                        "message": f'{{{{ template "sns.default.message" . }}}}\nRunbook: {RUNBOOK}',
                    }
                ],
            },
        ],
    }


def _claim(gib: int, storage_class: pulumi.Input[str] | None) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{gib}Gi"}},
    }
    if storage_class is not None:
        spec["storageClassName"] = storage_class
    return {"volumeClaimTemplate": {"spec": spec}}
