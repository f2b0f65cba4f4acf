"""The definition of a workspace's alert manager, in the dialect of Amazon Managed
Service for Prometheus: Alertmanager's configuration and its templates as texts in one
document (User Guide, "Create an alert manager configuration").

Receivers publish to SNS, or do nothing, as one without a configuration. `api_url` and
`http_config` are not allowed, `sigv4` needs a region (same guide, "Configure alert
manager to send messages to your Amazon SNS topic").
"""

import textwrap
from typing import Any

import yaml

from groundplan.monitoring import alert_text

TEMPLATES = """\
{{ define "groundplan.subject" -}}
SUBJECT
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

NAME = "groundplan"

NO_ALERTS = 'alertname =~ "Watchdog|InfoInhibitor"'
"""Watchdog always fires, to prove that alerting works; InfoInhibitor inhibits other
alerts."""


def definition(topic_arn: str, region: str, runbook: str, urgent_arn: str | None = None) -> str:
    """Returns the definition. `runbook`: that of alerts which name none, as those of
    the chart on their own pages."""
    config = yaml.safe_dump(routing(topic_arn, region, urgent_arn), sort_keys=False, width=100)
    templates = TEMPLATES.replace("SUBJECT", alert_text.SUBJECT).replace("RUNBOOK", runbook)
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
        "inhibit_rules": alert_text.inhibitions(),
        "receivers": receivers,
    }


def _receiver(name: str, topic_arn: str, region: str) -> dict[str, Any]:
    settings = {
        "topic_arn": topic_arn,
        "sigv4": {"region": region},
        "send_resolved": True,
        "subject": f'{{{{ template "{NAME}.subject" . }}}}',
        "message": f'{{{{ template "{NAME}.message" . }}}}',
    }
    return {"name": name, "sns_configs": [settings]}
