import base64
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from groundplan.cost.estimate import Estimate, Item
from groundplan.diff.changes import ABSENT, Change, Changes, Kind, PropertyChange
from groundplan.manifest.model import Invoke, Manifest, Resource
from groundplan.policy.finding import Finding, Severity
from groundplan.report.html.links import prefixes
from groundplan.report.html.page import STYLE, TEMPLATES, html
from groundplan.report.html.values import MOST_LINES, difference, outline
from groundplan.report.model import Report
from groundplan.risk.risk import Level, Risk
from jinja2 import UndefinedError
from markupsafe import Markup

EVIL = "<script>alert(1)</script>\"'&"


class _Texts:
    """The texts of a page, and which of them are below each id."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.spans: dict[str, slice] = {}

    def __getitem__(self, name: str) -> str:
        return "".join(self.pieces[self.spans[name]])


class Page(HTMLParser):
    """What a page holds: its elements with their attributes, in order, and the text
    below ids."""

    VOID = frozenset({"meta", "input", "br", "col"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts = _Texts()
        self._open: list[tuple[str, str | None, int]] = []
        self.feed(text)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append((tag, dict(attrs).get("id"), len(self.texts.pieces)))

    def handle_endtag(self, tag: str) -> None:
        opened, name, start = self._open.pop()
        assert opened == tag
        if name:
            self.texts.spans.setdefault(name, slice(start, len(self.texts.pieces)))

    def handle_data(self, data: str) -> None:
        if data.isspace() and "\n" in data:
            return  # the layout of the template
        self.texts.pieces.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.elements if "id" in attributes]


def resource(type_: str, name: str, parent: Resource | None = None, **inputs: Any) -> Resource:
    urn = f"urn:pulumi:dev::shop::{type_}::{name}"
    return Resource(
        urn,
        type_,
        name,
        parent.urn if parent else None,
        not type_.startswith("my:"),
        inputs,
        source="main.py:7",
    )


DATA = resource("my:index:Data", "data")
POLICY = {
    "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]
}
BUCKET = resource(
    "aws:s3/bucket:Bucket", "data-bucket", DATA, forceDestroy=True, policy=json.dumps(POLICY)
)
ROLE = resource("aws:iam/role:Role", "reader", None, assumeRolePolicy="{}")
TABLE = resource("aws:dynamodb/table:Table", "items", None, hashKey="id")
GONE = resource("aws:sqs/queue:Queue", EVIL, None, note=EVIL, document=json.dumps({"a": EVIL}))
ZONES = Invoke(
    "aws:index/getAvailabilityZones:getAvailabilityZones",
    {"state": "available"},
    {"names": ["us-east-1a"]},
)


def manifest(*resources: Resource, invokes: tuple[Invoke, ...] = ()) -> Manifest:
    found = tuple(sorted(resources, key=lambda r: r.urn))
    return Manifest(
        "shop", "dev", found, {"bucket": "${data-bucket.id}"}, invokes, {"aws": "7.51.1"}
    )


def compared(*found: Change, unchanged: int = 1) -> Changes:
    return Changes(
        "origin/main (1a2b3c4)",
        found,
        unchanged,
        (PropertyChange("bucket", "old-name", "new-name"),),
    )


def report(**fields: Any) -> Report:
    changes = compared(
        Change(Kind.UPDATE, BUCKET, BUCKET, (PropertyChange("forceDestroy", False, True, False),),
               (PropertyChange("protect", True, ABSENT),)),
        Change(Kind.REPLACE, TABLE, TABLE, (PropertyChange("hashKey", "key", "id", True),),
               note="It is emptied."),
        Change(Kind.CREATE, None, ROLE),
        Change(Kind.DELETE, GONE, None),
    )  # fmt: skip
    risks = (
        Risk(
            Level.HIGH,
            "data-loss",
            TABLE.urn,
            "The table items is replaced.",
            "hashKey: key -> id",
            ("reader", "nobody"),
        ),
        Risk(Level.LOW, "protection", BUCKET.urn, "data-bucket is no longer protected."),
        Risk(Level.MEDIUM, "cost", "", "It costs 100 USD a month more."),
    )
    finding = Finding(
        "bucket-private",
        Severity.HIGH,
        BUCKET.urn,
        "data-bucket is open",
        "Close it.",
        "acl",
        "Pulumi.dev.yaml:3",
    )
    other = Finding(
        "role-narrow", Severity.CRITICAL, ROLE.urn, "reader may too much", "Name what it may."
    )
    now = Estimate(
        (Item(TABLE.urn, "items", "items", 10.0, 150.0, 900.0, "1 table, on demand"),),
        ("reader (aws:x/y:Y): no price",),
        {"hours": "730 a month"},
        "AWS, 2026-11-01",
    )
    then = Estimate((Item(TABLE.urn, "items", "items", 10.0, 50.0, 900.0, "1 table"),))
    defaults: dict[str, Any] = {
        "manifest": manifest(DATA, BUCKET, ROLE, TABLE, invokes=(ZONES,)),
        "changes": changes,
        "risks": risks,
        "cost": now,
        "cost_before": then,
        "findings": (other, finding),
        "new_findings": (finding,),
    }
    return Report("shop", "dev", **(defaults | fields))


def page(*reports: Report) -> Page:
    return Page(html(reports))


def section_text(found: Page, section: str, stack: str = "dev") -> str:
    return " ".join(found.texts[f"{stack}.{section}"].split())


def test_every_link_leads_to_one_place() -> None:
    html_page = page(report(), report(changes=None))
    assert len(html_page.ids) == len(set(html_page.ids))
    links = {str(a["href"]) for a in html_page.all("a")}
    assert all(link.startswith("#") for link in links)
    assert {link[1:] for link in links} <= set(html_page.ids)
    refers = [
        value
        for _, a in html_page.elements
        for key, value in a.items()
        if key in ("aria-labelledby", "data-find")
    ]
    assert set(refers) <= set(html_page.ids)


def test_the_page_loads_nothing_and_runs_only_its_own_script() -> None:
    text = html([report()])
    html_page = Page(text)
    assert [
        name
        for name, a in html_page.elements
        if {"src", "srcset", "style"} & set(a) or any(k.startswith("on") for k in a)
    ] == []
    assert {name for name, _ in html_page.elements} & {
        "link",
        "img",
        "iframe",
        "object",
        "base",
        "form",
        "image",
        "use",
    } == set()
    policy = next(
        str(a["content"])
        for a in html_page.all("meta")
        if a.get("http-equiv") == "Content-Security-Policy"
    )
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert set(directives) == {"default-src", "style-src", "script-src", "base-uri", "form-action"}
    # These two do not fall back to default-src.
    for name in ("default-src", "base-uri", "form-action"):
        assert directives[name] == "'none'", name
    assert "unsafe" not in policy
    scripts, styles = (
        re.findall(rf"<{name}>(.*?)</{name}>", text, re.DOTALL) for name in ("script", "style")
    )
    assert (len(scripts), len(styles)) == (1, 2)
    for source in (*scripts, *styles):
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        allowed = directives["script-src" if source in scripts else "style-src"].split()
        assert f"'sha256-{digest}'" in allowed
    assert len(directives["script-src"].split()) == len(scripts)
    assert len(directives["style-src"].split()) == len(styles)


def test_names_from_the_program_stay_text() -> None:
    evil = resource(
        f"aws:x/y:{EVIL}", EVIL, None, **{EVIL: EVIL, "json": json.dumps({"deep": {EVIL: [EVIL]}})}
    )
    plain = report(manifest=manifest(evil))
    everywhere = Report(
        project=EVIL,
        stack=EVIL,
        manifest=Manifest(
            EVIL,
            EVIL,
            (evil,),
            {EVIL: EVIL},
            (Invoke(EVIL, {EVIL: EVIL}, {EVIL: EVIL}),),
            {EVIL: EVIL},
        ),
        changes=Changes(
            EVIL,
            (
                Change(
                    Kind.UPDATE, evil, evil, (PropertyChange(EVIL, EVIL, {EVIL: EVIL}),), note=EVIL
                ),
            ),
            0,
        ),
        risks=(Risk(Level.HIGH, EVIL, evil.urn, EVIL, EVIL, (EVIL,)),),
        cost=Estimate((Item(evil.urn, EVIL, EVIL, 1, 2, 3, EVIL),), (EVIL,), {EVIL: EVIL}, EVIL),
        findings=(Finding(EVIL, Severity.LOW, evil.urn, EVIL, EVIL, EVIL, EVIL, EVIL),),
        message=EVIL,
        frames=(EVIL,),
    )
    html_page = page(plain, everywhere)
    assert len(html_page.all("script")) == 1
    assert html([everywhere]).count("<script>") == 1
    assert EVIL in html_page.texts["report"]


def test_unprintable_characters_are_shown_by_their_codes() -> None:
    text = html(
        [
            report(
                manifest=manifest(
                    resource("a:b:C", "bu\u202ecket\x00\ufeff", None, note="\x1b[31m")
                )
            )
        ]
    )
    assert not {"\u202e", "\x00", "\x1b", "\ufeff"} & set(text)
    assert "bu\\u202ecket\\x00\\ufeff" in text


def test_every_template_output_is_visible_and_escaped() -> None:
    acting = "\x1b\x7f\x9b\u200b\u200e\u202e\u2066\ufeff\ufffe"
    template = TEMPLATES.from_string('<p title="{{ value }}">{{ value }}</p>{{ markup }}')
    text = template.render(value=acting + EVIL, markup=Markup("<b></b>"))
    assert not set(acting) & set(text)
    codes = r"\x1b\x7f\x9b\u200b\u200e\u202e\u2066\ufeff" + "\ufffd"
    escaped = codes + "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;"
    assert text == f'<p title="{escaped}">{escaped}</p><b></b>'
    with pytest.raises(UndefinedError):
        TEMPLATES.from_string("{{ missing }}").render()


def test_the_stack_is_summed_up_in_numbers_that_link_to_their_parts() -> None:
    html_page = page(report())
    text = " ".join(html_page.texts["dev"].split())
    for words in ("1+ to create", "1~ to update", "1-/+ to replace", "1- to delete",
                  "+100USD a month, now 150; idle 10, on working days 150, at most 900",
                  "3risks: 1 high, 1 medium, 1 low", "2findings, 1 new"):  # fmt: skip
        assert words in text


def test_risks_show_their_cause_their_resource_and_its_dependents() -> None:
    html_page = page(report())
    text = section_text(html_page, "risks")
    assert (
        "! high data lossThe table items is replaced.Because hashKey: key -> id"
        "See itemsDepends on it: reader, nobody" in text
    )
    links = [a["href"] for a in html_page.all("a")]
    assert "#dev.c1" in links
    assert "itemsaws" not in text
    assert "items aws Table" in " ".join(html_page.texts["dev.c1"].split())


def test_a_wide_blast_radius_is_folded() -> None:
    many = tuple(f"thing-{n}" for n in range(30))
    text = section_text(
        page(report(risks=(Risk(Level.HIGH, "downtime", TABLE.urn, "Down.", "", many),))),
        "risks",
    )
    assert "30 resources depend on it" in text
    assert "thing-29" in text


def test_a_change_shows_old_and_new_values_and_forced_replacements() -> None:
    html_page = page(report())
    assert "hashKeyforces replacement- key\n+ id\n" in html_page.texts["dev.c1"]
    assert "It is emptied." in html_page.texts["dev.c1"]
    assert "forceDestroy- false\n+ true\n" in html_page.texts["dev.c0"]
    assert "protect- true\n" in html_page.texts["dev.c0"]
    assert "forces replacement" not in html_page.texts["dev.c0"]
    assert "assumeRolePolicy: {}" in html_page.texts["dev.c2"]
    assert "bucket- old-name\n+ new-name\n" in html_page.texts["dev.changes"]
    assert "1 resource unchanged." in html_page.texts["dev.changes"]


def test_changes_can_be_filtered_by_kind_and_by_risk() -> None:
    html_page = page(report())
    rows = {
        a["id"]: a["data-row"] for a in html_page.all("li") if str(a.get("id")).startswith("dev.c")
    }
    assert rows == {
        "dev.c0": "update risk",
        "dev.c1": "replace risk",
        "dev.c2": "create",
        "dev.c3": "delete",
    }
    chips = [a["data-only"] for a in html_page.all("button") if "data-only" in a]
    assert chips == ["create", "update", "replace", "delete", "risk"]


def test_without_a_base_there_is_no_list_of_changes_and_no_changes_are_marked() -> None:
    bare = page(report(changes=None, risks=(), new_findings=(), cost_before=None))
    assert "dev.changes" not in bare.ids
    assert "dev.risks" not in bare.ids
    assert "Compared withnothing" in about_text(bare)
    still = page(report(changes=Changes("main", (), 4), risks=()))
    assert section_text(still, "changes") == "ChangesNo resource changes. 4 resources unchanged."
    assert "The changes have no risk" in section_text(still, "risks")


def about_text(found: Page) -> str:
    return section_text(found, "about")


def test_access_that_changes_is_a_table() -> None:
    opened = {
        "Statement": [
            {"Sid": "Read", "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}
        ]
    }
    before = resource(
        "aws:s3/bucketPolicy:BucketPolicy", "p", None, bucket="b", policy=json.dumps(POLICY)
    )
    after = resource(
        "aws:s3/bucketPolicy:BucketPolicy", "p", None, bucket="b", policy=json.dumps(opened)
    )
    html_page = page(
        report(
            manifest=manifest(after),
            changes=compared(Change(Kind.UPDATE, before, after)),
            risks=(),
        )
    )
    assert "+new" in section_text(html_page, "access")
    assert "s3:*" in section_text(html_page, "access")
    assert "dev.access" not in page(report(changes=compared())).ids


def test_costs_are_listed_by_component_with_range_total_and_basis() -> None:
    html_page = page(report())
    text = section_text(html_page, "cost")
    assert "items50150+10010-900" in text
    assert "Total50150+10010-900" in text
    assert "1 resource without a known price, not counted" in text
    assert "reader (aws:x/y:Y): no price" in text
    assert "hours730 a month" in text
    assert "1 table, on demand" in text
    assert "AWS, 2026-11-01" in text
    bars = [a for a in html_page.all("rect") if a.get("class") == "range"]
    assert [(a["x"], a["width"]) for a in bars] == [("1.3", "118.7")]


def test_costs_without_a_base_have_no_before() -> None:
    text = section_text(page(report(cost_before=None)), "cost")
    assert "Before" not in text
    assert "items15010-900" in text
    assert "dev.cost" not in page(report(cost=None)).ids


def test_new_findings_come_first_then_the_worst() -> None:
    text = section_text(page(report()), "policy")
    assert text.index("bucket-private") < text.index("role-narrow")
    assert "! highnew bucket-privatedata-bucket is openFix: Close it." in text
    assert "Pulumi.dev.yaml:3" in text
    assert "No rule of the policy is broken." in section_text(
        page(report(findings=(), new_findings=())), "policy"
    )


def test_the_tree_holds_every_resource_below_its_component_with_its_inputs() -> None:
    html_page = page(report())
    tree = [a for a in html_page.all("li") if str(a.get("id")).startswith("dev.r")]
    assert len(tree) == 4
    data = next(
        html_page.texts[str(a["id"])] for a in tree if "[Data]" in html_page.texts[str(a["id"])]
    )
    assert "1 below, 1 changing" in data
    assert "policy: (JSON)\n  Statement:\n    • Sid: Read\n      Effect: Allow\n" in data


def test_a_child_whose_parent_is_missing_is_in_the_tree_all_the_same() -> None:
    assert "data-bucket" in section_text(page(report(manifest=manifest(BUCKET))), "resources")


def test_invoke_results_are_listed() -> None:
    text = section_text(page(report()), "invokes")
    assert "called 1 provider function" in text
    assert "state: available" in text
    assert "us-east-1a" in text


def test_a_failure_shows_its_cause_its_location_and_its_progress() -> None:
    failed = Report(
        "shop",
        "dev",
        manifest(DATA),
        message="ValueError: no region\nFix: set it",
        frames=("main.py:3",),
    )
    html_page = page(failed)
    text = html_page.texts["dev"]
    assert "ValueError: no region\nFix: set it" in text
    assert "at main.py:3" in text
    assert "1 resource had been registered until then." in text
    assert "dev.policy" not in html_page.ids
    assert "could not be previewed" in page(Report("shop", "dev", None, message="x")).texts["dev"]


def test_several_stacks_have_ids_of_their_own() -> None:
    other = Report("shop", "prod", None, message="broken")
    html_page = page(report(), other, report())
    assert {"dev", "prod", "shop-dev"} <= set(html_page.ids)
    text = " ".join(html_page.texts["dev"].split())
    assert text.startswith("dev")
    # The stack that fails comes first.
    assert [a["href"] for a in html_page.all("a")][1:4] == ["#prod", "#dev", "#shop-dev"]


def test_ids_of_stacks_never_meet() -> None:
    names = ["dev", "dev", "dev", "prod/eu", "prod-eu", "1", "", "../..", "dev-2"]
    shown = prefixes([Report("p", name, None) for name in names])
    assert len(set(shown)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name) for name in shown)


def test_nothing_is_a_page_too() -> None:
    assert "No stack was previewed." in page().texts["report"]


def test_headings_are_in_order_and_the_language_is_declared() -> None:
    html_page = page(report(), report(changes=None))
    levels = [int(name[1]) for name, _ in html_page.elements if re.fullmatch(r"h\d", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert html_page.all("html")[0]["lang"] == "en"


def test_secrets_of_a_state_are_not_shown() -> None:
    secret = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "plaintext": "hunter2",
    }
    holder = resource("a:b:C", "c", None, password=secret, document=json.dumps({"p": secret}))
    changes = compared(
        Change(Kind.UPDATE, holder, holder, (PropertyChange("password", secret, "x"),))
    )
    text = html([report(manifest=manifest(holder), changes=changes)])
    assert "hunter2" not in text
    assert "[secret]" in text


def test_a_document_is_compared_line_by_line() -> None:
    new = json.dumps(
        {"Statement": [*POLICY["Statement"], {"Sid": "Write", "Action": "s3:PutObject"}]}
    )
    change = PropertyChange("policy", json.dumps(POLICY), new)
    shown = difference(change, 10_000)
    assert ("+", "+   • Sid: Write\n+     Action: s3:PutObject\n") in shown.blocks
    assert "-" not in dict(shown.blocks)
    text = html([report(changes=compared(Change(Kind.UPDATE, BUCKET, BUCKET, (change,))))])
    assert "<ins>+   • Sid: Write\n+     Action: s3:PutObject\n</ins>" in text


def test_values_that_look_alike_are_distinguished() -> None:
    shown = difference(PropertyChange("port", "8", 8), 10_000)
    assert shown.blocks == (("-", '- "8"\n'), ("+", "+ 8\n"))


def test_a_huge_value_is_cut() -> None:
    change = PropertyChange("text", "", "\n".join("x" * 20 for _ in range(50_000)))
    shown = difference(change, 20_000)
    assert sum(lines.count("\n") for _, lines in shown.blocks) <= MOST_LINES
    assert shown.truncated
    text = html([report(changes=compared(Change(Kind.UPDATE, BUCKET, BUCKET, (change,))))])
    assert "the rest is in the manifests" in text
    assert len(outline({f"k{n}": "v" * 100 for n in range(10_000)}, 2_000)) < 3_000
    assert len(outline("x" * 1_000_000, 2_000)) < 3_000


def test_a_deep_value_does_not_break_the_page() -> None:
    deep: Any = "end"
    for _ in range(200):
        deep = {"a": [deep]}
    assert "end" in outline(deep, 100_000)


def test_a_deep_tree_does_not_break_the_page() -> None:
    chain: list[Resource] = []
    for number in range(1_000):
        chain.append(resource("my:index:D", f"d{number}", chain[-1] if chain else None))
    html_page = page(report(manifest=manifest(*chain), changes=None))
    assert len([a for a in html_page.all("li") if str(a.get("id")).startswith("dev.r")]) == 1_000
    assert "d999" in html_page.texts["dev.resources"]


def test_a_page_of_five_thousand_changes_stays_below_ten_megabytes() -> None:
    inputs = {
        "bucket": "name",
        "tags": {f"key{n}": f"value {n}" for n in range(8)},
        "policy": json.dumps(POLICY),
    }
    many = [resource("aws:s3/bucket:Bucket", f"bucket-{n}", DATA, **inputs) for n in range(5_000)]
    changes = compared(
        *(Change(Kind.UPDATE, r, r, (PropertyChange("tags.key1", "old", "new"),)) for r in many)
    )
    text = html([report(manifest=manifest(DATA, *many), changes=changes)])
    assert len(text.encode()) < 10_000_000
    assert text.count('data-row="update"') == 10_000
    assert "tags.key1" in text


def test_the_same_reports_give_the_same_page() -> None:
    assert html([report()]) == html([report()])


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1])
def test_text_has_the_contrast_that_wcag_asks_for(scheme: int) -> None:
    found = dict(
        re.findall(r"--(\w+): (#\w+)", re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[scheme])
    )
    pairs = [
        (ink, paper)
        for ink in ("ink", "dim", "link", "create", "update", "replace", "delete", "move")
        for paper in ("paper", "fill")
    ]
    for ink, paper in [*pairs, ("create", "ins"), ("delete", "del")]:
        light, dark = sorted((luminance(found[ink]), luminance(found[paper])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper)
