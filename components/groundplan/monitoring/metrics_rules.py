"""Alert rules on the metrics themselves, for a workspace that Prometheus in a cluster
writes to: without its samples no other rule of the workspace fires."""

from groundplan.kubernetes.alert_rules import AlertRule, AlertSeverity

SILENT_MINUTES = 10

RULES = (
    AlertRule(
        "MetricsMissing",
        # Prometheus writes `up` for each target, whether it is scraped or not.
        "absent(up)",
        SILENT_MINUTES,
        AlertSeverity.CRITICAL,
        "The cluster's Prometheus writes no metrics",
        "The workspace of Amazon Managed Service for Prometheus has received no sample for "
        f"{SILENT_MINUTES} minutes: no other alert on the cluster and its services can fire.",
        "metrics-missing.md",
    ),
)
