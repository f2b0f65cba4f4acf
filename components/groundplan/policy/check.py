"""Checks a manifest against the rules."""

from collections.abc import Callable, Iterable

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Finding, Rule, Severity
from groundplan.policy.rules import RULES

ORDER = {severity: rank for rank, severity in enumerate(Severity)}
"""Worst first."""


def check(
    manifest: Manifest,
    source_of: Callable[[Resource], str] = lambda _: "",
    rules: Iterable[Rule] = RULES,
) -> list[Finding]:
    """Returns the findings of the rules, worst first, then by rule and URN. `source_of`
    returns the source of a resource: `file:line`."""
    order = {}
    for rule in rules:
        for resource in manifest.resources:
            for breach in rule.check(resource, manifest):
                at = manifest.by_urn.get(breach.urn, resource)
                finding = Finding(
                    rule=rule.name,
                    severity=breach.severity or rule.severity,
                    urn=breach.urn,
                    reason=breach.reason,
                    fix=breach.fix or rule.fix,
                    property=breach.property,
                    source=source_of(at),
                    component=component(at, manifest),
                    settings_fix=breach.settings_fix or rule.settings_fix,
                )
                order[finding] = (
                    ORDER[finding.severity],
                    rule.name,
                    breach.urn,
                    breach.property,
                    breach.reason,
                )
    return sorted(order, key=order.__getitem__)


def component(resource: Resource, manifest: Manifest) -> str:
    """Returns the name of the outermost component of a resource (its own, if it is
    one); empty for a resource without one."""
    name = "" if resource.custom else resource.name
    while resource.parent and resource.parent in manifest.by_urn:
        resource = manifest.by_urn[resource.parent]
        if not resource.custom:
            name = resource.name
    return name
