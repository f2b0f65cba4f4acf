"""What Alertmanager's notifications by SNS have in common, in a cluster and in a
workspace: their subject, and which alert takes the place of which."""

from collections.abc import Sequence
from typing import Any

_ASCII = 'reReplaceAll "[^ -~]" "?"'
SUBJECT = (
    "[{{ .Status | toUpper }}] "
    f'{{{{ {_ASCII} .GroupLabels.alertname | printf "%.60s" }}}}'
    f'{{{{ with .CommonLabels.severity }}}} ({{{{ {_ASCII} . | printf "%.20s" }}}}){{{{ end }}}}'
)
"""SNS refuses a notification whose subject has 100 characters or more, or one that is
not ASCII (API reference, Publish), and Alertmanager does not try it again: nobody would
hear of the alert. Its default subject has the values of all labels."""

INHIBITIONS = (
    # Those of the chart itself (values.yaml, `alertmanager.config`): Helm replaces
    # lists.
    ('severity = "critical"', 'severity =~ "warning|info"', ("namespace", "alertname")),
    ('severity = "warning"', 'severity = "info"', ("namespace", "alertname")),
    ('alertname = "InfoInhibitor"', 'severity = "info"', ("namespace",)),
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


def inhibitions() -> list[dict[str, Any]]:
    """Returns which alert takes the place of which, of the same labels: one
    notification for one fault."""
    return [_inhibition(*one) for one in INHIBITIONS]


def _inhibition(source: str, target: str, equal: Sequence[str]) -> dict[str, Any]:
    return {"source_matchers": [source], "target_matchers": [target], "equal": list(equal)}
