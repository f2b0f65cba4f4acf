"""Causes, risks and stacks on the page."""

import re
from dataclasses import replace

from cause_reports import CLUSTER, ROUTES, SUBNETS, VPC, new_cidr
from groundplan.cost.estimate import Estimate, Item
from groundplan.diff.changes import Changes
from groundplan.manifest.model import Manifest
from groundplan.report.html.page import html
from groundplan.report.model import Report
from groundplan.risk.risk import Level, Risk

COST = Estimate(
    (Item("urn:p", "p", "pools", 412, 412, 412, "2 x g5.xlarge"),),
    regions=("eu-west-1",),
    dates=("2026-08-26",),
)
DEARER = Estimate(
    (Item("urn:p", "p", "pools", 500, 500, 500, "3 x g5.xlarge"),),
    regions=("eu-west-1",),
    dates=("2026-08-26",),
)


def unchanged(stack: str) -> Report:
    return Report(
        "shop", stack, Manifest("shop", stack, ()), changes=Changes("main (1234567)", (), 1)
    )


def words(text: str) -> str:
    """The text of a page, without its script and styles."""
    return words_of(text[text.index("<body>") : text.rindex("<script>")])


def words_of(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_edit_comes_before_the_risks_and_links_to_its_changes() -> None:
    page = html([new_cidr()])
    assert page.index('id="dev.causes"') < page.index('id="dev.risks"')
    assert '<a href="#dev.e0">Pulumi.dev.yaml:6</a>' in page
    assert "10.0.0.0/16 → 10.1.0.0/16" in words(page)
    assert "1 to update, 8 to replace: network 8, not in a component 1" in words(page)


def test_what_follows_is_folded_below_its_cause() -> None:
    page = html([new_cidr()])
    cause = page[page.index('<li id="dev.e0"') : page.rindex("1 resource unchanged.</p>")]
    above, below = cause.split('<details class="following">')
    assert "4 more changes follow from this" in below
    assert all(f"<strong>{of.name}</strong>" in above for of in (VPC, *SUBNETS))
    assert all(f"<strong>{of.name}</strong>" in below for of in (*ROUTES, CLUSTER))
    assert "new ${network-0.id}" in below
    assert "unknown until" not in page


def test_the_same_risk_is_one_card_with_links_to_all_its_resources() -> None:
    page = html([new_cidr()])
    risks = page[page.index('id="dev.risks"') : page.index('id="dev.changes"')]
    assert risks.count("<li class") == 3
    assert re.findall(r'class="level (\w+)"', risks) == ["high", "medium", "low"]
    assert len(re.findall(r'<a href="#dev\.c\d">network-\d</a>', risks)) == 4


def test_a_risk_of_several_stacks_is_once_above_them_and_one_of_one_stack_is_its_own() -> None:
    own = Risk(Level.HIGH, "downtime", VPC.urn, "The VPC network-vpc is gone.")
    prod = new_cidr("prod")
    page = html([new_cidr("dev"), replace(prod, risks=(own, *prod.risks))])
    assert page.index('<section id="_risks"') < page.index('<section id="prod"')
    text = words(page)
    assert "Risks of several stacks (3)" in text
    assert "downtime in prod, dev" in text
    assert text.count("The VPC network-vpc is gone.") >= 1
    section = page[
        page.index('<section id="prod.risks"') : page.index('<section id="prod.changes"')
    ]
    assert section.count("<li class") == 1
    assert "6 risks of several stacks: see" in words_of(section)
    assert '<a href="#prod.risks"><b>7</b>' in page


def test_the_riskiest_stack_comes_first_and_unchanged_ones_are_folded() -> None:
    calm = replace(new_cidr("calm"), risks=())
    page = html([unchanged("a"), calm, unchanged("b"), new_cidr("prod")])
    assert re.findall(r'<section id="([a-z]+)" class="stack"', page) == ["prod", "calm", "a", "b"]
    assert 'Unchanged: <a href="#a">a</a>, <a href="#b">b</a>' in page
    assert page.count('<details class="calm">') == 2
    overview = page[page.index("<table>") : page.index("</table>")]
    assert re.findall(r'<a href="#([a-z]+)">', overview) == ["prod", "calm"]
    assert '<span class="badge high">1 high</span>' in overview


def test_base_region_and_date_are_in_the_first_lines() -> None:
    changed = replace(new_cidr(), cost=DEARER, cost_before=COST)
    text = words(html([changed, unchanged("a")]))
    assert text.index("Compared with main (1234567).") < text.index("USD a month")
    assert "+88 (now 500) in eu-west-1, prices of 2026-08-26" in text
    same = words(html([replace(new_cidr(), cost=COST, cost_before=COST), unchanged("a")]))
    assert "412 in eu-west-1, prices of 2026-08-26, unchanged" in same
    one = words(html([changed]))
    first = re.search(r"USD a month[^;]*", one)
    assert first
    assert first[0].startswith("USD a month in eu-west-1, prices of 2026-08-26")
    assert "Compared with main (1234567); 1 resource unchanged." in one


def test_a_change_of_a_stack_named_like_the_risks_has_ids_of_its_own() -> None:
    page = html([new_cidr("_risks"), new_cidr("risks")])
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
