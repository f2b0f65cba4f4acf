"""docs/rules.md: every rule of the policy and every kind of risk, from their
definitions."""

from collections.abc import Iterator

from groundplan.policy.rules import RULES
from groundplan.risk.kinds import KINDS

from generator.markdown import cell, inline
from generator.paths import NOTE

ACCEPT = """\
## Accept a finding or a risk

What a rule or a risk names is fixed, or accepted by somebody until a day: in the
settings, in a file beside the program, or in the program. [Accept findings and
risks](guides/accept-findings.md) shows all three.

```yaml
config:
  groundplan:acceptedFindings:
    - rule: {rule}
      resource: data-logs
      reason: generated again every night
      owner: ml-platform
      expires: "2027-02-28"
    - risk: {risk}
      resource: data-logs
      reason: moves to the bucket of the platform team
      owner: ml-platform
      expires: "2027-02-28"
```"""


def page() -> str:
    """Returns the page."""
    lines = [
        NOTE,
        "# Policy rules and risks",
        "",
        "`groundplan preview` checks every manifest against the rules, and the policy",
        "pack in `policy/` serves them to the Pulumi engine: `make pack` sets up its environment,",
        "`pulumi preview --policy-pack policy/` runs it. Risks are those of a change: with",
        "`--base` the preview compares with a revision, a manifest or the deployed state.",
        "",
        ACCEPT.format(rule="bucket-versioned", risk="data-loss"),
        "",
        *_rules(),
        *_kinds(),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _rules() -> Iterator[str]:
    rules = sorted(RULES, key=lambda rule: rule.name)
    yield from ("## Rules", "", "| Rule | Severity | |", "| --- | --- | --- |")
    for rule in rules:
        yield f"| [`{rule.name}`](#{rule.name}) | {rule.severity.value} | {cell(rule.summary)} |"
    yield ""
    for rule in rules:
        severity = f"Severity: {rule.severity.value}."
        yield from (f"### {rule.name}", "", f"{inline(rule.summary)} {severity}", "")
        yield from (inline(rule.reason), "", *_fix(rule.fix, rule.settings_fix))
        yield from _accept("rule", rule.name)
        if rule.url:
            yield from (f"[Documentation]({rule.url})", "")


def _kinds() -> Iterator[str]:
    yield from ("## Kinds of risk", "", "| Kind | |", "| --- | --- |")
    for kind in KINDS:
        yield f"| [`{kind.name}`](#risk-{kind.name}) | {cell(kind.summary)} |"
    yield ""
    for kind in KINDS:
        yield from (f"### Risk: {kind.name}", "", inline(kind.summary), "", inline(kind.levels), "")
        yield from _fix(kind.fix, kind.settings_fix)
        yield from _accept("risk", kind.name)


def _fix(fix: str, settings_fix: str) -> Iterator[str]:
    yield from (f"Fix: {inline(fix)}.", "")
    if settings_fix:
        yield from (f"In settings: {inline(settings_fix)}.", "")


def _accept(subject: str, name: str) -> Iterator[str]:
    yield from (f"Accept: `{subject}: {name}` ([how](#accept-a-finding-or-a-risk)).", "")
