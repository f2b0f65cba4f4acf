"""The alerts of a KubernetesModelMonitoring in Prometheus: on what checks find, and on
checks that fail.

Series of results are those of `analysis.exporter`; series of the CronJob those of
kube-state-metrics.
"""

from typing import Any

from groundplan.kubernetes import alert_rules
from groundplan.kubernetes.alert_rules import AlertRule, AlertSeverity
from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.kubernetes.spec import KubernetesModelMonitoringSpec

DRIFT, QUALITY, CHECKS = "model-drift.md", "model-quality.md", "model-checks.md"
SETTLED_MINUTES = 5
"""A result stays until the next one: an alert need not wait longer."""
LATE_MINUTES = 15
"""Longer than the exporter's own look at the bucket, and than its restart."""
ALARM, NOT_ENOUGH_DATA = 2, 1
RESULTS = {
    "ModelDrift": (
        "data_drift|prediction_drift",
        "Requests or predictions of {0} no longer look like the training data",
        DRIFT,
    ),
    "ModelValues": (
        "missing_values|invalid_values|unseen_values",
        "Requests to {0} have more missing, invalid or unseen values than the training data",
        DRIFT,
    ),
    "ModelRecords": ("records", "Captures of {0} can't be read", DRIFT),
    "ModelQuality": ("quality", "Predictions of {0} are worse than those of the baseline", QUALITY),
}
"""Alert -> families of verdicts, summary, runbook."""


def rules(spec: KubernetesModelMonitoringSpec, endpoint: str) -> list[AlertRule]:
    """Returns the alerts of a monitor."""
    monitor = spec.monitor(endpoint)
    which = f'monitor="{monitor}"'
    found = [
        AlertRule(
            name,
            f'max by (monitor, family) ({names.STATUS}{{{which},family=~"{families}"}}) == {ALARM}',
            SETTLED_MINUTES,
            AlertSeverity.WARNING,
            summary.format(monitor),
            f"{summary.format(monitor)}: the last check alarms on {{{{ $labels.family }}}}. Its "
            f"report.html is in the folder {spec.result_prefix}{monitor}/ of the bucket.",
            runbook,
        )
        for name, (families, summary, runbook) in RESULTS.items()
    ]
    return [*found, _unknown(monitor, which), *_checks(spec, monitor, which)]


def _unknown(monitor: str, which: str) -> AlertRule:
    return AlertRule(
        "ModelNotEnoughData",
        f"max by (monitor) ({names.STATUS}{{{which}}}) == {NOT_ENOUGH_DATA}",
        SETTLED_MINUTES,
        AlertSeverity.WARNING,
        f"A check of {monitor} had not enough data",
        f"The last check of {monitor} had not enough requests or labels to say whether the model "
        "decays (status {{ $value }}).",
        CHECKS,
    )


def _checks(spec: KubernetesModelMonitoringSpec, monitor: str, which: str) -> list[AlertRule]:
    job = f'namespace="{spec.namespace}",cronjob="{spec.name}"'
    by = "on (namespace, cronjob)"
    last, success = (
        f"kube_cronjob_status_{word}_time{{{job}}}" for word in ("last_schedule", "last_successful")
    )
    late = spec.late_after_hours * 3600
    return [
        AlertRule(
            "ModelCheckFailed",
            # A failed Job is kept when a later one succeeds: `kube_job_failed` would go
            # on firing.
            f"({last} unless {by} ({success} >= {by} {last})) "
            f"and {by} (kube_cronjob_status_active{{{job}}} == 0)",
            SETTLED_MINUTES,
            AlertSeverity.WARNING,
            f"A check of {monitor} failed",
            "The last job of the CronJob {{ $labels.namespace }}/{{ $labels.cronjob }} did not "
            "succeed, and its attempts are used up.",
            CHECKS,
        ),
        AlertRule(
            "ModelCheckLate",
            f"(time() - max by (monitor) ({names.WINDOW_END}{{{which}}}) > {late}) "
            f"or (time() - kube_cronjob_created{{{job}}} > {late} "
            f"unless on () {names.WINDOW_END}{{{which}}})",
            LATE_MINUTES,
            AlertSeverity.WARNING,
            f"{monitor} has not been checked",
            f"No result of {monitor} is known of the last {spec.late_after_hours} hours "
            "({{ $value | humanizeDuration }}): checks do not run, or their exporter does not.",
            CHECKS,
        ),
    ]


def groups(spec: KubernetesModelMonitoringSpec, endpoint: str) -> list[dict[str, Any]]:
    """Returns the groups of a PrometheusRule, or of a rule group namespace in a
    workspace."""
    labels = {"namespace": spec.namespace, "monitor": spec.monitor(endpoint)}
    labels |= spec.managed_prometheus.get("labels", {}) if spec.managed_prometheus else {}
    labels |= {"owner": spec.owner} if spec.owner else {}
    name = f"model-monitoring-{spec.name}"
    return [alert_rules.rule_group(name, rules(spec, endpoint), spec.runbooks_url, labels)]
