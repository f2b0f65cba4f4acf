"""`groundplan verify` says whether a workspace of Prometheus can notify anybody."""

from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped]
from groundplan.operations import verify, workspace
from groundplan.operations.utilization.prometheus import Unreachable

ID = "ws-0123abcd"
DAY = "2026-11-28T00:00:00Z"
ARN = f"arn:aws:aps:eu-west-1:123456789012:workspace/{ID}"
FAILED = {"statusCode": "CREATION_FAILED", "statusReason": "a matcher is wrong"}


def client(rules: dict[str, str] | None, manager: dict[str, str]) -> Any:
    found = boto3.client(
        "amp",
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",  # noqa: S106 (of a stub)
    )
    stub = Stubber(found)
    active = {"statusCode": "ACTIVE"}
    stub.add_response(
        "describe_workspace",
        {"workspace": {"workspaceId": ID, "arn": ARN, "status": active, "createdAt": DAY}},
    )
    one = {"arn": f"{ARN}/rules", "name": "rules", "createdAt": DAY, "modifiedAt": DAY}
    namespaces = [] if rules is None else [{**one, "status": rules}]
    stub.add_response("list_rule_groups_namespaces", {"ruleGroupsNamespaces": namespaces})
    stub.add_response(
        "describe_alert_manager_definition",
        {
            "alertManagerDefinition": {
                "status": manager,
                "data": b"",
                "createdAt": DAY,
                "modifiedAt": DAY,
            }
        },
    )
    stub.activate()
    return found


def unreachable() -> int:
    raise Unreachable("it does not answer")


ACTIVE = {"statusCode": "ACTIVE"}


@pytest.mark.parametrize(
    ("rules", "manager", "targets", "failed"),
    [
        (ACTIVE, ACTIVE, lambda: 12, {}),
        (FAILED, ACTIVE, lambda: 12, {"rules rules": "CREATION_FAILED a matcher is wrong"}),
        (ACTIVE, FAILED, lambda: 12, {"alert manager": "CREATION_FAILED a matcher is wrong"}),
        (
            None,
            ACTIVE,
            lambda: 0,
            {
                "rules": "none: no alert of the cluster and its services fires",
                "metrics": "none arrive",
            },
        ),
        (ACTIVE, ACTIVE, unreachable, {"metrics": "it does not answer"}),
    ],
    ids=["well", "rules", "alert manager", "nothing", "unreachable"],
)
def test_what_is_not_well_is_a_failed_check(
    rules: Any, manager: Any, targets: Any, failed: dict[str, str]
) -> None:
    found = list(workspace.findings(client(rules, manager), ID, targets))
    assert {what: detail for what, ok, detail in found if not ok} == failed


def test_verification_looks_at_the_workspace_that_the_stack_exports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Account:
        amp = client(ACTIVE, ACTIVE)

    monkeypatch.setattr(workspace, "targets_of", lambda _: lambda: 3)
    account: Any = Account()
    exports = {"prometheusWorkspaceId": ID, "prometheusEndpoint": "https://aps/"}
    checks = verify.verify(account, exports, {})
    assert {check.subject for check in checks} == {f"metrics {ID}"}
    assert all(check.ok for check in checks)
    assert [check.what for check in checks] == ["active", "rules rules", "alert manager", "metrics"]
