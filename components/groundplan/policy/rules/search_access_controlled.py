"""Checks that search domains and collections are in a VPC, and know who asks."""

from collections.abc import Iterator
from typing import Any

from groundplan.catalog.aws.opensearch import DOMAIN
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.documents import parsed
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, objects, on, unknown

SECURITY_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type in DOMAIN.tokens:
        yield from _domain(resource)
    elif resource.type == SECURITY_POLICY and resource.inputs.get("type") == "network":
        rules = parsed(resource.inputs.get("policy"))
        if any(rule.get("AllowFromPublic") is True for rule in objects(rules)):
            reason = f"the collections of {resource.name} are reached from the internet"
            fix = "set AllowFromPublic to false, and SourceVPCEs to a VPC endpoint"
            yield Breach(resource.urn, reason, "policy", fix=fix)


def _domain(domain: Resource) -> Iterator[Breach]:
    inputs = domain.inputs
    if not at(inputs, "vpcOptions", "subnetIds"):
        reason = f"search domain {domain.name} has an endpoint on the internet"
        fix = "set vpc_options: a new domain, to which the indexes are restored from a snapshot"
        yield Breach(domain.urn, reason, "vpcOptions", fix=fix)
    options = inputs.get("advancedSecurityOptions")
    enabled = at(options, "enabled")
    if not on(enabled) and not unknown(enabled):
        reason = f"search domain {domain.name} gives everybody whom it lets in all of its indexes"
        yield Breach(domain.urn, reason, "advancedSecurityOptions.enabled")
    elif on(at(options, "anonymousAuthEnabled")):
        reason = f"search domain {domain.name} lets in who has no name"
        fix = "set anonymous_auth_enabled to false"
        yield Breach(domain.urn, reason, "advancedSecurityOptions.anonymousAuthEnabled", fix=fix)
    if not _audited(inputs.get("logPublishingOptions")):
        reason = f"search domain {domain.name} logs no refused request"
        fix = "publish AUDIT_LOGS to a log group"
        settings_fix = "set search.domain.auditLog to true"
        yield Breach(domain.urn, reason, "logPublishingOptions", Severity.MEDIUM, fix, settings_fix)


def _audited(options: Any) -> bool:
    """An option that isn't known yet may be the one."""
    if unknown(options):
        return True
    return any(
        unknown(option.get("logType"))
        or (option.get("logType") == "AUDIT_LOGS" and option.get("enabled") is not False)
        for option in objects(options)
    )


RULE = Rule(
    name="search-access-controlled",
    severity=Severity.HIGH,
    summary="Search domains are in a VPC, with fine-grained access control and an audit log.",
    reason=(
        "Without fine-grained access control, who reaches a domain reads and deletes all of its "
        "indexes; without an audit log nobody knows that it was tried."
    ),
    fix="set advanced_security_options.enabled to true, with a master user",
    check=check,
    url="https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html",
)
