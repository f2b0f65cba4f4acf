"""Alert rules of Prometheus as plain data, each with a runbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

FOLDER = "docs/runbooks/"


class AlertSeverity(str, Enum):
    """The severity of an alert."""

    CRITICAL = "critical"
    """Data or capacity is lost until a person acts."""
    WARNING = "warning"
    """A person should look at it within a day."""
    INFO = "info"
    """Displayed, and not sent on its own (kube-prometheus-stack, `InfoInhibitor`)."""


@dataclass(frozen=True)
class AlertRule:
    """An alert rule."""

    name: str
    expr: str
    """PromQL; an alert fires for each series of its result."""
    minutes: int
    """Minutes that a series is in the result before its alert fires."""
    severity: AlertSeverity
    summary: str
    description: str
    """A template, with `{{ $labels.node }}` and `{{ $value }}`."""
    runbook: str
    """Its file in docs/runbooks."""

    def rule(self, runbooks_url: str, labels: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Returns the rule as Prometheus defines it, with `labels` in addition to its
        severity."""
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
            "labels": {"severity": self.severity.value, **(labels or {})},
            "annotations": annotations,
        }


def groups(rules: Mapping[str, Sequence[AlertRule]], runbooks_url: str) -> dict[str, Any]:
    """Returns groups of rules by name, as the chart's `additionalPrometheusRulesMap`
    defines them: an object for each group."""
    return {
        name: {"groups": [rule_group(name, group, runbooks_url)]} for name, group in rules.items()
    }


def rule_group(
    name: str,
    rules: Sequence[AlertRule],
    runbooks_url: str,
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Returns a group of rules as Prometheus defines it."""
    return {
        "name": f"groundplan-{name}",
        "rules": [rule.rule(runbooks_url, labels) for rule in rules],
    }
