"""Rules that a workspace of Amazon Managed Service for Prometheus evaluates, as plain
data, and the arguments by which components name the workspace.

Rules are the same data for Prometheus in a cluster, where the operator reads them from
a PrometheusRule; a workspace reads no objects of a cluster.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import yaml

from groundplan.arguments import known
from groundplan.problems import Problem

MOST_BYTES = 1024 * 1024
"""Size of the definition of a rule group namespace."""
MOST_RULES = 2000
"""Rules of a workspace, a quota that AWS raises on request. Service Quotas has both
(L-C62641E3, L-3D15CDB4); the values are from memory, as AWS's page of quotas could not
be opened on 2026-11-28."""

MOST_RULES = 2000
"""Rules of a workspace, a quota that AWS raises on request. From memory too."""

LABEL = r"[a-zA-Z_][a-zA-Z0-9_]*"
"""Prometheus documentation, "Data model", metric labels."""


class ManagedPrometheusArgs(TypedDict):
    """The workspace of Amazon Managed Service for Prometheus that evaluates alerts."""

    workspace_id: pulumi.Input[str]
    """ID of the workspace: `MonitoringStack.prometheus_workspace_id`. Changing it
    replaces the rules."""
    labels: NotRequired[Mapping[str, str]]
    """Labels of all alerts, such as `owner`. Default: none. Updates in place."""


def problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of the workspace."""
    found: list[Problem] = []
    workspace = args.get("workspace_id")
    if known(workspace) and not workspace:
        found.append(Problem("workspace_id", workspace, "the ID of a workspace: ws-..."))
    return found


def namespace_text(groups: Sequence[Mapping[str, Any]]) -> str:
    """Returns the definition of a rule group namespace."""
    text: str = yaml.safe_dump({"groups": list(groups)}, sort_keys=False, width=100)
    return text
