"""Serves the rules of `groundplan.policy` to the Pulumi engine: `pulumi preview
--policy-pack policy/`, after `make pack`.

What is high or critical stops the deployment, the rest is advice.
`--policy-pack-config` can make a rule stricter or switch it off: `{"bucket-versioned":
"mandatory", "data-protected": "disabled"}`.
"""

from collections.abc import Collection

from groundplan.policy import finding, pack
from groundplan.policy.finding import Rule
from groundplan.policy.rules import RULES
from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

# The rules are about inputs. The engine shows those one resource at a time, and the
# whole stack with outputs.
inputs = {}


def read(args: ResourceValidationArgs, _report: ReportViolation) -> None:
    inputs[args.urn] = pack.plain(args.props, UnknownValueError)


def policy(
    rule: Rule, name: str, stops: bool, severities: Collection[finding.Severity]
) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        manifest = pack.manifest_of(args.resources, inputs, UnknownValueError)
        for breach in pack.breaches(rule, manifest, severities):
            report(pack.violation_text(rule, breach), breach.urn)

    return StackValidationPolicy(
        name=name,
        description=rule.summary,
        validate=validate,
        enforcement_level=EnforcementLevel.MANDATORY if stops else EnforcementLevel.ADVISORY,
        severity=Severity(rule.severity.value),
        remediation_steps=rule.fix,
        url=rule.url,
    )


PolicyPack(
    "groundplan",
    policies=[
        ResourceValidationPolicy(
            name="inputs", description="Reads the inputs for the rules.", validate=read
        ),
        *(policy(rule, *part) for rule in RULES for part in pack.parts(rule)),
    ],
    enforcement_level=EnforcementLevel.ADVISORY,
)
