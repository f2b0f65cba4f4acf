"""Alert rules of Prometheus as plain data, each with its runbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

FOLDER = "docs/runbooks/"


class AlertSeverity(str, Enum):
    """What Alertmanager and people make of an alert."""

    CRITICAL = "critical"
    """Something is lost until a person acts."""
    WARNING = "warning"
    """Somebody should look at it today."""
    INFO = "info"
    """Shown, and sent to nobody by itself (kube-prometheus-stack, `InfoInhibitor`)."""


@dataclass(frozen=True)
class AlertRule:
    """An alert."""

    name: str
    expr: str
    """PromQL; the alert is on for each series that it gives."""
    minutes: int
    """How long it has to give a series before anybody hears of it."""
    severity: AlertSeverity
    summary: str
    description: str
    """What is the matter, with `{{ $labels.node }}` and `{{ $value }}` in it."""
    runbook: str
    """Its file in docs/runbooks."""

    def rule(self, runbooks_url: str) -> dict[str, Any]:
        """The rule in Prometheus' own words."""
        annotations = {
            "summary": self.summary,
            "description": self.description,
            "runbook": f"{FOLDER}{self.runbook}",
        }
        if runbooks_url:
            annotations["runbook_url"] = f"{runbooks_url.rstrip('/')}/{self.runbook}"
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": f"{self.minutes}m",
            "labels": {"severity": self.severity.value},
            "annotations": annotations,
        }


def groups(rules: Mapping[str, Sequence[AlertRule]], runbooks_url: str) -> dict[str, Any]:
    """Groups of rules by name, as the chart's `additionalPrometheusRulesMap` takes
    them: an object for each group."""
    return {
        name: {
            "groups": [
                {"name": f"groundplan-{name}", "rules": [rule.rule(runbooks_url) for rule in found]}
            ]
        }
        for name, found in rules.items()
    }
