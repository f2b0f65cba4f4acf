import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.search_encrypted import RULE

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]

DOMAIN = "aws:opensearch/domain:Domain"
SECURITY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
GOOD: dict[str, Any] = {
    "encryptAtRest": {"enabled": True},
    "nodeToNodeEncryption": {"enabled": True},
    "domainEndpointOptions": {
        "enforceHttps": True,
        "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10",
    },
}


@pytest.mark.parametrize("kind", [DOMAIN, "aws:elasticsearch/domain:Domain"])
def test_an_encrypted_domain_complies(build: Build, check_rule: CheckRule, kind: str) -> None:
    assert check_rule(RULE, build(kind, "logs", GOOD)) == []


def test_what_is_not_known_complies(build: Build, check_rule: CheckRule) -> None:
    unknown = dict.fromkeys(GOOD, "${unknown until config}")
    assert check_rule(RULE, build(DOMAIN, "logs", unknown)) == []


@pytest.mark.parametrize(
    ("changed", "reason", "path"),
    [
        ({"encryptAtRest": None}, "stores its indexes unencrypted", "encryptAtRest.enabled"),
        (
            {"encryptAtRest": {"enabled": False}},
            "stores its indexes unencrypted",
            "encryptAtRest.enabled",
        ),
        (
            {"nodeToNodeEncryption": [{"enabled": False}]},
            "sends data between its nodes unencrypted",
            "nodeToNodeEncryption.enabled",
        ),
        (
            {"domainEndpointOptions": {**GOOD["domainEndpointOptions"], "enforceHttps": False}},
            "answers requests without TLS",
            "domainEndpointOptions.enforceHttps",
        ),
    ],
)
def test_a_domain_that_is_not_encrypted_is_named(
    build: Build, check_rule: CheckRule, changed: Any, reason: str, path: str
) -> None:
    domain = build(DOMAIN, "logs", {**GOOD, **changed})
    assert check_rule(RULE, domain) == [Breach(domain.urn, f"search domain logs {reason}", path)]


@pytest.mark.parametrize("tls", [None, "Policy-Min-TLS-1-0-2019-07"])
def test_old_tls_is_named(build: Build, check_rule: CheckRule, tls: Any) -> None:
    options = {"enforceHttps": True, "tlsSecurityPolicy": tls}
    (breach,) = check_rule(RULE, build(DOMAIN, "logs", {**GOOD, "domainEndpointOptions": options}))
    assert (breach.severity, breach.reason) == (
        Severity.MEDIUM,
        "search domain logs accepts TLS 1.0",
    )


@pytest.mark.parametrize(("own", "count"), [(True, 1), (False, 0)])
def test_a_collection_has_a_key_of_ones_own(
    build: Build, check_rule: CheckRule, own: bool, count: int
) -> None:
    inputs = {"type": "encryption", "policy": json.dumps({"AWSOwnedKey": own})}
    found = check_rule(RULE, build(SECURITY, "logs", inputs))
    assert [breach.severity for breach in found] == [Severity.LOW] * count
    other = {"type": "network", "policy": "${unknown until config}"}
    assert check_rule(RULE, build(SECURITY, "logs", other)) == []
