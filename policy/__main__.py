"""Serves the rules of `groundplan.policy` to the Pulumi engine: `pulumi preview
--policy-pack policy/`, after `make pack`.

What is high or critical stops the deployment, the rest is advice.
`--policy-pack-config` can make a rule stricter or switch it off: `{"bucket-versioned":
"mandatory", "data-protected": "disabled"}`. What the stack accepts
(docs/guides/accept-findings.md) isn't a violation until it expires.
"""

import datetime
import pathlib
from collections.abc import Collection
from functools import cache

import pulumi
from groundplan.acceptance import validation
from groundplan.manifest import accepted_findings
from groundplan.manifest.accepted_findings import Written
from groundplan.manifest.model import Manifest
from groundplan.policy import accepted, finding, pack
from groundplan.policy.finding import Rule
from groundplan.policy.rules import RULES
from groundplan.risk import kinds
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


TODAY = datetime.date.today()
CHECK = validation.checks([rule.name for rule in RULES], kinds.NAMES, TODAY)


@cache
def accepted_by_files(project: str, stack: str) -> Written:
    """What the stack's settings and accepted.<stack>.yaml accept."""
    values = {
        f"{namespace}:{accepted_findings.KEY}": text
        for namespace in (accepted_findings.NAMESPACE, project)
        if (text := pulumi.Config(namespace).get(accepted_findings.KEY))
    }
    folders = accepted.folders_of_pack(pathlib.Path(__file__).resolve().parent)
    root = accepted.project_folder(folders, project)
    return accepted_findings.of_values(project, stack, values, root, CHECK)


def accepted_in(manifest: Manifest) -> accepted.Accepted:
    files = accepted_by_files(manifest.project, manifest.stack)
    return accepted.of_stack(manifest, files, TODAY, CHECK)


def advise(args: StackValidationArgs, report: ReportViolation) -> None:
    manifest = pack.manifest_of(args.resources, inputs, UnknownValueError)
    for sentence in accepted_in(manifest).advice(RULES, manifest):
        report(sentence)


def refuse(args: StackValidationArgs, report: ReportViolation) -> None:
    manifest = pack.manifest_of(args.resources, inputs, UnknownValueError)
    for problem in accepted_in(manifest).problems:
        report(problem)


def policy(
    rule: Rule, name: str, stops: bool, severities: Collection[finding.Severity]
) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        manifest = pack.manifest_of(args.resources, inputs, UnknownValueError)
        known = accepted_in(manifest)
        for breach in pack.breaches(rule, manifest, severities):
            if not known.is_accepted(rule, breach):
                report(pack.violation_text(rule, breach) + known.note(rule, breach), breach.urn)

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
        StackValidationPolicy(
            name="accepted-findings",
            description="Findings are accepted with reason, owner and date.",
            validate=advise,
            enforcement_level=EnforcementLevel.ADVISORY,
        ),
        StackValidationPolicy(
            name="accepted-findings-valid",
            description="Accepted findings have a reason, an owner and a date within a year.",
            validate=refuse,
            enforcement_level=EnforcementLevel.MANDATORY,
        ),
        *(policy(rule, *part) for rule in RULES for part in pack.parts(rule)),
    ],
    enforcement_level=EnforcementLevel.ADVISORY,
)
