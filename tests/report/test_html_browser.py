"""The report and the picture in a real browser; skipped where there is none."""

import json
import pathlib
from typing import Any

import pytest
from groundplan.cost.estimate import Estimate, Item
from groundplan.diff.changes import Change, Changes, Kind, PropertyChange
from groundplan.manifest.model import Manifest, Resource
from groundplan.report.diagram.diagram import diagram
from groundplan.report.html.page import html
from groundplan.report.model import Report
from groundplan.risk.risk import Level, Risk

LONG = "a-name-without-any-place-to-break-it-" * 5 + "Ünïcode日本語" * 6
EVIL = '<img src=x onerror="document.title=1"><script>document.title=1</script>'


def resource(
    type_: str,
    name: str,
    parent: Resource | None = None,
    on: tuple[Resource, ...] = (),
    **inputs: Any,
) -> Resource:
    urn = f"urn:pulumi:dev::shop::{type_}::{name}"
    custom = not type_.startswith("my:")
    parent_urn = parent.urn if parent else None
    return Resource(
        urn,
        type_,
        name,
        parent_urn,
        custom,
        inputs,
        {},
        tuple(o.urn for o in on),
        source="main.py:1",
    )


def report() -> Report:
    """A report with long, wide and hostile texts in every place."""
    network = resource("my:index:Network", "network")
    vpc = resource("aws:ec2/vpc:Vpc", "network-vpc", network, cidrBlock="10.0.0.0/16")
    tops = [
        resource(f"my:index:{kind}", name)
        for kind, name in (("WWWWWWWWWWWW" * 3, "W" * 60), ("Job", LONG), ("Job", EVIL))
    ]
    inner = [
        resource(
            "aws:ec2/instance:Instance",
            f"{top.name}-{n}-{LONG}",
            top,
            (vpc,),
            instanceType="m5.metal-" * 9,
        )
        for top in tops
        for n in range(3)
    ]
    policy = {
        "Statement": [
            {
                "Sid": "A",
                "Effect": "Allow",
                "Action": ["s3:GetObject"] * 9,
                "Resource": f"arn:{LONG}",
            }
        ]
    }
    bucket = resource(
        "aws:s3/bucket:Bucket", LONG + "bucket", None, (vpc,), policy=json.dumps(policy), note=EVIL
    )
    role = resource(
        "aws:iam/rolePolicy:RolePolicy", "role-policy", None, role="r", policy=json.dumps(policy)
    )
    manifest = Manifest(
        "shop",
        "dev",
        tuple(sorted((network, vpc, *tops, *inner, bucket, role), key=lambda r: r.urn)),
    )
    changes = (
        Change(
            Kind.UPDATE,
            bucket,
            bucket,
            (PropertyChange("note." + LONG, LONG * 3, EVIL),),
            note=LONG,
        ),
        Change(Kind.CREATE, None, role),
        Change(
            Kind.REPLACE,
            vpc,
            vpc,
            (PropertyChange("cidrBlock", "10.1.0.0/16", "10.0.0.0/16", True),),
        ),
        *(Change(Kind.DELETE, r, None) for r in inner[:3]),
    )
    names = tuple(r.name for r in inner)
    risk = Risk(Level.HIGH, "data-loss", bucket.urn, f"The bucket {LONG} is deleted.", LONG, names)
    cost = Estimate(
        (Item(vpc.urn, LONG, LONG, 1.0, 2_000_000.5, 30_000_000.25, LONG),),
        (LONG,),
        {LONG: LONG},
        LONG,
    )
    return Report("shop", "dev", manifest, Changes(LONG, changes, 9), (risk,), cost, cost, (), ())


@pytest.fixture
def page(chromium: Any, tmp_path: pathlib.Path) -> tuple[Any, pathlib.Path]:
    file = tmp_path / "report.html"
    file.write_text(html([report(), Report("shop", "prod", report().manifest)]), encoding="utf-8")
    return chromium, file


ROWS = (
    "[...document.querySelectorAll('[id=\"dev.list\"] > [data-row]')]"
    ".filter(row => !row.hidden).map(row => row.dataset.row)"
)

LOST = """(async () => {
  const lost = [];
  for (const href of LINKS) {
    location.hash = href;
    await new Promise(done => setTimeout(done, 5));
    const target = document.getElementById(href.slice(1));
    const box = target && target.getBoundingClientRect();
    const visible = box && target.checkVisibility();
    if (!visible || box.bottom < 0 || box.top > innerHeight) lost.push(href);
  }
  return lost;
})()"""

SEARCH = """new Promise(done => {
  const input = document.querySelector('[data-find="%s"] input');
  input.value = %s;
  input.dispatchEvent(new Event('input'));
  setTimeout(() => done(document.querySelector('[data-find="%s"] output').textContent), 250);
})"""


def search(browser: Any, words: str, of: str = "dev.list") -> Any:
    return browser.run(SEARCH % (of, json.dumps(words), of))


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_the_window_and_nothing_is_refused_or_loaded(
    page: tuple[Any, pathlib.Path], width: int, dark: bool
) -> None:
    browser, file = page
    browser.show(file, width, dark=dark)
    browser.run("document.querySelectorAll('details').forEach(details => { details.open = true })")
    assert browser.run("[innerWidth, document.documentElement.scrollWidth]") == [width, width]
    assert browser.complaints() == []
    assert browser.run("document.title") == "Preview of shop"
    paper = browser.run("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")


def test_every_link_in_the_page_leads_somewhere_that_is_then_seen(
    page: tuple[Any, pathlib.Path],
) -> None:
    browser, file = page
    browser.show(file, 390)
    links = browser.run(
        "[...new Set([...document.querySelectorAll('a')].map(link => link.getAttribute('href')))]"
    )
    assert len(links) > 20
    lost = browser.run(LOST.replace("LINKS", json.dumps(links)))
    assert lost == []


def test_the_search_shows_the_rows_that_hold_all_words_and_a_link_shows_them_again(
    page: tuple[Any, pathlib.Path],
) -> None:
    browser, file = page
    browser.show(file, 1200)
    assert len(browser.run(ROWS)) == 6
    assert search(browser, "CIDRblock 10.1") == "1 of 6 shown"
    assert browser.run(ROWS) == ["replace"]
    assert search(browser, "no such thing") == "0 of 6 shown"
    browser.run("document.querySelector('[id=\"dev.risks\"] a').click()")
    browser.run("new Promise(done => setTimeout(done, 50))")
    assert len(browser.run(ROWS)) == 6
    assert browser.run("document.querySelector(':target > details').open")


def test_rows_are_no_list_items_or_hiding_thousands_would_take_minutes(
    page: tuple[Any, pathlib.Path],
) -> None:
    browser, file = page
    browser.show(file, 1200)
    shown = (
        "[...new Set([...document.querySelectorAll('%s')]"
        ".map(row => getComputedStyle(row).display))]"
    )
    assert browser.run(shown % ".rows li") == ["block"]
    assert browser.run(shown % "summary") == ["block"]


def test_chips_show_only_their_kind_and_several_add_up(page: tuple[Any, pathlib.Path]) -> None:
    browser, file = page
    browser.show(file, 1200)
    click = "document.querySelector('[data-only=\"%s\"]').click()"
    browser.run(click % "create")
    assert browser.run(ROWS) == ["create"]
    browser.run(click % "delete")
    assert sorted(browser.run(ROWS)) == ["create", "delete", "delete", "delete"]
    assert (
        browser.run("document.querySelector('[data-only=\"delete\"]').getAttribute('aria-pressed')")
        == "true"
    )
    browser.run(click % "create")
    browser.run(click % "delete")
    browser.run(click % "risk")
    assert browser.run(ROWS) == ["update risk"]


def test_the_tree_shows_search_results_with_their_components_opened(
    page: tuple[Any, pathlib.Path],
) -> None:
    browser, file = page
    browser.show(file, 1200)
    assert search(browser, "10.0.0.0/16", "dev.all") == "1 of 16 shown"
    seen = (
        "[...document.querySelectorAll('[id=\"dev.all\"] [data-row]')]"
        ".filter(row => row.checkVisibility()).length"
    )
    assert browser.run(seen) == 2


def test_the_keyboard_finds_the_search_and_open_all_opens(page: tuple[Any, pathlib.Path]) -> None:
    browser, file = page
    browser.show(file, 1200)
    for kind in ("keyDown", "keyUp"):
        browser.ask(
            "Input.dispatchKeyEvent", type=kind, key="/", text="/" if kind == "keyDown" else ""
        )
    assert browser.run("document.activeElement.type") == "search"
    browser.run("document.querySelector('[data-toggle]').click()")
    assert (
        browser.run("document.querySelectorAll('[id=\"dev.list\"] > li > details[open]').length")
        == 6
    )


@pytest.mark.parametrize("number", [1, 7, 34])
def test_no_text_of_the_picture_leaves_its_box(
    chromium: Any, tmp_path: pathlib.Path, number: int
) -> None:
    rendered = report()
    more = [resource("my:index:Wide", f"{n}-{'Mm@W' * n}") for n in range(number)]
    manifest = Manifest("shop", "dev", (*(rendered.manifest or ()), *more))
    file = tmp_path / "picture.svg"
    file.write_text(diagram(Report("shop", "dev", manifest, rendered.changes)), encoding="utf-8")
    chromium.show(file, 1200)
    over = chromium.run(
        """[...document.querySelectorAll('g')].flatMap(group => {
          const box = group.querySelector('.box');
          if (!box) return [];
          const frame = box.getBBox();
          return [...group.querySelectorAll('text')].filter(text => {
            const own = text.getBBox();
            return own.x < frame.x || own.x + own.width > frame.x + frame.width ||
                own.y + own.height > frame.y + frame.height;
          }).map(text => text.textContent);
        })"""
    )
    assert over == []
    assert chromium.run("document.querySelectorAll('.box').length") >= number
    overlap = chromium.run(
        """[...document.querySelectorAll('g')].filter(group => {
          const name = group.querySelector('.name'), badge = group.querySelector('.end:not(.mark)');
          return name && badge && name.getBBox().x + name.getBBox().width > badge.getBBox().x;
        }).length"""
    )
    assert overlap == 0
