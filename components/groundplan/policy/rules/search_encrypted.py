"""Checks that search domains and collections are encrypted, at rest and on the way."""

from collections.abc import Iterator
from typing import Any

from groundplan.catalog.aws.opensearch import DOMAIN
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.documents import parsed
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, on, unknown

SECURITY_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
OLD_TLS = "Policy-Min-TLS-1-0-2019-07"

SWITCHES = {
    "encryptAtRest.enabled": "stores its indexes unencrypted",
    "nodeToNodeEncryption.enabled": "sends data between its nodes unencrypted",
    "domainEndpointOptions.enforceHttps": "answers requests without TLS",
}
"""Inputs that have to be true -> what it means if they are not."""


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type in DOMAIN.tokens:
        yield from _domain(resource)
    elif resource.type == SECURITY_POLICY and resource.inputs.get("type") == "encryption":
        policy = parsed(resource.inputs.get("policy"))
        if at(policy, "AWSOwnedKey") is True:
            reason = f"the collections of {resource.name} are encrypted with a key of AWS's own"
            fix = "set AWSOwnedKey to false, and KmsARN to a key of yours"
            yield Breach(resource.urn, reason, "policy", Severity.LOW, fix)


def _domain(domain: Resource) -> Iterator[Breach]:
    for path, reason in SWITCHES.items():
        value = at(domain.inputs, *path.split("."))
        if not on(value) and not unknown(value):
            yield Breach(domain.urn, f"search domain {domain.name} {reason}", path)
    tls = at(domain.inputs, "domainEndpointOptions", "tlsSecurityPolicy")
    if _is_old(tls):
        reason = f"search domain {domain.name} accepts TLS 1.0"
        fix = "set tls_security_policy to Policy-Min-TLS-1-2-PFS-2023-10"
        yield Breach(
            domain.urn, reason, "domainEndpointOptions.tlsSecurityPolicy", Severity.MEDIUM, fix
        )


def _is_old(tls: Any) -> bool:
    """Without a policy, AWS takes the oldest."""
    return tls is None or tls == OLD_TLS


RULE = Rule(
    name="search-encrypted",
    severity=Severity.HIGH,
    summary="Search domains are encrypted at rest, between nodes and by TLS 1.2 or newer.",
    reason=(
        "Indexes hold what applications log and store. Encryption at rest can't be turned off "
        "again, and on old versions not be turned on without a new domain."
    ),
    fix=(
        "set encrypt_at_rest, node_to_node_encryption and domain_endpoint_options.enforce_https "
        "to true"
    ),
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/opensearch-controls.html",
)
