import io
from typing import Any

from groundplan.cost.estimate import Estimate, Item
from groundplan.diff.changes import ABSENT, Change, Changes, Kind, PropertyChange
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Finding, Severity
from groundplan.report.model import Report
from groundplan.report.terminal.changes import show_changes
from groundplan.risk.risk import Level, Risk
from rich.console import Console

QUEUE = Resource("urn:q", "aws:sqs/queue:Queue", "q", None, True, {})


def printed(report: Report, terminal: bool = False, width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal)
    show_changes(report, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def report(*changes: Change, **more: Any) -> Report:
    counts = {kind: sum(change.kind is kind for change in changes) for kind in Kind}
    return Report(
        "shop",
        "dev",
        Manifest("shop", "dev", (QUEUE,)),
        changes=Changes("main", changes, 5, counts=counts),
        **more,
    )


def test_nothing_changed_is_one_line() -> None:
    assert printed(report()) == "shop/dev: no changes against main\n"


def test_changes_are_readable_without_colour() -> None:
    text = printed(
        report(
            Change(
                Kind.REPLACE,
                QUEUE,
                QUEUE,
                (PropertyChange("name", "a", "b", True), PropertyChange("delay", ABSENT, 3)),
            ),
            risks=(
                Risk(
                    Level.HIGH, "downtime", "urn:q", "q goes away.", "its name changes", ("r", "s")
                ),
            ),
        )
    )
    lines = text.splitlines()
    assert lines[0].startswith("shop/dev: 0 to create, 0 to update, 1 to replace, 0 to delete")
    assert lines[1:4] == ["! high q goes away.", "    because its name changes", "    affects r, s"]
    assert "  -/+ q aws Queue" in lines
    assert "        name: a -> b  (forces replacement)" in lines
    assert "        delay: + 3" in lines


def test_colour_is_for_terminals_only() -> None:
    changed = report(Change(Kind.CREATE, None, QUEUE))
    assert "\x1b[" not in printed(changed)
    assert "\x1b[" in printed(changed, terminal=True)


def test_sentences_continue_below_their_beginning_and_none_is_too_wide() -> None:
    risk = Risk(
        Level.HIGH,
        "data-loss",
        "u",
        "The bucket data is deleted, " * 9,
        "because " * 20,
        ("name",) * 40,
    )
    update = Change(Kind.UPDATE, QUEUE, QUEUE, (PropertyChange("delay", "a " * 60, "b " * 60),))
    new = Change(
        Kind.CREATE,
        None,
        Resource("urn:n", "aws:x/y:Z", "n", None, True, {"a": "v" * 50, "b": "w" * 50}),
    )
    text = printed(report(update, new, risks=(risk,)), width=60)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 60
    start = lines.index("! high The bucket data is deleted, The bucket data is")
    assert lines[start + 1] == "    deleted, The bucket data is deleted, The bucket data is"
    assert "and 28 more" in text
    assert "  +   n aws Z  a=vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv…" in lines
    assert " ".join(text.split()).count("The bucket data is deleted,") == 9


def test_documents_are_compared_line_by_line() -> None:
    old, new = '{"a": 1, "b": [1, 2, 3]}', '{"a": 1, "b": [1, 2, 4], "c": "' + "x" * 90 + '"}'
    lines = printed(
        report(Change(Kind.UPDATE, QUEUE, QUEUE, (PropertyChange("policy", old, new, True),)))
    ).splitlines()
    start = lines.index("        policy:   (forces replacement)")
    assert [line.strip() for line in lines[start + 1 :]][:2] == [
        '- {"a": 1, "b": [1, 2, 3]}',
        "+ {",
    ]


def test_costs_are_a_table_with_unknown_prices_below() -> None:
    cost = Estimate(
        (Item("urn:p", "p", "pools", 300, 412, 900, "2 x g5.xlarge"),),
        unknown=("x (aws:fsx): no price",),
    )
    before = Estimate((Item("urn:p", "p", "pools", 200, 281, 600, "1 x g5.xlarge"),))
    lines = printed(
        report(Change(Kind.UPDATE, QUEUE, QUEUE), cost=cost, cost_before=before)
    ).splitlines()
    start = lines.index("cost, USD a month")
    assert lines[start + 1 :] == [
        "  Component  Before  After  Difference  Range",
        "  pools         281    412        +131  300-900 (was 200-600)",
        "  Total         281    412        +131  300-900 (was 200-600)",
        "  $   p: 281 -> 412 USD a month (2 x g5.xlarge)",
        "  $   no known price: x (aws:fsx): no price",
    ]


def test_findings_are_the_new_ones_the_worst_first_and_the_others_counted() -> None:
    low, high, old = (
        Finding(rule, severity, "urn:q", "it is open", "close it", source="a.py:1")
        for rule, severity in (("b", Severity.LOW), ("c", Severity.HIGH), ("a", Severity.HIGH))
    )
    lines = printed(report(findings=(low, high, old), new_findings=(low, high))).splitlines()
    assert lines[1:] == [
        "? high c: it is open. (a.py:1) Fix: close it",
        "? low b: it is open. (a.py:1) Fix: close it",
        "1 policy finding that the base has too",
    ]


def test_no_control_character_reaches_the_terminal() -> None:
    evil = "\x1b[2J\u202e[bold]x[/bold]\n"
    name = Resource("urn:e", f"a:b:{evil}", evil, None, True, {evil: evil})
    hostile = report(
        Change(Kind.UPDATE, name, name, (PropertyChange(evil, evil, evil + "1"),), note=evil),
        Change(Kind.CREATE, None, name),
        risks=(Risk(Level.LOW, "cost", "u", evil, evil, (evil,)),),
        new_findings=(Finding(evil, Severity.LOW, "u", evil, evil, source=evil),),
        cost=Estimate((Item("u", evil, evil, 1, 2, 3, evil),)),
        cost_before=Estimate(()),
    )
    text = printed(hostile)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b[2J\\u202e[bold]x[/bold]" in text


def test_a_terminal_of_plain_characters_shows_no_others() -> None:
    console = Console(file=io.TextIOWrapper(io.BytesIO(), encoding="ascii"), width=60)
    show_changes(report(Change(Kind.MOVE, QUEUE, QUEUE)), console)
    assert isinstance(console.file, io.TextIOWrapper)
    console.file.flush()
    assert b"\n  >   q aws Queue  was directly in the stack\n" in console.file.buffer.getvalue()


def test_values_that_a_replacement_renews_are_named_briefly() -> None:
    properties = [
        PropertyChange(f"subnetIds[{n}]", f"${{net-{n}.id}}", f"${{unknown until net-{n}}}", True)
        for n in range(3)
    ]
    other = PropertyChange("policy", "a", "${unknown until a, b, c}")
    text = printed(report(Change(Kind.REPLACE, QUEUE, QUEUE, (*properties, other))))
    assert "subnetIds: new ${net-0.id}, ${net-1.id}, ${net-2.id}  (forces replacement)" in text
    assert "policy: a -> (from a, b and 1 more)" in text
    assert "unknown until" not in text
