"""Findings and risks lead to the line that caused them, and fixes have its language."""

import json
import pathlib
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from groundplan.diff.comparison import compare
from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.project import Project, load
from groundplan.policy.check import check
from groundplan.policy.rules import RULES
from groundplan.report.html.page import html
from groundplan.report.junit import junit
from groundplan.report.markdown.comment import markdown
from groundplan.report.model import Report
from groundplan.report.places import NO_SETTING, located
from groundplan.report.sarif import sarif
from groundplan.report.up import lines
from groundplan.risk.analysis import analyze
from groundplan.risk.kinds import KINDS, fix_of
from groundplan.risk.risk import Level, Risk
from groundplan.risk.verdict import verdict

SETTINGS = textwrap.dedent("""\
    config:
      aws:region: us-east-1
      shop:deletionProtection: false
      shop:data:
        versioned: true
      shop:training:
        pools:
          gpu:
            minSize: 1
            maxSize: 8
    """)
PROGRAM = "import pulumi_aws as aws\naws.s3.Bucket('data')\n"
BUCKET, GROUP = "aws:s3/bucket:Bucket", "aws:eks/nodeGroup:NodeGroup"


@pytest.fixture
def project(tmp_path: pathlib.Path) -> Project:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(SETTINGS)
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path / "loop.py").write_text("for name in settings:\n    aws.s3.Bucket(name)\n")
    (tmp_path / "read.py").write_text("aws.s3.Bucket('data', **config.require_object('data'))\n")
    return load(tmp_path)


def bucket(source: str, name: str = "data", **options: Any) -> Resource:
    return Resource(f"urn::{name}", BUCKET, name, None, True, {}, source=source, options=options)


def component(setting: str = "training") -> Resource:
    return Resource(
        "urn::training", "groundplan:index:TrainingCluster", "training", None, False, {},
        source="infra/registration.py:28", setting=setting,
    )  # fmt: skip


def pool(most: int, name: str = "training-gpu-nodes") -> Resource:
    inputs = {"scalingConfig": {"maxSize": most, "minSize": 0}}
    urn, source = f"urn::{name}", "infra/registration.py:28"
    return Resource(urn, GROUP, name, "urn::training", True, inputs, source=source)


def of(project: Project, after: list[Resource], before: list[Resource] | None = None) -> Report:
    """The report of a program, with the places of its resources."""
    now = Manifest("shop", "dev", tuple(after))
    found = tuple(check(now))
    if before is None:
        return located(Report("shop", "dev", now, findings=found), project)
    then = Manifest("shop", "dev", tuple(before))
    changes = compare(then, now, "main")
    risks = tuple(analyze(changes, then, now))
    answer = verdict(changes, then, now, risks)
    report = Report("shop", "dev", now, changes, risks, findings=found, verdict=answer)
    return located(report, project, then)


@pytest.mark.parametrize(
    ("source", "place", "setting"),
    [
        ("__main__.py:2", "__main__.py:2", ""),
        ("loop.py:2", "Pulumi.dev.yaml:4", "shop:data"),
        ("read.py:1", "Pulumi.dev.yaml:4", "shop:data"),
        ("gone.py:7", "Pulumi.dev.yaml:4", "shop:data"),
        ("../../etc/hosts:1", "Pulumi.dev.yaml:4", "shop:data"),
    ],
)
def test_a_name_in_the_program_is_no_key_of_settings_unless_the_program_reads_it(
    project: Project, source: str, place: str, setting: str
) -> None:
    finding = next(
        f for f in of(project, [bucket(source)]).findings if f.rule == "bucket-versioned"
    )
    assert (finding.source, finding.setting) == (place, setting)


def test_the_fix_is_for_settings_or_for_a_program(project: Project) -> None:
    def fix(rule: str, source: str) -> str:
        return next(f.fix for f in of(project, [bucket(source)]).findings if f.rule == rule)

    assert fix("data-protected", "__main__.py:2").startswith("set pulumi.ResourceOptions(protect")
    assert fix("data-protected", "loop.py:2") == "set deletionProtection to true"
    assert fix("bucket-versioned", "loop.py:2").startswith(f"{NO_SETTING}add an aws.s3.Bucket")


def test_a_finding_on_an_option_leads_to_the_setting_of_that_option(project: Project) -> None:
    (finding,) = [f for f in of(project, [bucket("loop.py:2")]).findings if "protected" in f.rule]
    assert (finding.source, finding.setting) == ("Pulumi.dev.yaml:3", "shop:deletionProtection")


def test_a_risk_leads_to_the_setting_of_the_input_that_changes(project: Project) -> None:
    report = of(project, [component(), pool(4)], [component(), pool(8)])
    (risk,) = report.risks
    assert (risk.source, risk.setting) == (
        "Pulumi.dev.yaml:10",
        "shop:training.pools.gpu.maxSize",
    )
    text = "Pulumi.dev.yaml:10, shop:training.pools.gpu.maxSize"
    assert text in html([report])
    assert text in junit([report])
    assert "`Pulumi.dev.yaml:10` `shop:training.pools.gpu.maxSize`" in markdown([report])


def test_a_risk_of_a_program_leads_to_its_line(project: Project) -> None:
    locked = bucket("__main__.py:2", protect=True)
    (risk,) = of(project, [bucket("__main__.py:2")], [locked]).risks
    assert (risk.source, risk.setting) == ("__main__.py:2", "")


def places(report: Report) -> Iterator[tuple[str, str, int]]:
    (run,) = json.loads(sarif([report]))["runs"]
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        yield result["ruleId"], place["artifactLocation"]["uri"], place["region"]["startLine"]


def test_what_is_deleted_leads_to_its_section_and_else_to_the_settings(project: Project) -> None:
    gone = pool(8, "training-cpu-nodes")
    report = of(project, [component()], [component(), gone])
    assert {place[1:] for place in places(report)} == {("Pulumi.dev.yaml", 6)}
    lost = Resource(
        "urn::old", BUCKET, "old", None, True, {}, source="infra/registration.py:28",
        setting="artifacts", options={"protect": True},
    )  # fmt: skip
    report = of(project, [], [lost])
    assert list(places(report)) == [("up", "Pulumi.dev.yaml", 1)]
    assert report.is_configured("urn::old")
    report = of(project, [], [bucket("__main__.py:2", protect=True)])
    assert list(places(report)) == [("up", "__main__.py", 2)]
    assert not report.is_configured("urn::data")


def test_what_up_fails_at_leads_to_the_setting_that_changes(project: Project) -> None:
    sides = [
        Resource(
            "urn::training", GROUP, "training", None, True, {"clusterName": name},
            source="infra/registration.py:28", setting="training", options={"protect": True},
        )
        for name in "ab"
    ]  # fmt: skip
    report = of(project, sides[:1], sides[1:])
    (obstacle,) = report.verdict.obstacles  # type: ignore[union-attr]
    assert obstacle.setting == "shop:training"
    assert "(clusterName: b -> a; Pulumi.dev.yaml:6, shop:training)" in next(lines([report]))


def test_another_region_leads_to_the_setting_of_the_region(project: Project) -> None:
    sides = [
        Resource(
            "urn::data", "aws:kms/key:Key", "data", None, True, {"region": region},
            source="loop.py:2",
        )
        for region in ("us-east-1", "eu-west-1")
    ]  # fmt: skip
    report = of(project, sides[1:], sides[:1])
    assert {(r.source, r.setting) for r in report.risks} == {("Pulumi.dev.yaml:2", "aws:region")}


def test_a_default_provider_leads_to_its_key_of_the_configuration(project: Project) -> None:
    file = project.root / "Pulumi.dev.yaml"
    file.write_text("config:\n  aws:region: us-east-1\n  aws:defaultTags: {tags: {a: b}}\n")
    sides = [
        Manifest(
            "shop", "dev", (bucket("__main__.py:2", protect=True),),
            default_providers={"aws": {"region": "us-east-1", "defaultTags": {"tags": {"a": a}}}},
            tagged_types=(BUCKET,),
        )
        for a in "xb"
    ]  # fmt: skip
    changes = compare(sides[0], sides[1], "main")
    report = located(Report("shop", "dev", sides[1], changes), project, sides[0])
    provider = next(c for c in changes.changes if "providers" in c.resource.type)
    assert [p.path for p in provider.properties] == ["defaultTags.tags.a"]
    assert report.sources.get(provider.resource.urn) is None
    risk = Risk(Level.LOW, "access", provider.resource.urn, "x", "defaultTags.tags.a: x -> b")
    (found,) = located(replace(report, risks=(risk,)), project, sides[0]).risks
    assert (found.source, found.setting) == ("Pulumi.dev.yaml:3", "aws:defaultTags")


def test_a_file_that_only_the_base_has_is_no_place(project: Project) -> None:
    lost = bucket("removed.py:2", protect=True)
    (project.root / "Pulumi.dev.yaml").write_text("config:\n  aws:region: us-east-1\n")
    assert list(places(of(project, [], [lost]))) == [("up", "Pulumi.dev.yaml", 1)]
    shorter = bucket("__main__.py:99", protect=True)
    assert list(places(of(project, [], [shorter]))) == [("up", "__main__.py", 2)]


def test_what_the_program_says_is_stronger_than_a_name(project: Project) -> None:
    named = Resource(
        "urn::data", BUCKET, "data", None, True, {}, source="__main__.py:2", setting="training"
    )
    finding = next(f for f in of(project, [named]).findings if f.rule == "bucket-versioned")
    assert finding.setting == "shop:training"


def keys_of_settings() -> set[str]:
    """All keys of the environment's settings, each without those above it."""
    file = pathlib.Path(__file__).parents[2] / "infra" / "settings.schema.json"
    found: set[str] = set()

    def walk(node: Any) -> None:
        for value in node.values() if isinstance(node, dict) else node:
            if isinstance(value, dict | list):
                walk(value)
        if isinstance(node, dict) and isinstance(node.get("properties"), dict):
            found.update(key.rpartition(":")[2] for key in node["properties"])

    walk(json.loads(file.read_text(encoding="utf-8")))
    return found


KEYS = keys_of_settings()


def words_of(text: str) -> list[str]:
    """Words of a fix that are spelled as keys are."""
    words = [word.strip("().,:;<>") for word in text.replace(".", " ").split()]
    return [word for word in words if word != word.lower() and word[:1].islower()]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_a_fix_for_programs_and_one_of_keys_that_exist(rule: Any) -> None:
    assert rule.fix
    assert rule.settings_fix != rule.fix
    assert "_" not in rule.settings_fix
    assert "pulumi." not in rule.settings_fix
    assert set(words_of(rule.settings_fix)) <= KEYS


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_risk_has_a_fix_of_keys_that_exist(kind: Any) -> None:
    assert fix_of(kind.name, in_settings=False) == kind.fix
    assert fix_of(kind.name, in_settings=True) == (kind.settings_fix or kind.fix)
    assert "alias" not in kind.settings_fix
    assert set(words_of(kind.settings_fix)) <= KEYS


def test_rules_that_settings_decide_have_a_fix_for_settings() -> None:
    decided = {rule.name for rule in RULES if rule.settings_fix}
    assert {
        "data-protected", "cluster-endpoint-private", "image-pinned", "endpoint-rolls-back",
        "endpoint-in-vpc-or-isolated", "log-group-retention-and-key", "node-pool-has-limits",
        "namespace-enforces-pod-security", "no-secret-in-environment", "topic-encrypted",
        "bucket-encrypted-with-kms", "output-encrypted-with-kms", "alarm-has-action",
        "delivery-level-met",
    } == decided  # fmt: skip
