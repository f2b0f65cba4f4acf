"""Whether a workspace of Amazon Managed Service for Prometheus evaluates and sends the
alerts of an environment, and gets metrics."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from groundplan.operations.utilization.prometheus import Prometheus, Unreachable

ACTIVE = "ACTIVE"

Findings = Iterator[tuple[str, bool, str]]
"""What was looked at, whether it is well, and a detail."""


def findings(client: Any, workspace_id: str, targets: Callable[[], int]) -> Findings:
    """Yields what is known of a workspace. `client`: boto3's, of Amazon Managed Service
    for Prometheus. `targets`: returns the number of targets whose samples arrive, and
    raises `Unreachable`."""
    known = client.describe_workspace(workspaceId=workspace_id)["workspace"]
    yield _state("active", known)
    pages = client.get_paginator("list_rule_groups_namespaces").paginate(workspaceId=workspace_id)
    rules = [namespace for page in pages for namespace in page["ruleGroupsNamespaces"]]
    if not rules:
        yield "rules", False, "none: no alert of the cluster and its services fires"
    for namespace in rules:
        yield _state(f"rules {namespace['name']}", namespace)
    manager = client.describe_alert_manager_definition(workspaceId=workspace_id)
    yield _state("alert manager", manager["alertManagerDefinition"])
    try:
        count = targets()
    except Unreachable as error:
        yield "metrics", False, str(error)
        return
    yield "metrics", count > 0, f"of {count} targets" if count else "none arrive"


def targets_of(endpoint: str) -> Callable[[], int]:
    """Returns what counts the targets whose samples a workspace gets."""

    def count() -> int:
        found = Prometheus(endpoint.rstrip("/")).vector("count(up)")
        return int(found[0][1]) if found else 0

    return count


def _state(what: str, known: Mapping[str, Any]) -> tuple[str, bool, str]:
    status = known["status"]
    detail = " ".join(str(status[key]) for key in ("statusCode", "statusReason") if key in status)
    return what, status["statusCode"] == ACTIVE, detail
