"""The alert of a KubernetesRetraining in Prometheus: nobody carries its runs. What runs
come to is notified by the driver itself.

Series: kube-state-metrics.
"""

from typing import Any

from groundplan.kubernetes import alert_rules
from groundplan.kubernetes.alert_rules import AlertRule, AlertSeverity
from groundplan.retraining.kubernetes.spec import KubernetesRetrainingSpec

LATE = "retraining-late.md"
LATE_SECONDS, LATE_MINUTES = 3 * 3600, 15
"""Longer than an outage of a registry or a node; a run waits, and loses nothing."""


def rules(spec: KubernetesRetrainingSpec) -> list[AlertRule]:
    """Returns the alerts."""
    which = f'namespace="{spec.driver_namespace}",cronjob="{spec.name}"'
    success = f"kube_cronjob_status_last_successful_time{{{which}}}"
    created = f"kube_cronjob_created{{{which}}}"
    by = "on (namespace, cronjob)"
    return [
        AlertRule(
            "RetrainingNotCarried",
            f"(time() - {success} > {LATE_SECONDS}) "
            f"or (time() - {created} > {LATE_SECONDS} unless {by} {success})",
            LATE_MINUTES,
            AlertSeverity.WARNING,
            f"Nobody carries the runs of {spec.name}",
            "The CronJob {{ $labels.namespace }}/{{ $labels.cronjob }} has not succeeded for "
            "{{ $value | humanizeDuration }}: no run begins, and an open one waits.",
            LATE,
        )
    ]


def groups(spec: KubernetesRetrainingSpec) -> list[dict[str, Any]]:
    """Returns the groups of a PrometheusRule, or of a rule group namespace in a
    workspace."""
    labels = {"namespace": spec.driver_namespace, "retraining": spec.name}
    labels |= spec.managed_prometheus.get("labels", {}) if spec.managed_prometheus else {}
    labels |= {"owner": spec.owner} if spec.owner else {}
    return [
        alert_rules.rule_group(f"retraining-{spec.name}", rules(spec), spec.runbooks_url, labels)
    ]
