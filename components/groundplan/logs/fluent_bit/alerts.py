"""The scrape configuration and the alerts of Fluent Bit in Prometheus.

Metrics: fluent/fluent-bit@d55459d4 (5.1.1), src/flb_output.c, `fluentbit_output_*`, by
the output's alias; `kube_daemonset_*` of kube-state-metrics.
"""

from collections.abc import Mapping
from typing import Any

from groundplan.kubernetes.alert_rules import AlertRule, AlertSeverity
from groundplan.logs.fluent_bit.names import NAMESPACE, PORT, RELEASE

RUNBOOK = "log-collection.md"
PATH = "/api/v2/metrics/prometheus"
JOB = f"{NAMESPACE}/{RELEASE}"
"""The `job` of a PodMonitor's series: its namespace and its name."""
NODE = "node"

SELECTOR = {"app.kubernetes.io/name": RELEASE, "app.kubernetes.io/instance": RELEASE}

MISSING_MINUTES = 30
"""A node that starts pulls its image first."""
LATE_MINUTES = 15
"""A receiver that restarts is back by then; what waits is on the node's disk."""


def monitor_spec() -> dict[str, Any]:
    """Returns the spec of the PodMonitor."""
    return {
        "selector": {"matchLabels": SELECTOR},
        "podMetricsEndpoints": [
            {
                "portNumber": PORT,
                "path": PATH,
                "interval": "60s",
                "relabelings": [
                    {
                        "sourceLabels": ["__meta_kubernetes_pod_node_name"],
                        "targetLabel": NODE,
                    }
                ],
            }
        ],
    }


def rules() -> list[AlertRule]:
    """Returns the alerts."""
    mine = f'job="{JOB}"'
    return [
        AlertRule(
            "LogLinesLost",
            f"sum by ({NODE}) "
            f"(increase(fluentbit_output_dropped_records_total{{{mine}}}[15m])) > 0",
            0,
            AlertSeverity.CRITICAL,
            "Log lines are lost",
            "{{ $value | humanize }} lines of node {{ $labels.node }} were dropped in 15 minutes.",
            RUNBOOK,
        ),
        AlertRule(
            "LogLinesLate",
            f"sum by ({NODE}) (increase(fluentbit_output_retries_total{{{mine}}}[5m])) > 0 "
            f"unless sum by ({NODE}) "
            f"(increase(fluentbit_output_proc_records_total{{{mine}}}[5m])) > 0",
            LATE_MINUTES,
            AlertSeverity.WARNING,
            "Log lines are not delivered",
            f"Node {{{{ $labels.node }}}} has delivered no line for {LATE_MINUTES} minutes, and "
            "tries again and again. Lines wait on its disk.",
            RUNBOOK,
        ),
        AlertRule(
            "LogCollectorDown",
            f"up{{{mine}}} == 0",
            LATE_MINUTES,
            AlertSeverity.WARNING,
            "Log lines are not collected",
            "Fluent Bit on node {{ $labels.node }} does not answer: lines of its containers are "
            "collected when it is back, if they are not rotated away by then.",
            RUNBOOK,
        ),
        AlertRule(
            # A pod that does not start is no target, and has no `up`.
            "LogCollectorMissing",
            "kube_daemonset_status_number_unavailable"
            f'{{namespace="{NAMESPACE}",daemonset="{RELEASE}"}} > 0',
            MISSING_MINUTES,
            AlertSeverity.WARNING,
            "Log lines of some nodes are not collected",
            f"{{{{ $value }}}} nodes have no Fluent Bit that is ready, for {MISSING_MINUTES} "
            "minutes.",
            RUNBOOK,
        ),
    ]


def groups(runbooks_url: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Returns the groups of rules. `labels`: of all alerts."""
    manifests = [rule.rule(runbooks_url) for rule in rules()]
    for manifest in manifests:
        manifest["labels"] |= labels
    return [{"name": "groundplan-log-collection", "rules": manifests}]
