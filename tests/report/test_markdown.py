"""The comment on a pull request: what it says, in which order, that nothing breaks out
of it, and that it fits."""

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import pytest
from groundplan.cost.estimate import Estimate, Item
from groundplan.diff.changes import ABSENT, Change, Changes, Kind, PropertyChange
from groundplan.manifest.model import Invoke, Manifest, Resource
from groundplan.policy.finding import Finding, Severity
from groundplan.report.markdown.comment import markdown
from groundplan.report.markdown.escape import code, html_text, text
from groundplan.report.model import Report
from groundplan.report.wording import SECRET_SIGN
from groundplan.risk.risk import Level, Risk
from markdown_it import MarkdownIt

EVIL = (
    "</details>```\n~~~~\n| a | `b` ``c`` <script>x</script> <img src=x> "
    "@octocat #12 GH-7 **bold** [l](http://e.com) ${x} "
    "\x1b[2J\u202e -->"
)
"""What a value may not do: end a fence, a cell or a fold, be HTML, call somebody, link,
act on a screen."""


class Page(HTMLParser):
    """A rendered comment: its tags, balanced, and its text outside of code."""

    VOID = frozenset({"br", "hr", "img", "input"})

    def __init__(self, comment: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.code: list[str] = []
        self._open: list[str] = []
        self.feed(MarkdownIt("commonmark").enable("table").render(comment))
        assert self._open == []

    def handle_starttag(
        self,
        tag: str,
        attrs: list[tuple[str, str | None]],  # noqa: ARG002 (the parser's name)
    ) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self._open.append(tag)
        if tag == "code":
            self.code.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" in self._open:
            self.code[-1] += data
        else:
            self.text += data


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
BUCKET = resource("aws:s3/bucket:Bucket", "data-bucket", DATA, forceDestroy=False)
NODES = resource(
    "aws:eks/nodeGroup:NodeGroup", "nodes", None, instanceTypes=["g5.xlarge"], capacityType="SPOT"
)
QUEUE = resource("aws:sqs/queue:Queue", "jobs")
ZONES = Invoke(
    "aws:index/getAvailabilityZones:getAvailabilityZones",
    {"state": "available"},
    {"names": ["us-east-1a"]},
)

REPLACED = Change(
    Kind.REPLACE,
    NODES,
    NODES,
    (
        PropertyChange("instanceTypes[0]", "g5.xlarge", "g5.2xlarge", True),
        PropertyChange("scalingConfig.maxSize", 2, 4, False),
    ),
)
UPDATED = Change(Kind.UPDATE, BUCKET, BUCKET, (PropertyChange("forceDestroy", False, True, False),))
DELETED = Change(Kind.DELETE, QUEUE, None)


def compared(*found: Change, **more: Any) -> Changes:
    counts = {kind: sum(change.kind is kind for change in found) for kind in Kind}
    return Changes("origin/main (1a2b3c4)", found, 12, counts=counts, **more)


def report(*found: Change, stack: str = "dev", **more: Any) -> Report:
    manifest = more.pop("manifest", Manifest("shop", stack, (DATA, BUCKET, NODES)))
    changes = more.pop("changes", compared(*found))
    return Report("shop", stack, manifest, changes, **more)


def finding(rule: str, severity: Severity = Severity.HIGH, **more: Any) -> Finding:
    return Finding(
        rule,
        severity,
        BUCKET.urn,
        more.pop("reason", "it is open"),
        more.pop("fix", "close it"),
        **more,
    )


def item(
    component: str, low: float, expected: float, high: float, basis: str = "2 x g5.xlarge"
) -> Item:
    return Item(f"urn::{component}", f"{component}-x", component, low, expected, high, basis)


FULL = report(
    REPLACED,
    UPDATED,
    DELETED,
    risks=(
        Risk(
            Level.HIGH,
            "downtime",
            NODES.urn,
            "The node group nodes is replaced.",
            "instanceTypes",
            ("a", "b"),
        ),
        Risk(
            Level.LOW,
            "data-loss",
            QUEUE.urn,
            "The queue jobs is deleted.",
            "",
            tuple(f"r{n}" for n in range(60)),
        ),
    ),
    cost=Estimate(
        (item("pools", 300, 412, 900), item("data", 5, 5, 5)),
        ("x (aws:fsx/...): no price",),
        {"hours": "730"},
        "AWS",
    ),
    cost_before=Estimate((item("pools", 200, 281, 600), item("data", 5, 5, 5))),
    findings=(
        finding("old-rule"),
        finding("new-rule", source="Pulumi.dev.yaml:3"),
        finding("worse", Severity.CRITICAL),
    ),
    new_findings=(
        finding("new-rule", source="Pulumi.dev.yaml:3"),
        finding("worse", Severity.CRITICAL),
    ),
    manifest=Manifest("shop", "dev", (DATA, BUCKET, NODES), invokes=(ZONES,)),
)


def in_order(text: str, *parts: str) -> None:
    places = [text.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)


def test_the_first_line_is_the_marker_and_the_summary_is_one_line() -> None:
    lines = markdown([FULL]).splitlines()
    assert lines[0] == "<!-- groundplan-preview -->"
    assert lines[1] == "## Groundplan preview: shop"
    assert lines[3] == (
        "**dev: 0 to create, 1 to update, 1 to replace, 1 to delete; "
        "about +131 USD a month (now 417; idle 305, on working days 417, at most 905), "
        "1 without a known price; "
        "2 risks, 2 new findings**"
    )


def test_an_unchanged_stack_is_one_line_and_nothing_else() -> None:
    comment = markdown(
        [
            report(
                cost=Estimate(()),
                cost_before=Estimate(()),
                manifest=Manifest("shop", "dev", (BUCKET,)),
            )
        ]
    )
    assert comment.splitlines()[3:] == [
        "**dev: unchanged against origin/main (1a2b3c4): 1 resource; about 0 USD a month**"
    ]


def test_a_stack_whose_findings_only_are_new_is_not_unchanged() -> None:
    comment = markdown(
        [report(findings=(finding("new-rule"),), new_findings=(finding("new-rule"),))]
    )
    assert "1 new finding" in comment
    assert "| high | `new-rule` |" in comment


def test_risks_come_first_and_the_basis_last() -> None:
    in_order(
        markdown([FULL]),
        "2 risks, 2 new findings",
        "**Risks**",
        "- **HIGH**, downtime: The node group nodes is replaced. Because: instanceTypes\n"
        "  Depends on it: `a`, `b`\n",
        "- **LOW**, data loss: The queue jobs is deleted.\n"
        "  <details><summary>60 resources depend on it</summary>r0, r1",
        "r49 and 10 more</details>",
        "**`data` \\[Data\\]**: 1 to update",
        "**not in a component**: 1 to replace, 1 to delete",
        "**Cost**, USD a month",
        "Basis of the costs",
        "**New policy findings**",
        "1 policy finding that the base has too.",
        "1 invoke result of the preview",
        '`aws:index/getAvailabilityZones:getAvailabilityZones` of `{"state": "available"}`: '
        '`{"names": ["us-east-1a"]}`',
    )


def test_each_changed_resource_has_a_line_and_its_properties_a_diff() -> None:
    comment = markdown([FULL])
    assert "- `-/+` `nodes` aws NodeGroup: `instanceTypes[0]` forces replacement\n" in comment
    assert "- `~` `data-bucket` aws Bucket: `forceDestroy`\n" in comment
    assert "- `-` `jobs` aws Queue\n" in comment
    assert (
        "```diff\n@@ nodes: aws NodeGroup, -/+ to replace @@\n"
        "- instanceTypes[0]: g5.xlarge\n+ instanceTypes[0]: g5.2xlarge  (forces replacement)\n"
        "- scalingConfig.maxSize: 2\n+ scalingConfig.maxSize: 4\n```\n"
    ) in comment


def test_a_new_resource_shows_its_summary_fields_and_folds_all_inputs() -> None:
    comment = markdown([report(Change(Kind.CREATE, None, NODES, note="imported: ng-1"))])
    assert (
        "- `+` `nodes` aws NodeGroup: `instanceTypes=g5.xlarge`, `capacityType=SPOT` "
        "(imported: ng-1)\n" in comment
    )
    assert '+ capacityType: SPOT\n+ instanceTypes: ["g5.xlarge"]\n```' in comment


def test_renamed_and_moved_resources_show_their_previous_name_or_parent() -> None:
    other = resource("aws:s3/bucket:Bucket", "data-store")
    comment = markdown(
        [report(Change(Kind.RENAME, BUCKET, other), Change(Kind.MOVE, BUCKET, other))]
    )
    assert "0 to delete, 1 renamed, 1 moved" in comment
    assert "- `↷` `data-store` aws Bucket: was data-bucket\n" in comment
    assert "- `↷` `data-store` aws Bucket: was below data\n" in comment


def test_documents_are_compared_line_by_line_and_long_values_folded() -> None:
    old = {
        "Statement": [{"Sid": f"S{n}", "Action": f"s3:{n}", "Resource": "*" * 9} for n in range(40)]
    }
    new = json.loads(json.dumps(old))
    new["Statement"][20]["Action"] = "s3:*"
    long = "x" * 2000
    comment = markdown(
        [
            report(
                Change(
                    Kind.UPDATE,
                    BUCKET,
                    BUCKET,
                    (
                        PropertyChange("policy", json.dumps(old), json.dumps(new, indent=4)),
                        PropertyChange("script", f"{long}A{long}", f"{long}B{long}"),
                        PropertyChange("size", "8", 8),
                    ),
                )
            )
        ]
    )
    assert "  policy:\n      " in comment
    assert '-         "Action": "s3:20",\n+         "Action": "s3:*",\n' in comment
    assert "s3:19" not in comment
    shown = re.search(r"- script: (.*)\n\+ script: (.*)\n", comment)
    assert shown is not None
    assert ("xAx" in shown[1], "xBx" in shown[2], "characters …" in shown[1]) == (True, True, True)
    assert max(map(len, shown.groups())) < 200
    assert '- size: "8"\n+ size: 8\n' in comment


def test_statements_that_change_stand_in_the_access_table() -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
        ],
    }
    wider = json.loads(json.dumps(policy))
    wider["Statement"][0]["Action"] = ["s3:*"]
    before = resource(
        "aws:iam/rolePolicy:RolePolicy", "reading", None, role="reader", policy=json.dumps(policy)
    )
    after = resource(
        "aws:iam/rolePolicy:RolePolicy", "reading", None, role="reader", policy=json.dumps(wider)
    )
    change = Change(
        Kind.UPDATE,
        before,
        after,
        (PropertyChange("policy:Statement[Read].Action", "s3:GetObject", ["s3:*"]),),
    )
    comment = markdown([report(change)])
    in_order(
        comment,
        "**Access**",
        "| `+` | `reading` | Allow | `s3:*` | `*` | `reader` |",
        "**: 1 to update",
    )


def test_the_cost_table_shows_changed_components_and_their_range() -> None:
    comment = markdown([FULL])
    assert (
        "| Component | Before | After | Difference | Range |\n| --- | ---: | ---: | ---: | ---: |\n"
        "| `pools` | 281 | 412 | +131 | 300-900 (was 200-600) |\n"
        "| 1 unchanged | 5.00 | 5.00 | 0 |  |\n"
        "| **Total** | **286** | **417** | **+131** | **305-905 (was 205-605)** |\n"
    ) in comment
    in_order(
        comment,
        "- No known price, not counted: x (aws:fsx/...): no price",
        "- hours: 730",
        "- Prices: AWS",
    )


def test_findings_show_severity_reason_fix_and_source_most_severe_first() -> None:
    comment = markdown([FULL])
    in_order(
        comment,
        "| critical | `worse` | `data-bucket` | it is open | close it |  |",
        "| high | `new-rule` | `data-bucket` | it is open | close it | `Pulumi.dev.yaml:3` |",
    )
    assert "old-rule" not in comment


def test_without_a_base_all_findings_are_folded_and_costs_have_no_before() -> None:
    comment = markdown(
        [
            report(
                changes=None,
                findings=(finding("old-rule"),),
                cost=Estimate((item("pools", 1, 2, 3),)),
            )
        ]
    )
    assert (
        "**dev: 2 resources; about 2.00 USD a month "
        "(idle 1.00, on working days 2.00, at most 3.00); 1 finding**" in comment
    )
    assert "| Component | A month | Range |" in comment
    in_order(
        comment,
        "<details><summary>1 policy finding</summary>",
        "| high | `old-rule` |",
        "</details>",
    )


def test_a_failure_shows_its_cause_its_location_and_registered_resources() -> None:
    failed = report(
        changes=None,
        message="LookupError: no such thing",
        frames=("infra/a.py:9 in <module>: raise",),
    )
    comment = markdown([failed])
    in_order(
        comment,
        "**dev: could not be previewed: LookupError: no such thing**",
        "```text\nLookupError: no such thing\n  at infra/a.py:9 in <module>: raise\n```",
        "<details><summary>3 resources had been registered until then</summary>",
        "- `data`: data, data-bucket",
    )
    Page(comment)


def test_several_stacks_have_their_summaries_at_the_top() -> None:
    comment = markdown([report(stack="dev"), report(UPDATED, stack="prod")])
    in_order(
        comment,
        "- prod: 0 to create, 1 to update",
        "- dev: unchanged against origin/main",
        "### prod",
    )
    assert "### dev" not in comment


EVERYWHERE = report(
    Change(
        Kind.REPLACE,
        resource("aws:x/y:Z", EVIL, DATA),
        resource("aws:x/y:Z", EVIL, DATA),
        (
            PropertyChange(EVIL, EVIL, "x", True),
            PropertyChange("one", f"`````{EVIL.replace(chr(10), ' ')}", "x"),
            PropertyChange(
                "document", json.dumps({"a": EVIL}), json.dumps({"a": "b", "c": [EVIL]})
            ),
        ),
        note=EVIL,
    ),
    Change(Kind.CREATE, None, resource("my:index:Evil", EVIL, None)),
    Change(
        Kind.CREATE,
        None,
        resource("aws:x/y:Z", f"{EVIL}2", resource("my:index:Evil", EVIL), value=EVIL),
    ),
    risks=(
        Risk(Level.HIGH, "access", "u", EVIL, EVIL, (EVIL,)),
        Risk(Level.LOW, EVIL, "u", EVIL, EVIL, (EVIL,) * 9),
    ),
    cost=Estimate((Item("u", EVIL, EVIL, 1, 2, 3, EVIL),), (EVIL,), {EVIL: EVIL}, EVIL),
    cost_before=Estimate(()),
    findings=(finding(EVIL, reason=EVIL, fix=EVIL, source=EVIL),),
    new_findings=(finding(EVIL, reason=EVIL, fix=EVIL, source=EVIL),),
    manifest=Manifest("shop", "dev", (), invokes=(Invoke(EVIL, {EVIL: EVIL}, {EVIL: EVIL}),)),
)


@pytest.mark.parametrize(
    "shown",
    [
        EVERYWHERE,
        report(
            changes=None,
            stack=EVIL,
            message=EVIL,
            frames=(EVIL,),
            manifest=Manifest("p", "s", (resource("a:b:C", EVIL),)),
        ),
        Report(
            EVIL, EVIL, None, Changes(EVIL, (UPDATED,), 1, (PropertyChange(EVIL, ABSENT, EVIL),))
        ),
    ],
    ids=["everywhere", "failure", "names"],
)
def test_no_value_breaks_out_mentions_or_links(shown: Report) -> None:
    comment = markdown([shown, shown])
    page = Page(comment)
    assert set(page.tags) <= {
        "h2", "h3", "p", "strong", "ul", "li", "details", "summary", "code", "pre",
        "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert page.tags.count("details") == comment.count("<details>") > 0 or shown.manifest is None
    assert not re.search(r"@octocat|#12|GH-7|://e\.com|\x1b|\u202e", page.text)
    assert "octocat" in page.text
    rows = [] if shown.message else [line for line in comment.splitlines() if line.startswith("|")]
    assert page.tags.count("td") + page.tags.count("th") == sum(
        row.count(" |") for row in rows if "---" not in row
    )


def test_a_message_can_not_end_its_fence() -> None:
    message = "````\n<b>bold</b>\n```"
    comment = markdown([report(changes=None, message=message)])
    page = Page(comment)
    assert "b" not in page.tags
    assert f"{message}\n" in page.code


@pytest.mark.parametrize(
    "value",
    [
        "a|b",
        "`",
        "``a`|`",
        "a\\",
        "a\\|b",
        "\\`",
        "<b>&amp;",
        "*a*_b_[c](d)",
        "@a #1 $x$",
        " a ",
        "é|漢`",
    ],
)
def test_a_value_reads_as_it_is_in_a_table_and_in_a_summary(value: str) -> None:
    page = Page(f"| a | b | c |\n| --- | --- | --- |\n| {code(value)} | {text(value)} | end |\n")
    assert page.code == [value]
    assert page.tags.count("td") == 3
    said = [part for part in page.text.replace("\u200b", "").split("\n") if part]
    assert said == ["a", "b", "c", " ".join(value.split()), "end"]
    page = Page(f"<details><summary>{html_text(value)}</summary>\n\n</details>\n")
    assert page.text.replace("\u200b", "").strip("\n") == " ".join(value.split())
    assert page.tags == ["details", "summary"]


def test_unknown_values_are_code_in_a_sentence() -> None:
    assert (
        text("a ${x.id} and ${unknown until y}, $5")
        == "a `${x.id}` and `${unknown until y}`, &#36;5"
    )


def test_no_secret_of_a_state_is_shown() -> None:
    secret = {SECRET_SIGN: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "hunter2"}
    nested = resource("aws:x/y:Z", "new", None, password=secret, list=[secret])
    changes = compared(
        Change(
            Kind.UPDATE,
            BUCKET,
            BUCKET,
            (
                PropertyChange("a", secret, "b"),
                PropertyChange("d", "{}", json.dumps({"x": [secret]})),
            ),
        ),
        Change(Kind.CREATE, None, nested),
    )
    comment = markdown([report(changes=changes)])
    assert "hunter2" not in comment
    assert "- a: [secret]\n+ a: b\n" in comment
    assert "password=[secret]" in comment


def many(
    number: int,
    kinds: Sequence[Kind] = (Kind.UPDATE, Kind.CREATE, Kind.REPLACE),
    stack: str = "dev",
) -> Report:
    """A report of so many changes in ten components."""
    tops = [resource("my:index:Data", f"part-{n}") for n in range(10)]
    found = []
    for n in range(number):
        kind = kinds[0] if n % 100 > 1 else kinds[n % len(kinds)]
        one = resource(
            "aws:sqs/queue:Queue", f"queue-{n}", tops[n % 10], delaySeconds=n, label=f"queue-{n}"
        )
        properties = (
            PropertyChange("delaySeconds", n, n + 1, kind is Kind.REPLACE),
            PropertyChange("tags.x", "y" * 30, "z" * 30),
        )
        found.append(
            Change(
                kind,
                None if kind is Kind.CREATE else one,
                one,
                () if kind is Kind.CREATE else properties,
            )
        )
    found += [
        Change(Kind.DELETE, resource("aws:sqs/queue:Queue", f"gone-{n}"), None)
        for n in range(number // 100)
    ]
    risks = tuple(
        Risk(Level.HIGH, "data-loss", f"u{n}", f"The queue gone-{n} is deleted.")
        for n in range(number // 100)
    )
    return report(
        *found,
        stack=stack,
        manifest=Manifest("shop", stack, tuple(tops)),
        risks=risks,
        findings=tuple(finding(f"rule-{n}") for n in range(number // 50)),
        new_findings=tuple(finding(f"rule-{n}") for n in range(number // 50)),
        cost=Estimate(tuple(item(f"part-{n}", 1, 100 + n, 300) for n in range(10))),
        cost_before=Estimate(()),
    )


def test_five_thousand_changes_fit_with_summary_and_risks_whole() -> None:
    huge = many(5_000)
    comment = markdown([huge])
    assert 55_000 < len(comment) <= 60_000
    Page(comment)
    assert "50 to delete" in comment.splitlines()[3]
    for n in range(50):
        assert f"- **HIGH**, data loss: The queue gone-{n} is deleted.\n" in comment
        assert f"- `-` `gone-{n}` aws Queue\n" in comment
    assert len(re.findall(r"\| high \| `rule-\d+` \|", comment)) == 100
    last = comment.splitlines()[-1]
    assert re.match(
        r"Left out to fit 60,000 characters: other resources: [\d,]+; .*"
        r"details of updates: [\d,]+\. All of it: ",
        last,
    )
    assert last.endswith("`groundplan preview --stack dev --base origin/main`")


def test_the_least_important_pieces_are_omitted_first() -> None:
    shown = many(200, (Kind.UPDATE, Kind.CREATE))
    whole = markdown([shown])
    seen = []
    for limit in range(len(whole), 1_000, -500):
        comment = markdown([shown], limit)
        assert len(comment) <= limit
        Page(comment)
        counts = (
            len(re.findall(r"The queue gone-\d+ is deleted", comment)),
            len(re.findall(r"- `-` `gone-\d+`", comment)),
            len(re.findall(r"\| high \| `rule-\d+`", comment)),
            len(re.findall(r"- `[+~]` `queue-\d+`", comment)),
            len(re.findall(r"(?m)^\+ label: queue-\d+$", comment)),
            len(re.findall(r"(?m)^\+ tags\.x: z+$", comment)),
        )
        seen.append(counts)
    full = seen[0]
    assert full == (2, 2, 4, 200, 2, 198)
    for counts in seen:
        lacking = [number < of for number, of in zip(counts, full, strict=True)]
        assert lacking == sorted(lacking), (
            counts
        )  # once something is left out, so is all that matters less
        first = lacking.index(True) if True in lacking else len(full)
        assert not any(counts[first + 1 :]), counts
    assert {counts[3] for counts in seen} > {0, 200}
    assert len({counts[5] for counts in seen}) > 10


def test_omitted_risks_are_counted() -> None:
    shown = report(
        UPDATED,
        risks=tuple(Risk(Level.LOW, "cost", "u", f"Risk {n}: {'x' * 200}.") for n in range(1_000)),
    )
    comment = markdown([shown])
    number = comment.count("**LOW**")
    assert number > 200
    assert f"risks: {1_000 - number};" in comment.splitlines()[-1]


def test_several_stacks_share_the_limit_fairly() -> None:
    small = report(UPDATED, stack="small")
    comment = markdown([many(3_000, stack="one"), small, many(5_000, stack="two")])
    assert len(comment) <= 60_000
    Page(comment)
    _, rest = comment.split("### two")  # the stack with most risks comes first
    two, rest = rest.split("### one")
    one, middle = rest.split("### small")
    assert "+ forceDestroy: true" in middle
    assert "Left out" not in middle
    assert abs(len(one) - len(two)) < 3_000
    assert ("--stack one" in one, "--stack two" in two) == (True, True)


def test_a_thousand_stacks_fit_too() -> None:
    comment = markdown([report(UPDATED, stack=f"stack-{n}") for n in range(1_000)])
    assert len(comment) <= 60_000
    assert "- stack-0: " in comment
    assert re.search(r"\n- and \d+ more stacks\n", comment)
    Page(comment)


def test_the_same_reports_give_the_same_text() -> None:
    again = Report(**{name: getattr(FULL, name) for name in FULL.__dataclass_fields__})
    assert markdown([FULL]) == markdown([again])


def test_a_comment_without_stacks_is_marked() -> None:
    assert (
        markdown([])
        == "<!-- groundplan-preview -->\n## Groundplan preview\n\nNo stack was previewed.\n"
    )


def test_invalid_limits_and_markers_are_refused() -> None:
    with pytest.raises(ValueError, match="allowed is 1000 or more"):
        markdown([], 999)
    with pytest.raises(ValueError, match="not a hidden comment on one line"):
        markdown([], marker="hello")
    assert markdown([], marker="<!-- team a -->").startswith("<!-- team a -->\n")
