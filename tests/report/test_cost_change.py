"""An unknown price is never zero: in no difference, no total, no gate."""

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from groundplan.cost.estimate import estimate
from groundplan.diff.comparison import compare
from groundplan.manifest.model import Manifest, Resource
from groundplan.report import costs, json_report
from groundplan.report.gates import broken, parse
from groundplan.report.html import page
from groundplan.report.markdown import comment
from groundplan.report.model import Report
from groundplan.report.terminal.changes import show_changes
from groundplan.report.wording import summary
from rich.console import Console

DATABASE = "aws:rds/instance:Instance"
NAT = "aws:ec2/natGateway:NatGateway"
FILES = "aws:fsx/ontapFileSystem:OntapFileSystem"


def resource(name: str, kind: str, inputs: Mapping[str, Any]) -> Resource:
    return Resource(f"urn:pulumi:dev::shop::{kind}::{name}", kind, name, None, True, inputs)


def database(kind: str, **more: Any) -> Resource:
    inputs = {"engine": "postgres", "storageType": "gp3", "allocatedStorage": 20, **more}
    return resource("db", DATABASE, {**inputs, "instanceClass": kind})


def files(**inputs: Any) -> Resource:
    return resource("files", FILES, inputs)


def report(before: list[Resource], after: list[Resource]) -> Report:
    then, now = (
        Manifest("shop", "dev", tuple(side), aws_region="us-east-1") for side in (before, after)
    )
    changes = compare(then, now, "main")
    return Report(
        "shop", "dev", now, changes=changes, cost=estimate(now), cost_before=estimate(then)
    )


KNOWN, UNPRICED = database("db.t4g.small"), database("db.r8gd.16xlarge")
GROWN = report([KNOWN], [UNPRICED])


def fails(on: str, subject: Report) -> list[str]:
    return broken([subject], parse(on))


def test_a_database_that_moves_to_a_class_without_a_price_has_no_difference() -> None:
    change = GROWN.cost_change
    assert change
    assert (change.known, change.unknown, GROWN.cost_difference) == (0, ("db",), None)


def test_the_other_way_there_is_none_either() -> None:
    shrunk = report([UNPRICED], [KNOWN])
    assert shrunk.cost_difference is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [files(storageCapacity=1024)]),
        ([files(storageCapacity=1024)], []),
        ([files(storageCapacity=1024)], [files(storageCapacity=99_999)]),
        ([UNPRICED], [database("db.r8gd.24xlarge")]),
        ([UNPRICED], [database("db.r8gd.16xlarge", multiAz=True)]),
    ],
)
def test_what_has_no_price_and_changes_leaves_the_difference_unknown(
    before: list[Resource], after: list[Resource]
) -> None:
    subject = report(before, after)
    assert subject.cost_difference is None
    assert fails("cost>100", subject)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([UNPRICED], [UNPRICED]),
        ([files(storageCapacity=1024)], [files(storageCapacity=1024, tags={"a": "b"})]),
    ],
)
def test_what_has_no_price_and_stays_cancels_out(
    before: list[Resource], after: list[Resource]
) -> None:
    nat = resource("nat", NAT, {})
    subject = report(before, [*after, nat])
    assert round(subject.cost_difference or 0, 2) == 37.35
    assert fails("cost>100", subject) == []


def test_the_gate_fails_where_it_cannot_decide_and_says_why() -> None:
    (failure,) = fails("cost>100", GROWN)
    assert failure == (
        "shop/dev fails on cost: it can't be decided whether it is more than 100: +0 USD a "
        "month, without db, which has no known price"
    )


def test_the_gate_names_the_sum_where_the_known_part_is_enough() -> None:
    subject = report([KNOWN], [UNPRICED, *(resource(f"n{i}", NAT, {}) for i in range(4))])
    assert fails("cost>100", subject) == [
        "shop/dev fails on cost: +149 USD a month is more than 100"
    ]


def test_without_a_base_the_gate_cannot_decide_on_a_total_with_a_gap() -> None:
    now = estimate(Manifest("shop", "dev", (UNPRICED,)))
    (failure,) = fails("cost>500", Report("shop", "dev", None, cost=now))
    assert "it can't be decided whether it is more than 500" in failure


def test_the_headline_is_the_change_and_names_what_has_no_price() -> None:
    text = summary(GROWN)
    assert "cost change unknown in us-east-1, prices of " in text
    assert ": no price of db (now 2.30" in text
    assert "about -" not in text
    nat = report([], [resource("nat", NAT, {})])
    assert "about +37 USD a month in us-east-1, prices of 2026-10-07 (now 37)" in summary(nat)


def test_a_stack_of_which_nothing_has_a_price_costs_unknown_and_not_0() -> None:
    now = Manifest("shop", "dev", (files(storageCapacity=1024),), aws_region="eu-west-1")
    subject = Report("shop", "dev", now, cost=estimate(now))
    text = "dev: 1 resource; cost unknown in eu-west-1, 1 without a known price"
    assert summary(subject).startswith(text)
    assert "about 0" not in page.html([subject])


def test_the_table_has_no_difference_and_no_zero_for_it() -> None:
    table = costs.table(GROWN)
    assert table
    (row,) = table.rows
    assert table.cells(row)[:4] == ("db", "26", "2.30 + unknown", "unknown")
    assert table.cells(table.total)[1:4] == ("26", "2.30 + unknown", "unknown")


def test_a_resource_whose_price_becomes_unknown_is_not_said_to_get_cheaper() -> None:
    (db,) = costs.changed_costs(GROWN)
    assert (db.name, db.before.amount, db.after.amount) == ("db", "26", "2.30 + unknown")
    (new,) = costs.changed_costs(report([], [files(storageCapacity=1024)]))
    assert (new.before.amount, new.after.amount, new.after.basis) == ("", "unknown", "no price")


def test_a_component_without_any_price_is_listed_as_unknown() -> None:
    table = costs.table(report([], [files(storageCapacity=1024)]))
    assert table
    assert [table.cells(row)[:4] for row in table.rows] == [("files", "0", "unknown", "unknown")]


def test_a_rename_changes_no_cost() -> None:
    renamed = replace(
        UNPRICED,
        urn=UNPRICED.urn.replace("::db", "::store"),
        name="store",
        options={"aliases": [{"name": "db"}]},
    )
    found = report([UNPRICED], [renamed])
    change = found.cost_change
    assert change
    assert (change.known, change.unknown) == (0, ())
    assert costs.changed_costs(found) == []
    assert fails("cost:1", found) == []


def test_every_output_says_that_it_is_not_known() -> None:
    console = Console(file=io.StringIO(), width=120)
    show_changes(GROWN, console)
    terminal = console.file.getvalue()  # type: ignore[attr-defined]
    for text in (terminal, comment.markdown([GROWN]), page.html([GROWN])):
        assert "2.30 + unknown" in text
        assert "-23" not in text
    data = json.loads(json_report.to_json([GROWN]))["reports"][0]
    assert data["cost_difference"] is None
    assert data["cost_change"] == {"known": 0, "unknown": ["db"]}
    assert data["cost"]["regions"] == ["us-east-1"]


def test_the_region_is_in_the_first_line_of_every_output() -> None:
    nat = report([], [resource("nat", NAT, {})])
    console = Console(file=io.StringIO(), width=200)
    show_changes(nat, console)
    terminal = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert "in us-east-1" in terminal[0]
    markdown = [line for line in comment.markdown([nat]).splitlines() if "USD" in line]
    assert "in us-east-1" in markdown[0]
    assert "USD a month in us-east-1" in page.html([nat])
