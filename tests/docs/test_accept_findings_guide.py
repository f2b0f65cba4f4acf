"""What the guide to accepted findings writes is read as it says."""

import datetime
import json
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml
from generator import rules as rules_page
from groundplan.acceptance import entries
from groundplan.acceptance.validation import checks
from groundplan.policy.rules import RULES
from groundplan.risk.kinds import KINDS, NAMES

ROOT = pathlib.Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "accept-findings.md").read_text(encoding="utf-8")
CHECK = checks([rule.name for rule in RULES], NAMES, datetime.date(2026, 11, 28))


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_entries_of_the_pages_are_valid() -> None:
    lists = []
    for block in [*blocks("yaml", GUIDE), *blocks("yaml", rules_page.page())]:
        data = yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506 (all values as text)
        config = data.get("config", {})
        lists.append(data.get("acceptedFindings") or config["groundplan:acceptedFindings"])
    assert len(lists) == 3
    for items in lists:
        assert entries.read(items, "acceptedFindings", CHECK)[1] == []


def test_the_guide_names_every_key_of_an_entry() -> None:
    for key in ("rule", "risk", "resource", "resourcePattern", "reason", "owner", "expires"):
        assert f"`{key}`" in GUIDE


def test_the_page_lists_every_rule_and_every_kind_with_fix_and_acceptance() -> None:
    page = rules_page.page()
    for rule in RULES:
        assert f"### {rule.name}\n" in page
        assert f"Accept: `rule: {rule.name}`" in page
    for kind in KINDS:
        assert f"### Risk: {kind.name}\n" in page
        assert f"Accept: `risk: {kind.name}`" in page
    assert page.count("\nFix: ") == len(RULES) + len(KINDS)


def test_the_command_of_the_guide_leaves_out_what_is_accepted() -> None:
    jq = shutil.which("jq")
    if jq is None:
        pytest.skip("there is no jq on the PATH")
    program = re.search(r"^jq '(.*)' findings.sarif", GUIDE, re.MULTILINE)
    assert program is not None
    results = [
        {"ruleId": "a", "suppressions": [{}]},
        {"ruleId": "b", "suppressions": []},
        {"ruleId": "c"},
    ]
    done = subprocess.run(
        [jq, program[1]],
        input=json.dumps({"runs": [{"results": results}]}),
        check=True,
        capture_output=True,
        text=True,
    )
    left = json.loads(done.stdout)["runs"][0]["results"]
    assert [result["ruleId"] for result in left] == ["b", "c"]
