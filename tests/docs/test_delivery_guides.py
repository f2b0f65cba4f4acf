"""The guides to approvals and levels of delivery say what the code does."""

import dataclasses
import json
import pathlib
import re

from groundplan.delivery.approval.subject import Subject
from groundplan.delivery.commands.up import FAILED, OVERTAKEN, REFUSED
from groundplan.delivery_levels.choices import DeliveryLevel
from groundplan.delivery_levels.declared import declared
from groundplan.delivery_levels.demands import DEMANDS
from groundplan.manifest import text_files

GUIDES = pathlib.Path(__file__).parents[2] / "docs" / "guides"
APPROVALS = (GUIDES / "approvals.md").read_text(encoding="utf-8")
LEVELS = (GUIDES / "delivery-levels.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z-]+)` \| `([a-z-]+)` \| (.*) \|$", re.MULTILINE)


def test_the_guide_has_every_demand() -> None:
    rows = [(name, level, words.replace("\\|", "|")) for name, level, words in ROW.findall(LEVELS)]
    assert rows == [(demand.name, demand.level.value, demand.summary) for demand in DEMANDS]
    for level in DeliveryLevel:
        assert f"| `{level.value}` |" in LEVELS


def test_the_guide_has_every_part_of_a_document() -> None:
    parts = set(re.findall(r"^\| `([a-z]+)` \|", APPROVALS, re.MULTILINE))
    fields = {field.name for field in dataclasses.fields(Subject)}
    assert parts == fields - {"project", "stack"}


def test_the_guide_has_the_exit_codes() -> None:
    codes = re.findall(r"^\| (\d) \| (\w+)", APPROVALS, re.MULTILINE)
    assert [int(code) for code, _ in codes] == [0, 1, 2, REFUSED, FAILED, OVERTAKEN]


def test_the_settings_of_the_guides_are_valid(tmp_path: pathlib.Path) -> None:
    for number, guide in enumerate((APPROVALS, LEVELS)):
        (example,) = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
        file = tmp_path / f"{number}.yaml"
        file.write_text(example, encoding="utf-8")
        settings = text_files.read_yaml(file)["config"]["groundplan:delivery"]
        args = declared("groundplan", "prod", {"groundplan:delivery": json.dumps(settings)})
        assert args["level"] is DeliveryLevel.CONTINUOUS_DELIVERY
