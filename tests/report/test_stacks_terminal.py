"""All stacks of a run on a terminal: order, shared risks, folding, the footer."""

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from cause_reports import new_cidr
from groundplan.cost.estimate import Estimate, Item
from groundplan.diff.changes import Changes
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Finding, Severity
from groundplan.report.model import Report
from groundplan.report.terminal import tree
from groundplan.report.terminal.stacks import show
from rich.console import Console

COST = Estimate(
    (Item("urn:p", "p", "pools", 412, 412, 412, "2 x g5.xlarge"),),
    regions=("eu-west-1",),
    dates=("2026-08-26",),
)


def printed(*reports: Report, width: int = 100, **options: Any) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    show(reports, console, **options)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def unchanged(stack: str) -> Report:
    return Report("shop", stack, Manifest("shop", stack, ()), changes=Changes("main", (), 1))


def test_the_same_risk_of_several_stacks_is_listed_once_before_them_all() -> None:
    lines = printed(new_cidr("dev"), new_cidr("prod"))
    risks = [line for line in lines if line.startswith("! ")]
    assert risks == [
        "! high dev, prod: The cluster training-cluster can't move.",
        "! medium dev, prod: The subnet network-0 is replaced.",
        "! low dev, prod: The VPC network-vpc is watched less.",
    ]
    assert lines.index(risks[-1]) < next(
        n for n, line in enumerate(lines) if line.startswith("shop/dev: 0 to create")
    )


def test_riskiest_stacks_come_first_and_unchanged_ones_are_one_line() -> None:
    calm = replace(new_cidr("calm"), risks=())
    lines = printed(unchanged("a"), calm, unchanged("b"), new_cidr("prod"))
    heads = [line.split(":")[0] for line in lines if ": 0 to create" in line]
    assert heads == ["shop/prod", "shop/calm"]
    assert "no changes against main: shop/a, shop/b" in lines


def test_every_run_ends_with_status_cost_risks_and_findings() -> None:
    found = Finding("open", Severity.HIGH, "u", "it is open", "close it")
    report = replace(
        new_cidr(), cost=COST, cost_before=COST, findings=(found,), new_findings=(found,)
    )
    (last,) = [line for line in printed(report, width=300) if "will pulumi up succeed?" in line][
        -1:
    ]
    assert last == (
        "shop/dev: will pulumi up succeed? not known; about 412 USD a month in eu-west-1, prices "
        "of 2026-08-26; 6 risks, 1 new finding"
    )
    assert not [line for line in printed(unchanged("dev")) if "succeed" in line]


def test_depth_limits_the_levels_of_changes() -> None:
    lines = printed(new_cidr(), depth=1)
    assert not [line for line in lines if "aws Subnet" in line]
    assert any("1 to update, 8 to replace: network 8" in line for line in lines)
    lines = printed(new_cidr(), depth=2)
    assert any("4 aws Subnet" in line for line in lines)
    assert not [line for line in lines if "follow from this" in line]
    assert any("follow from this" in line for line in printed(new_cidr(), depth=3))


def test_depth_1_of_changes_without_a_known_edit_counts_each_component() -> None:
    lines = printed(replace(new_cidr(), edits=replace(new_cidr().edits, edits=())), depth=1)
    assert any(line.startswith("network [Network]: 1 to update, 8 to replace") for line in lines)


def nested() -> Manifest:
    """A component with a component below it, and a resource of its own."""
    outer = Resource("urn:outer", "my:index:Outer", "outer", None, False, {})
    inner = Resource("urn:inner", "my:index:Inner", "inner", "urn:outer", False, {})
    queues = [
        Resource(f"urn:{n}", "aws:sqs/queue:Queue", f"q{n}", "urn:inner", True, {})
        for n in range(3)
    ]
    topic = Resource("urn:t", "aws:sns/topic:Topic", "topic", "urn:outer", True, {})
    alone = Resource("urn:a", "aws:sqs/queue:Queue", "alone", None, True, {"delaySeconds": 3})
    return Manifest("shop", "dev", (outer, inner, *queues, topic, alone))


def lines_of(width: int, depth: int | None = None, every_input: bool = False) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    tree.show(nested(), console, every_input, depth=depth)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()[1:]


def test_depth_folds_the_tree_to_components_with_counts() -> None:
    assert lines_of(120, 1) == [
        "├─ outer [Outer]  4 resources in 1 component: 3 Queue, 1 Topic",
        "└─ alone aws Queue  delaySeconds=3",
        "(--depth 2 shows one level more)",
    ]
    assert lines_of(120, 2) == [
        "├─ outer [Outer]",
        "│  ├─ inner [Inner]  3 resources: 3 Queue",
        "│  └─ topic aws Topic",
        "└─ alone aws Queue  delaySeconds=3",
        "(--depth 3 shows one level more)",
    ]
    assert len(lines_of(120, 3)) == len(lines_of(120)) == 7


@pytest.mark.parametrize("width", [40, 80, 99])
def test_a_narrow_terminal_shows_components_and_breaks_no_line(width: int) -> None:
    lines = lines_of(width)
    assert lines[0].startswith("├─ outer [Outer]  4 resources")
    assert len(lines) == 3
    assert max(map(len, lines)) <= width


def test_a_narrow_terminal_shows_the_levels_and_inputs_that_are_asked_for() -> None:
    assert len(lines_of(80, 3)) == 7
    assert any("q2" in line for line in lines_of(80, every_input=True))


def test_a_folded_tree_has_its_assessment_before_and_after_it() -> None:
    report = Report("shop", "dev", nested(), cost=COST)
    lines = printed(report, width=80)
    assert [n for n, line in enumerate(lines) if re.match("about 412 USD a month", line)] == [1, 5]
    (only,) = [line for line in printed(report, width=120) if "about 412" in line]
    assert only == (
        "about 412 USD a month in eu-west-1, prices of 2026-08-26; no policy finding; "
        "risks: not compared (--base); will pulumi up succeed? not known"
    )
