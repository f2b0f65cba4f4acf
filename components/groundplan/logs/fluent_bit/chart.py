"""The chart of Fluent Bit, and its values.

The keys are those of the chart's values.yaml at the pinned version, read in
fluent/helm-charts@5b81bf7a (2026-08-18), charts/fluent-bit. The chart has no schema: it
ignores unknown keys silently. It expands templates in the configuration and the
script, which therefore hold no `{{`.
"""

from collections.abc import Mapping
from typing import Any

from groundplan.kubernetes import pod_security
from groundplan.kubernetes.chart_reference import Chart
from groundplan.logs.fluent_bit import configuration
from groundplan.logs.fluent_bit.configuration import (
    PASSWORD,
    REGION,
    SCRIPT,
    USER,
    CloudWatch,
    Output,
)
from groundplan.logs.fluent_bit.names import PORT, RELEASE, SERVICE_ACCOUNT, STATE

CHART = Chart(RELEASE, "0.58.1", "https://fluent.github.io/helm-charts")

IMAGE = {
    "tag": "5.1.2",
    # Public pins of this tag of cr.fluentbit.io/fluent/fluent-bit, 2026-11-28; the
    # chart's own is 5.1.1, by tag alone.
    "digest": "sha256:d792375ca8e53be72fc25716c28f291f32c6fc6f4f31d12d0d14bc78cefe9226",
}

REQUEST_MIB = 64
"""What Fluent Bit uses where little is logged; the node keeps as much for it."""


def values(
    output: CloudWatch | Output, *, environment: str, teams: Mapping[str, str], memory_mib: int
) -> dict[str, Any]:
    """Returns the values of the release. `teams`: namespace -> the team that owns
    it."""
    parts = configuration.sections(output)
    return {
        "image": IMAGE,
        "serviceAccount": {"name": SERVICE_ACCOUNT},
        # Every node, whatever its taints: accelerators', pools', and of a node that is
        # not ready, whose lines say why.
        "tolerations": [{"operator": "Exists"}],
        # Jobs fill a node, and are not evicted for it; it is not evicted for them.
        "priorityClassName": "system-node-critical",
        "resources": {
            "requests": {"cpu": "50m", "memory": f"{REQUEST_MIB}Mi"},
            "limits": {"memory": f"{memory_mib}Mi"},
        },
        # Files of containers belong to root and are readable by it alone; root without
        # capabilities reads its own files and no others.
        "securityContext": {
            "runAsUser": 0,
            **pod_security.CONTAINER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        # In place of the chart's: no Docker, no machine ID, and nothing of the node to
        # write to but its own folder.
        "daemonSetVolumes": [
            {"name": "varlog", "hostPath": {"path": "/var/log"}},
            {"name": "state", "hostPath": {"path": STATE, "type": "DirectoryOrCreate"}},
        ],
        "daemonSetVolumeMounts": [
            {"name": "varlog", "mountPath": "/var/log", "readOnly": True},
            {"name": "state", "mountPath": STATE},
        ],
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}},
        # Longer than a flush: what is in memory reaches the output or the disk.
        "terminationGracePeriodSeconds": 30,
        "metricsPort": PORT,
        # Its pod has no digest, and would run in a namespace with access to all logs.
        "testFramework": {"enabled": False},
        "env": _environment(output),
        "luaScripts": {SCRIPT: configuration.script(environment, teams)},
        "config": {
            **{key: configuration.text(part) for key, part in parts.items()},
            "customParsers": "",
        },
    }


def _environment(output: CloudWatch | Output) -> list[dict[str, Any]]:
    """Returns what the configuration reads of its environment."""
    if isinstance(output, CloudWatch):
        return [{"name": REGION, "value": output.region}]
    if output.secret_name is None:
        return []
    keys = {USER: "user", PASSWORD: "password"}
    return [
        {
            "name": variable,
            "valueFrom": {"secretKeyRef": {"name": output.secret_name, "key": key}},
        }
        for variable, key in keys.items()
    ]
