"""Causes, risks and stacks in a comment: what matters comes first and is never
dropped."""

from dataclasses import replace

import pytest
from cause_reports import CIDR, NAT, new_cidr
from groundplan.cost.estimate import Estimate, Item
from groundplan.diff.changes import Change, Changes, Kind
from groundplan.manifest.model import Manifest, Resource
from groundplan.report.markdown.comment import markdown
from groundplan.report.model import Report
from groundplan.risk.risk import Level, Risk

COST = Estimate(
    (Item("urn:p", "p", "pools", 300, 412, 900, "2 x g5.xlarge"),),
    regions=("eu-west-1",),
    dates=("2026-08-26",),
)


def unchanged(stack: str) -> Report:
    return Report(
        "shop", stack, Manifest("shop", stack, ()), changes=Changes("main (1234567)", (), 1)
    )


def in_order(text: str, *parts: str) -> None:
    places = [text.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)


def test_an_edit_comes_first_and_what_follows_is_folded() -> None:
    comment = markdown([new_cidr()])
    in_order(
        comment,
        "- `Pulumi.dev.yaml:6` `shop:network.cidrBlock`: `10.0.0.0/16` → `10.1.0.0/16`: "
        "1 to update, 8 to replace: network 8, not in a component 1; "
        "1 high, 4 medium, 1 low risks\n",
        "**Risks**",
        "- **HIGH**, downtime: The cluster training-cluster can't move.",
        "- **MEDIUM**, downtime: The subnet network-0 is replaced. The same of `network-1`, "
        "`network-2`, `network-3`. Because: cidrBlock\n",
        "- **LOW**, protection",
        "**`Pulumi.dev.yaml:6`**: 1 to update, 8 to replace\n",
        "- `-/+` `network-vpc` aws Vpc: `cidrBlock` forces replacement\n",
        "- `-/+` 4 aws Subnet (`network-0`, `network-1`, `network-2`, `network-3`): `cidrBlock`, "
        "`vpcId` forces replacement\n",
        "<details><summary>4 more changes follow from this</summary>",
        "- `-/+` 3 aws Route (`network-route-0`, `network-route-1`, `network-route-2`)",
        "- `~` `training-cluster` aws Cluster",
        "changes in detail",
        "! vpcId: new ${network-vpc.id}",
    )
    assert "unknown until" not in comment
    assert "@@ network-route-0" not in comment  # nothing to read but a new ID
    assert len(comment) < 4_000


def test_edits_of_a_program_and_added_settings_are_named() -> None:
    program = replace(CIDR, file="__main__.py", setting="", old="", new='cidr = "10.1.0.0/16"')
    comment = markdown([new_cidr(edits=(program,))])
    assert '- `__main__.py:6`: added `cidr = "10.1.0.0/16"`: ' in comment
    comment = markdown([new_cidr(edits=(replace(NAT, new=""),))])
    assert "- `Pulumi.dev.yaml:7` `shop:network.nat`: removed `3`: " in comment


def test_the_same_risk_of_several_stacks_is_listed_once_with_their_names() -> None:
    comment = markdown([new_cidr("dev"), new_cidr("prod")])
    assert comment.count("can't move") == 1
    assert "- **HIGH**, downtime in `dev`, `prod`: The cluster" in comment
    in_order(comment, "**HIGH**", "**MEDIUM**", "**LOW**", "### dev", "### prod")
    assert comment.count("**Risks**") == 1


def test_changed_and_riskiest_stacks_come_first_and_unchanged_ones_in_one_line() -> None:
    calm = replace(new_cidr("calm"), risks=())
    stacks = [unchanged("a"), calm, unchanged("b"), new_cidr("prod"), unchanged("c")]
    comment = markdown(stacks)
    in_order(
        comment,
        "- prod: ",
        "- calm: ",
        "- unchanged against main (1234567): a, b, c\n",
        "Compared with `main (1234567)`.",
        "### prod",
        "### calm",
    )
    assert "### a" not in comment
    assert comment.count("unchanged against") == 1


def test_a_failed_stack_comes_before_all_others() -> None:
    failed = Report("shop", "broken", None, message="it fails")
    in_order(
        markdown([new_cidr(), failed]), "- broken: could not be previewed", "- dev: 0 to create"
    )


@pytest.mark.parametrize("number", [1, 2, 12])
def test_the_limit_never_drops_base_region_date_and_the_highest_risks(number: int) -> None:
    resources = [
        Resource(f"urn:{n}", "aws:x/y:Z", f"queue-{n}", None, True, {"a": "b" * 300})
        for n in range(150)
    ]
    changes = tuple(Change(Kind.CREATE, None, resource) for resource in resources)
    low = tuple(Risk(Level.LOW, "cost", "u", f"Low {n}: {'x' * 300}.") for n in range(300))
    high = tuple(Risk(Level.HIGH, "downtime", "u", f"High {n}.") for n in range(5))
    reports = [
        Report(
            "shop",
            f"stack-{n}",
            Manifest("shop", f"stack-{n}", tuple(resources)),
            changes=Changes("main (1234567)", changes, 1),
            risks=(*high, *low),
            cost=COST,
            cost_before=COST,
        )
        for n in range(number)
    ]
    comment = markdown(reports, 20_000)
    assert len(comment) <= 20_000
    assert "main (1234567)" in comment
    assert "in eu-west-1, prices of 2026-08-26" in comment.splitlines()[3]
    for n in range(5):
        assert f"High {n}." in comment
    assert ("Left out" in comment) or ("more risk" in comment)
