"""The values of kube-prometheus-stack: Prometheus, Alertmanager and Grafana in an EKS
cluster.

The keys are those of the chart's values.yaml at the pinned version, read in
prometheus-community/helm-charts@cf408a29 (2026-08-22), charts/kube-prometheus-stack.
The chart has no schema: it ignores unknown keys silently.

Grafana's administrator has no default password since version 79 of the chart: its
sub-chart generates a random one of 40 characters, in the secret
`kube-prometheus-stack-grafana`, and retains it across upgrades by Helm's `lookup`
(charts/grafana/templates/_helpers.tpl, "grafana.password"). That requires a real Helm
release, which `helm.v3.Release` is, and no value; `helm.v4.Chart` only renders, and
would generate a new password with every update.
"""

from collections.abc import Sequence
from typing import Any

import pulumi

from groundplan.kubernetes import alert_rules
from groundplan.kubernetes.alert_rules import AlertRule
from groundplan.monitoring import alert_text, gpu_rules, scraping, training_rules
from groundplan.monitoring.spec import Alerts, Prometheus
from groundplan.runbooks import note as runbook_note

REPOSITORY = "https://prometheus-community.github.io/helm-charts"
VERSION = "88.5.3"
"""Newest of 2026-08-22 (prometheus-community/helm-charts@cf408a29, Chart.yaml);
Prometheus operator 0.93.1, Grafana 13.2.0."""

ALERTMANAGER_ACCOUNT = "alertmanager"
GRAFANA_ACCOUNT = "grafana"
"""Where Grafana reads CloudWatch; else the chart names it."""

RUNBOOK = "docs/runbooks/cluster-alerts.md"
MESSAGE = '{{ template "sns.default.message" . }}'
"""The text of a notification, as a template of Alertmanager; the runbook follows."""

# Prometheus's documentation ("Storage", right-sizing retention size) advises 80 to 85 %
# of the volume: `retentionSize` does not count data that is being written and
# compacted.
SHARE_OF_VOLUME = 0.8

# EKS runs these where Prometheus cannot scrape them, and its kube-proxy serves metrics
# to its own node only. Enabled, their targets are always down, and their alerts always
# fire. The chart disables its rules on them, too (templates/prometheus/rules-1.14).
NOT_SCRAPED = ("kubeControllerManager", "kubeScheduler", "kubeEtcd", "kubeProxy")

# Fires for each job that runs for more than 12 hours, as training jobs do.
NOT_FOR_TRAINING = ("KubeJobNotCompleted",)

# By default the operator selects only objects with the release's own label: a
# ServiceMonitor of Kueue or of the DCGM exporter would be ignored.
SELECTORS = ("serviceMonitor", "podMonitor", "rule", "probe", "scrapeConfig")


def values(
    spec: Prometheus,
    topic_arn: pulumi.Input[str],
    region: pulumi.Input[str],
    urgent_arn: pulumi.Input[str] | None = None,
) -> dict[str, Any]:
    """Returns the values of the release with the backend `cluster`."""
    grafana: dict[str, Any] = {"enabled": True, "size": f"{spec.grafana_storage_gib}Gi"}
    if spec.storage_class is not None:
        grafana["storageClassName"] = spec.storage_class
    if spec.retain_grafana_volume:
        # The claim is an object of the chart, which Helm deletes with the release.
        # Those of Prometheus are not.
        grafana["annotations"] = {"helm.sh/resource-policy": "keep"}
    found = shared_values(spec, spec.retention_days)
    if spec.alerts.labels:
        # On every alert that leaves Prometheus.
        found["prometheus"]["prometheusSpec"]["externalLabels"] = dict(spec.alerts.labels)
    found["additionalPrometheusRulesMap"] = rules(spec.alerts)
    found["alertmanager"] = {
        "serviceAccount": {"name": ALERTMANAGER_ACCOUNT},
        # Silences and sent notifications; 1 GiB is the smallest EBS volume.
        "alertmanagerSpec": {
            "replicas": spec.replicas,
            "storage": _claim(1, spec.storage_class),
        },
        "config": routing(topic_arn, region, spec.alerts.runbooks_url, urgent_arn),
    }
    found["grafana"] = {
        "persistence": grafana,
        # The volume attaches to one node only: the old pod must release it before the
        # new one starts.
        "deploymentStrategy": {"type": "Recreate"},
        **(_cloudwatch(region) if spec.cloudwatch else {}),
    }
    return found


def _cloudwatch(region: pulumi.Input[str]) -> dict[str, Any]:
    """Returns the data source of CloudWatch, and the account of the pods that read
    it."""
    source = {
        "name": "CloudWatch",
        "uid": "cloudwatch",
        "type": "cloudwatch",
        "access": "proxy",
        # The credentials of the pod's identity.
        "jsonData": {"authType": "default", "defaultRegion": region},
    }
    return {"serviceAccount": {"name": GRAFANA_ACCOUNT}, "additionalDataSources": [source]}


def shared_values(spec: Prometheus, retention_days: int) -> dict[str, Any]:
    """Returns the values of the release that both backends share."""
    return {
        "prometheus": {
            "prometheusSpec": {
                "replicas": spec.replicas,
                "retention": f"{retention_days}d",
                "retentionSize": f"{int(spec.storage_gib * SHARE_OF_VOLUME)}GiB",
                "storageSpec": _claim(spec.storage_gib, spec.storage_class),
                **{f"{kind}SelectorNilUsesHelmValues": False for kind in SELECTORS},
            },
            "additionalServiceMonitors": [dict(monitor) for monitor in scraping.MONITORS],
        },
        # By default it exports no labels; dashboards group nodes by this one.
        "kube-state-metrics": {
            "metricLabelsAllowlist": ["nodes=[node.kubernetes.io/instance-type]"]
        },
        **{component: {"enabled": False} for component in NOT_SCRAPED},
        "defaultRules": {"disabled": dict.fromkeys(NOT_FOR_TRAINING, True)},
    }


def rules(alerts: Alerts) -> dict[str, Any]:
    """Returns the alert rules in addition to those of the chart, by group."""
    return alert_rules.groups(rule_groups(alerts), alerts.runbooks_url)


def rule_groups(alerts: Alerts) -> dict[str, Sequence[AlertRule]]:
    """Returns the groups of alert rules in addition to those of the chart."""
    return {
        "capacity": training_rules.CAPACITY,
        **({"gpus": gpu_rules.RULES} if alerts.gpus else {}),
        "nodes": training_rules.NODES,
        "queues": training_rules.queues(alerts.max_wait_minutes),
    }


def runbooks(alerts: Alerts) -> set[str]:
    """Returns the files in docs/runbooks of all alerts from the cluster."""
    own = {
        *training_rules.CAPACITY,
        *training_rules.NODES,
        *training_rules.queues(alerts.max_wait_minutes),
    }
    files = {rule.runbook for rule in (own | set(gpu_rules.RULES) if alerts.gpus else own)}
    return {RUNBOOK.rsplit("/", 1)[-1], *files}


def routing(
    topic_arn: pulumi.Input[str],
    region: pulumi.Input[str],
    runbooks_url: str = "",
    urgent_arn: pulumi.Input[str] | None = None,
) -> dict[str, Any]:
    """Returns Alertmanager's configuration: all alerts go to the topic, but for the two
    that are no alerts; those that are critical to the urgent topic too, if there is
    one.

    Helm replaces whole lists, so routes, receivers and inhibitions are complete.
    """
    # Watchdog always fires, to prove that alerting works; InfoInhibitor inhibits other
    # alerts.
    routes: list[dict[str, Any]] = [
        {"receiver": "null", "matchers": ['alertname =~ "Watchdog|InfoInhibitor"']}
    ]
    receivers = [{"name": "null"}, _receiver("sns", topic_arn, region, runbooks_url)]
    if urgent_arn is not None:
        # An alert that a route matched does not go to the receiver above all routes:
        # the last route is for all.
        routes += [
            {"receiver": "urgent", "matchers": ['severity = "critical"'], "continue": True},
            {"receiver": "sns"},
        ]
        receivers.append(_receiver("urgent", urgent_arn, region, runbooks_url))
    return {
        "route": {"receiver": "sns", "group_by": ["namespace", "alertname"], "routes": routes},
        "inhibit_rules": alert_text.inhibitions(),
        "receivers": receivers,
    }


def _receiver(
    name: str, topic_arn: pulumi.Input[str], region: pulumi.Input[str], runbooks_url: str
) -> dict[str, Any]:
    """Returns a receiver that publishes to a topic. There are no keys in `sigv4`: the
    pod's identity signs requests."""
    message = f"{MESSAGE}\n{runbook_note(RUNBOOK, runbooks_url)}"
    settings = {
        "topic_arn": topic_arn,
        "sigv4": {"region": region},
        "send_resolved": True,
        "subject": alert_text.SUBJECT,
        "message": message,
    }
    return {"name": name, "sns_configs": [settings]}


def _claim(gib: int, storage_class: pulumi.Input[str] | None) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{gib}Gi"}},
    }
    if storage_class is not None:
        spec["storageClassName"] = storage_class
    return {"volumeClaimTemplate": {"spec": spec}}
