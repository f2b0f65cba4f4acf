"""The definition of a workspace's alert manager, in the dialect of Amazon Managed
Service for Prometheus: Alertmanager's configuration and its templates as texts in one
document (User Guide, "Create an alert manager configuration").

Receivers publish to SNS, or do nothing, as one without a configuration. `api_url` and
`http_config` are not allowed, `sigv4` needs a region (same guide, "Configure alert
manager to send messages to your Amazon SNS topic").
"""

import textwrap
from collections.abc import Sequence
from typing import Any

import yaml

TEMPLATES = """\
{{ define "groundplan.subject" -}}
[{{ .Status | toUpper }}] {{ .GroupLabels.alertname }}
{{- with .CommonLabels.severity }} ({{ . }}){{ end }}
{{- end }}
{{ define "groundplan.message" -}}
{{ range .Alerts -}}
{{ .Status | toUpper }} {{ .Labels.alertname }}
{{- with .Annotations.summary }}: {{ . }}{{ end }}
{{- with .Annotations.description }}
{{ . }}{{ end }}
Severity: {{ .Labels.severity }}
{{- with .Labels.namespace }}, namespace: {{ . }}{{ end }}
{{- with .Labels.owner }}, owner: {{ . }}{{ end }}
Runbook: {{ with .Annotations.runbook_url }}{{ . }}
{{- else }}{{ with .Annotations.runbook }}{{ . }}{{ else }}RUNBOOK{{ end }}{{ end }}

{{ end }}
{{- end }}
"""
"""SNS takes a subject of up to 100 characters."""

NAME = "groundplan"

NO_ALERTS = 'alertname =~ "Watchdog|InfoInhibitor"'
"""Watchdog always fires, to prove that alerting works; InfoInhibitor inhibits other
alerts."""

INHIBITIONS = (
    # As in the chart's own configuration.
    ('severity = "critical"', 'severity =~ "warning|info"', ("namespace", "alertname")),
    # An endpoint without a pod has no other fault.
    (
        'alertname = "EndpointDown"',
        'alertname =~ "Endpoint(Degraded|Errors|Latency|FirstToken|Queue|.*Burns|.*BurnsFast)"',
        ("namespace", "endpoint"),
    ),
    # The budget is spent by the errors that the threshold is on.
    (
        'alertname = "EndpointAvailabilityBurnsFast"',
        'alertname = "EndpointErrors"',
        ("namespace", "endpoint"),
    ),
    (
        'alertname = "EndpointLatencyBurnsFast"',
        'alertname = "EndpointLatency"',
        ("namespace", "endpoint"),
    ),
    ('alertname = "NodeNotRepaired"', 'alertname = "NodeBroken"', ("node", "condition")),
    ('alertname = "GpuBroken"', 'alertname =~ "GpuMemoryBroken|GpuHot|GpuSlowed"', ("node", "gpu")),
)
"""Which alert takes the place of which, of the same labels: one notification for one
fault."""


def definition(topic_arn: str, region: str, runbook: str, urgent_arn: str | None = None) -> str:
    """Returns the definition. `runbook`: that of alerts which name none, as those of
    the chart on their own pages."""
    config = yaml.safe_dump(routing(topic_arn, region, urgent_arn), sort_keys=False, width=100)
    templates = TEMPLATES.replace("RUNBOOK", runbook)
    return (
        f"template_files:\n  {NAME}: |\n{textwrap.indent(templates, '    ')}"
        f"alertmanager_config: |\n{textwrap.indent(config, '  ')}"
    )


def routing(topic_arn: str, region: str, urgent_arn: str | None = None) -> dict[str, Any]:
    """Returns Alertmanager's configuration: alerts go to the topic, but for those that
    are only displayed; critical ones to the urgent topic too, if there is one."""
    routes: list[dict[str, Any]] = [
        {"receiver": "null", "matchers": [NO_ALERTS]},
        {"receiver": "null", "matchers": ['severity = "info"']},
    ]
    receivers = [{"name": "null"}, _receiver("sns", topic_arn, region)]
    if urgent_arn is not None:
        # An alert that a route matched does not go to the receiver above all routes:
        # the last route is for all.
        routes += [
            {"receiver": "urgent", "matchers": ['severity = "critical"'], "continue": True},
            {"receiver": "sns"},
        ]
        receivers.append(_receiver("urgent", urgent_arn, region))
    return {
        "templates": [NAME],
        "route": {"receiver": "sns", "group_by": ["namespace", "alertname"], "routes": routes},
        "inhibit_rules": [_inhibition(*one) for one in INHIBITIONS],
        "receivers": receivers,
    }


def _inhibition(source: str, target: str, equal: Sequence[str]) -> dict[str, Any]:
    return {"source_matchers": [source], "target_matchers": [target], "equal": list(equal)}


def _receiver(name: str, topic_arn: str, region: str) -> dict[str, Any]:
    settings = {
        "topic_arn": topic_arn,
        "sigv4": {"region": region},
        "send_resolved": True,
        "subject": f'{{{{ template "{NAME}.subject" . }}}}',
        "message": f'{{{{ template "{NAME}.message" . }}}}',
    }
    return {"name": name, "sns_configs": [settings]}
