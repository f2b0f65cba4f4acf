"""Texts that the reports share: symbols, counts, amounts, the summary line of a
stack."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from groundplan.cost.estimate import Estimate
from groundplan.diff.changes import ABSENT, Kind
from groundplan.diff.unknown_values import brief
from groundplan.manifest import documents
from groundplan.manifest.model import SECRET, Resource
from groundplan.manifest.printable import one_line
from groundplan.manifest.printable import printable as printable
from groundplan.report.judged import needs_attention
from groundplan.report.judged import tally as tally_of_accepted
from groundplan.report.model import Report
from groundplan.risk.risk import Level, Risk

line = one_line

SYMBOLS = {
    Kind.CREATE: "+",
    Kind.UPDATE: "~",
    Kind.REPLACE: "-/+",
    Kind.DELETE: "-",
    Kind.RETAIN: "-=",
    Kind.RENAME: "↷",
    Kind.MOVE: "↷",
}
"""The kinds of change as signs that are readable without colour."""

DONE = {
    Kind.CREATE: "to create",
    Kind.UPDATE: "to update",
    Kind.REPLACE: "to replace",
    Kind.DELETE: "to delete",
    Kind.RETAIN: "removed from the stack, retained",
    Kind.RENAME: "renamed",
    Kind.MOVE: "moved",
}

FORCES = "forces replacement"
REFUSED = "refused"

LONGEST_MESSAGE = 200
"""Characters of a failure's message in a summary line."""

UNKNOWN = "unknown"
"""The text for what has no known price."""

MOST_UNPRICED = 3
"""Resources without a price that a summary line names."""

SECRET_SIGN = "4dabf18193072939515e22adb298388d"
"""The key that marks a secret in a state: pulumi, sdk/go/common/resource/sig/sig.go."""


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 resource`, `1,200 resources`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or noun + 's'}"


def usd(amount: float) -> str:
    """USD, without the unit: whole from 10 up, else with cents."""
    text = f"{amount:,.0f}" if abs(amount) >= 9.995 else f"{amount:,.2f}"
    return "0" if not text.strip("-0.,") else text


def signed(amount: float) -> str:
    """`+131`, `-20`, `0`."""
    text = usd(amount)
    return text if text == "0" or text.startswith("-") else f"+{text}"


def spread(low: float, high: float) -> str:
    """`300-900`; empty where both are the same."""
    return "" if usd(low) == usd(high) else f"{usd(low)}-{usd(high)}"


def fold(text: str, longest: int) -> str:
    """Returns the text itself or, if it is longer, its beginning and its end with the
    length in between."""
    if len(text) <= longest:
        return text
    middle = f"… {len(text):,} characters …"
    available = max(longest - len(middle), 2)
    return text[: available - available // 3] + middle + text[len(text) - available // 3 :]


def clear(value: Any) -> Any:
    """Returns the value with every secret that is still in it masked."""
    if isinstance(value, Mapping):
        return SECRET if SECRET_SIGN in value else {key: clear(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clear(item) for item in value]
    if isinstance(value, str) and SECRET_SIGN in value:
        document = documents.parse_json(value)
        return SECRET if document is None else json.dumps(clear(document), ensure_ascii=False)
    return value


def shown(value: Any) -> str:
    """A value as text: strings as they are, all else as JSON; empty for an absent
    value."""
    value = clear(value)
    if value is ABSENT:
        return ""
    if isinstance(value, Mapping) and "sha256" in value:
        return f"{value.get('asset', 'archive')} ({str(value['sha256'])[:12]})"
    if isinstance(value, str):
        return printable(brief(value)) if value else '""'
    return printable(brief(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)))


def kind_of(resource: Resource) -> str:
    """`[TrainingCluster]` of a component, `aws NodeGroup` of anything else."""
    package, _, _ = resource.type.partition(":")
    last = resource.type.rsplit(":", 1)[-1]
    return f"{package} {last}" if resource.custom else f"[{last}]"


def name_in(urn: str) -> str:
    """Returns the logical name in a URN."""
    return urn.rsplit("::", 1)[-1]


def where(source: str, setting: str) -> str:
    """Returns the line of a cause, with the key of its settings: `Pulumi.prod.yaml:12,
    groundplan:training.pools.gpu`."""
    return line(", ".join(part for part in (source, setting) if part))


def counts(report: Report) -> Mapping[Kind, int]:
    """Returns the number of changed resources of each kind."""
    if report.changes is None:
        return {}
    return report.changes.counts or Counter(change.kind for change in report.changes.changes)


def tally(numbers: Mapping[Kind, int], every: bool = False) -> str:
    """`1 to update, 2 renamed`; with `every`, the four main kinds even if they are
    0."""
    always = (Kind.CREATE, Kind.UPDATE, Kind.REPLACE, Kind.DELETE) if every else ()
    return ", ".join(
        f"{numbers.get(kind, 0):,} {DONE[kind]}"
        for kind in Kind
        if numbers.get(kind) or kind in always
    )


def levels(risks: Iterable[Risk]) -> str:
    """`2 high, 1 low risk`."""
    numbers = Counter(risk.level for risk in risks)
    listed = ", ".join(f"{numbers[level]:,} {level.value}" for level in Level if numbers[level])
    return f"{listed} {'risk' if sum(numbers.values()) == 1 else 'risks'}"


def is_unchanged(report: Report) -> bool:
    """Returns whether there is a base, and no difference to it."""
    changes = report.changes
    if changes is None or changes.changes or changes.outputs or report.message:
        return False
    if report.risks or report.new_findings or any(map(needs_attention, report.acceptances)):
        return False
    change = report.cost_change
    return change is None or (not change.unknown and signed(change.known) == "0")


def summary(report: Report) -> str:
    """Returns the summary line of a stack: `dev: 2 to create, 1 to update, ...; about
    +131 USD a month (now 412); 1 risk`."""
    if report.message:
        text = f"could not be previewed: {fold(line(report.message), LONGEST_MESSAGE)}"
    elif is_unchanged(report):
        text = "; ".join(
            part
            for part in (
                f"unchanged against {_base(report)}: {_size(report)}",
                cost(report),
                tally_of_accepted(report.acceptances),
            )
            if part
        )
    else:
        what = tally(counts(report), every=True) if report.changes else _size(report)
        text = "; ".join(part for part in (what, cost(report), _assessment(report)) if part)
    return f"{line(report.stack)}: {text}"


def outcome(report: Report) -> str:
    """Returns the cost, the risks and the findings of a stack in words."""
    return "; ".join(part for part in (cost(report), _assessment(report)) if part)


def cost(report: Report) -> str:
    """Returns the cost in words, the change first; empty where there is no estimate."""
    return "; ".join(part for part in (_cost(report), retained_cost(report)) if part)


def retained_cost(report: Report) -> str:
    """Returns what is charged on though it leaves the stack; empty where nothing is."""
    amount = usd(report.retained_cost)
    return f"{amount} of it is charged on: retained in the cloud" if amount != "0" else ""


def _cost(report: Report) -> str:
    if report.cost is None:
        return ""
    now, between = known_cost(report.cost), scenarios(report.cost)
    unknown = f", {len(report.cost.unknown):,} without a known price" if report.cost.unknown else ""
    change, where = report.cost_change, place(report.cost)
    more = f"; {between}" if between else ""
    if change and change.unknown:
        rest = signed(change.known)
        others = f", about {rest} USD a month for the rest" if rest != "0" else ""
        return (
            f"cost change unknown{where}: no price of {_names(change.unknown)}{others} "
            f"(now {now}{more}){unknown}"
        )
    if change is None or signed(change.known) == "0":
        text = f"cost {now}{where}" if now == UNKNOWN else f"about {now} USD a month{where}"
        return text + (f" ({between})" if between else "") + unknown
    return f"about {signed(change.known)} USD a month{where} (now {now}{more}){unknown}"


def known_cost(estimate: Estimate) -> str:
    """Returns what a stack costs, USD a month; `unknown`, not 0, where nothing has a
    price."""
    return UNKNOWN if estimate.unpriced and not estimate.items else usd(estimate.expected)


def scenarios(estimate: Estimate) -> str:
    """`idle 305, on working days 450, at most 905`; empty where all are the same."""
    amounts = [usd(amount) for amount in estimate.scenarios.values()]
    if len(set(amounts)) == 1:
        return ""
    idle, working, most = amounts
    return f"idle {idle}, on working days {working}, at most {most}"


def place(estimate: Estimate) -> str:
    """Returns the regions and the dates of an estimate's prices: ` in eu-west-1, prices
    of 2026-08-26`."""
    if not estimate.regions:
        return ""
    regions = ", ".join(map(line, estimate.regions))
    assumed = " (assumed)" if estimate.region_assumed else ""
    dates = f", prices of {' to '.join(estimate.dates)}" if estimate.dates else ""
    return f" in {regions}{assumed}{dates}"


def _names(unknown: Sequence[str]) -> str:
    more = f" and {len(unknown) - MOST_UNPRICED:,} more" if len(unknown) > MOST_UNPRICED else ""
    return ", ".join(map(line, unknown[:MOST_UNPRICED])) + more


def command(report: Report) -> str:
    """Returns the command that shows the whole report on a local machine."""
    parts = ["groundplan preview --stack", shlex.quote(line(report.stack))]
    if report.changes:
        label = re.sub(r" \([0-9a-f]+\)$", "", _base(report))
        parts += ["--base", shlex.quote(label) if " " not in label else "FILE"]
    return " ".join(parts)


def _base(report: Report) -> str:
    return line(report.changes.base) if report.changes else ""


def _size(report: Report) -> str:
    resources = report.manifest.resources if report.manifest else ()
    return count(sum(resource.custom for resource in resources), "resource")


def _assessment(report: Report) -> str:
    accepted = tally_of_accepted(report.acceptances)
    accepted = f", {accepted}" if accepted else ""
    if report.changes is None:
        findings = count(len(report.findings), "finding") if report.findings else "no finding"
        return findings + accepted
    findings = (
        count(len(report.new_findings), "new finding") if report.new_findings else "no new finding"
    )
    risks = report.open_risks
    return f"{count(len(risks), 'risk') if risks else 'no risk'}, {findings}{accepted}"
