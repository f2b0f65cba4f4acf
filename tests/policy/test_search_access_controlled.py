import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.search_access_controlled import RULE

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]

DOMAIN = "aws:opensearch/domain:Domain"
SECURITY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
GOOD: dict[str, Any] = {
    "vpcOptions": {"subnetIds": ["subnet-a"]},
    "advancedSecurityOptions": {"enabled": True, "anonymousAuthEnabled": False},
    "logPublishingOptions": [{"logType": "AUDIT_LOGS", "enabled": True}],
}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"vpcOptions": "${unknown until network}"},
        {"logPublishingOptions": [{"logType": "AUDIT_LOGS"}]},
        {"logPublishingOptions": "${unknown until config}"},
        {"advancedSecurityOptions": [{"enabled": "${unknown until config}"}]},
    ],
)
def test_a_domain_that_knows_who_asks_complies(
    build: Build, check_rule: CheckRule, changed: Any
) -> None:
    assert check_rule(RULE, build(DOMAIN, "logs", {**GOOD, **changed})) == []


@pytest.mark.parametrize(
    ("changed", "reason", "path"),
    [
        ({"vpcOptions": None}, "has an endpoint on the internet", "vpcOptions"),
        ({"vpcOptions": {"subnetIds": []}}, "has an endpoint on the internet", "vpcOptions"),
        (
            {"advancedSecurityOptions": None},
            "gives everybody whom it lets in all of its indexes",
            "advancedSecurityOptions.enabled",
        ),
        (
            {"advancedSecurityOptions": {"enabled": True, "anonymousAuthEnabled": True}},
            "lets in who has no name",
            "advancedSecurityOptions.anonymousAuthEnabled",
        ),
        ({"logPublishingOptions": None}, "logs no refused request", "logPublishingOptions"),
        (
            {"logPublishingOptions": [{"logType": "AUDIT_LOGS", "enabled": False}]},
            "logs no refused request",
            "logPublishingOptions",
        ),
        (
            {"logPublishingOptions": [{"logType": "SEARCH_SLOW_LOGS"}]},
            "logs no refused request",
            "logPublishingOptions",
        ),
    ],
)
def test_a_domain_that_is_open_is_named(
    build: Build, check_rule: CheckRule, changed: Any, reason: str, path: str
) -> None:
    domain = build(DOMAIN, "logs", {**GOOD, **changed})
    (breach,) = check_rule(RULE, domain)
    assert (breach.reason, breach.property) == (f"search domain logs {reason}", path)


@pytest.mark.parametrize(("public", "count"), [(True, 1), (False, 0)])
def test_a_collection_is_reached_in_a_vpc_only(
    build: Build, check_rule: CheckRule, public: bool, count: int
) -> None:
    inputs = {"type": "network", "policy": json.dumps([{"AllowFromPublic": public}])}
    assert len(check_rule(RULE, build(SECURITY, "logs", inputs))) == count
    unknown = {"type": "network", "policy": "${unknown until endpoint}"}
    assert check_rule(RULE, build(SECURITY, "logs", unknown)) == []
