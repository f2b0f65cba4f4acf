import pytest
from groundplan.cost.estimate import Estimate, Item
from groundplan.diff.changes import Change, Changes, Kind
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Finding, Severity
from groundplan.report.gates import GateError, broken, parse
from groundplan.report.model import Report
from groundplan.risk.risk import Level, Risk

QUEUE = Resource("urn:q", "aws:sqs/queue:Queue", "q", None, True, {})
CHANGED = Changes("main", (Change(Kind.CREATE, None, QUEUE),), 0)
UNCHANGED = Changes("main", (), 1)


def cost(usd: float) -> Estimate:
    return Estimate((Item("urn:q", "q", "q", usd, usd, usd, ""),))


def finding(severity: Severity) -> Finding:
    return Finding("rule", severity, "urn:q", "reason", "fix")


def fails(on: str, report: Report) -> list[str]:
    return broken([report], parse(on))


def test_a_change_breaks_the_gate_of_changes_only() -> None:
    report = Report("shop", "dev", None, changes=CHANGED)
    assert fails("changes", report) == ["shop/dev fails on changes: 1 change"]
    assert fails("risk,policy,cost>0", report) == []
    assert fails("changes", Report("shop", "dev", None, changes=UNCHANGED)) == []


@pytest.mark.parametrize(
    ("gate", "level", "breaks"),
    [
        ("risk", Level.MEDIUM, True),
        ("risk", Level.LOW, False),
        ("risk:low", Level.LOW, True),
        ("risk:high", Level.MEDIUM, False),
        ("risk:high", Level.HIGH, True),
    ],
)
def test_a_risk_breaks_its_gate_from_a_level_on(gate: str, level: Level, breaks: bool) -> None:
    report = Report(
        "shop", "dev", None, changes=CHANGED, risks=(Risk(level, "access", "urn:q", "words"),)
    )
    assert bool(fails(gate, report)) is breaks


def test_with_a_base_only_new_findings_break_the_policy() -> None:
    old = finding(Severity.HIGH)
    assert fails("policy", Report("shop", "dev", None, findings=(old,)))
    assert not fails("policy", Report("shop", "dev", None, changes=UNCHANGED, findings=(old,)))
    assert fails(
        "policy", Report("shop", "dev", None, changes=CHANGED, findings=(old,), new_findings=(old,))
    )
    assert not fails("policy", Report("shop", "dev", None, findings=(finding(Severity.MEDIUM),)))
    assert fails("policy:medium", Report("shop", "dev", None, findings=(finding(Severity.MEDIUM),)))


def test_cost_is_the_difference_where_there_is_a_base_and_the_total_where_there_is_none() -> None:
    compared = Report("shop", "dev", None, changes=CHANGED, cost=cost(900), cost_before=cost(300))
    assert fails("cost>500", compared) == [
        "shop/dev fails on cost: +600 USD a month is more than 500"
    ]
    assert fails("cost>600", compared) == []
    assert fails("cost>500", Report("shop", "dev", None, cost=cost(900))) == [
        "shop/dev fails on cost: 900 USD a month is more than 500"
    ]


@pytest.mark.parametrize("text", ["costs>5", "risk:extreme", "cost>", "policy:none", "cost>-1"])
def test_an_invalid_gate_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(GateError, match=r"cost>USD"):
        parse(f"risk,{text}")


def test_no_gate_is_no_gate() -> None:
    assert parse("") == parse(" , ") == []


@pytest.mark.parametrize("text", ["danger", "danger:high", "policy,danger:low"])
def test_the_former_name_of_the_risk_gate_is_refused_with_the_new_one(text: str) -> None:
    with pytest.raises(GateError, match=r"danger.*is called risk\[:high\|medium\|low\]"):
        parse(text)


@pytest.mark.parametrize("text", ["cost:500", "cost>500", "cost : 500", "cost:500.5"])
def test_a_limit_of_cost_is_spelled_without_a_character_of_the_shell(text: str) -> None:
    (gate,) = parse(text)
    assert (gate.kind, float(gate.threshold)) == ("cost", 500.5 if "." in text else 500)


def test_what_a_shell_leaves_of_a_redirection_is_refused_with_the_fix() -> None:
    with pytest.raises(GateError, match="Fix: cost:500"):
        parse("risk,policy,cost")


def test_a_gate_names_the_risks_that_break_it_the_same_ones_once() -> None:
    risks = [
        Risk(Level.MEDIUM, "downtime", f"urn::{name}", f"The pool {name} stops.")
        for name in ("a", "b", "c")
    ]
    risks += [Risk(Level.LOW, "cost", "u", "It costs."), Risk(Level.HIGH, "access", "u", "Open.")]
    report = Report("shop", "dev", None, changes=CHANGED, risks=tuple(risks))
    (line,) = fails("risk", report)
    assert line == (
        "shop/dev fails on risk: 4 risks of level medium or above. high: Open. "
        "medium: The pool a stops. (and of 2 more)"
    )


def test_a_gate_names_the_findings_that_break_it_the_worst_first() -> None:
    found = [
        Finding(f"rule-{n}", severity, "u", "it is open", "close it")
        for n, severity in enumerate([Severity.HIGH] * 6 + [Severity.CRITICAL, Severity.LOW])
    ]
    (line,) = fails("policy", Report("shop", "dev", None, findings=tuple(found)))
    assert line.startswith(
        "shop/dev fails on policy: 7 policy findings of severity high or above. "
        "critical: rule-6: it is open. high: rule-0: it is open. "
    )
    assert line.endswith("high: rule-3: it is open. And 2 more.")
