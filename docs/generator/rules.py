"""docs/rules.md: every rule of the policy, from its definition."""

from groundplan.policy.rules import RULES

from generator.markdown import cell, inline
from generator.paths import NOTE


def page() -> str:
    """Returns the page."""
    rules = sorted(RULES, key=lambda rule: rule.name)
    lines = [
        NOTE,
        "# The policy rules",
        "",
        "`groundplan preview` checks every manifest against these rules, and the policy",
        "pack in `policy/` serves them to the Pulumi engine: `make pack` sets up its environment,",
        "`pulumi preview --policy-pack policy/` runs it.",
        "",
        "| Rule | Severity | |",
        "| --- | --- | --- |",
        *(
            f"| [`{rule.name}`](#{rule.name}) | {rule.severity.value} | {cell(rule.summary)} |"
            for rule in rules
        ),
        "",
    ]
    for rule in rules:
        lines += [f"## {rule.name}", "", f"{inline(rule.summary)} Severity: {rule.severity.value}."]
        lines += ["", inline(rule.reason), "", f"Fix: {inline(rule.fix)}.", ""]
        if rule.url:
            lines += [f"[Documentation]({rule.url})", ""]
    return "\n".join(lines).rstrip() + "\n"
