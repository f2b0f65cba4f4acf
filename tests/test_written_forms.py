"""What a value of the wrong type means."""

from typing import Any, TypedDict

import pytest
from groundplan.arguments import camel_case
from groundplan.arguments.reader import Reader
from groundplan.arguments.written_forms import fix_of
from groundplan.network.choices import NatGateways


class Switched(TypedDict, total=False):
    enabled: bool


class Plain(TypedDict, total=False):
    retention_days: int


@pytest.mark.parametrize(
    ("key", "hint", "value", "fix"),
    [
        ("flowLogs.retentionDays", int, "14d", "write 14: the unit is days"),
        ("retention_days", int, "2 weeks", "write 14: the unit is days"),
        ("retentionDays", int, "36h", "write a whole number: the unit is days"),
        ("diskGib", int, "500Gb", "write 500: the unit is GiB"),
        ("logGb", int, "2GB", "write 2: the unit is GB"),
        ("diskGib", int, "2TB", "write 2048: the unit is GiB"),
        ("memoryGib", float, "512Mi", "write 0.5: the unit is GiB"),
        ("waitSeconds", int, "1h30m", "write 5400: the unit is seconds"),
        ("latencyMs", int, "2s", "write 2000: the unit is ms"),
        ("maxSize", int, "2GB", "write 2, without the unit"),
        ("canaryPercent", int, "25%", "write 25, without the unit"),
        ("maxUsdPerHour", float, "$180", "write 180, without the unit"),
        ("maxSize", int, "1,000", "write 1000"),
        ("maxSize", int, "2", "write 2, without quotes"),
        ("maxSize", int, "two", "write 2"),
        ("maxSize", int, "many", "write a number"),
        ("maxSize", int, 2.5, "write 2 or 3: it is a whole number"),
        ("maxSize", int, True, "write a number"),
        ("maxSize", int, "9" * 5000, "write a number"),
        ("maxSize", int, float("inf"), "write a number"),
        ("enabled", bool, "off", "write false"),
        ("enabled", bool, "On", "write true"),
        ("enabled", bool, "true", "write true, without quotes"),
        ("enabled", bool, 0, "write false"),
        ("enabled", bool, "maybe", "write true or false"),
        ("cidrs", list[str], "10.0.0.0/8", 'write a list: ["10.0.0.0/8"]'),
        ("name", str, 1.2, "write it in quotes"),
        ("name", str, ["a"], 'write "a", without brackets'),
        ("tags", dict[str, str], "a=b", "write keys with values below it"),
        ("flowLogs", Switched, "off", "write {enabled: false}"),
        ("flowLogs", Switched, True, "write {}: it has the defaults then"),
        ("flowLogs", Plain, False, "remove it"),
        ("flowLogs", Plain, 14, "write its keys below it"),
        ("natGateways", NatGateways, False, 'write "none"'),
    ],
)
def test_a_value_in_another_form_has_a_fix(key: str, hint: Any, value: Any, fix: str) -> None:
    assert fix_of(key, hint, value) == fix


@pytest.mark.parametrize("value", ["ON_DEMAND", "On Demand", "on-demnad"])
def test_an_enum_in_another_case_or_with_other_separators_has_one_fix(value: str) -> None:
    from groundplan.problems import one_of

    (problem,) = one_of("capacity_type", value, ["on-demand", "spot", "reservation"])
    assert problem.fix == 'did you mean "on-demand"'


def test_the_reader_gives_the_fix_with_the_key_in_its_spelling() -> None:
    _, problems = Reader(Plain, camel_case).read({"retentionDays": "30d"})
    assert str(problems[0]).endswith("Fix: write 30: the unit is days.")
    _, unknown = Reader(Plain, camel_case).read({"retentoinDays": 3})
    assert unknown[0].fix == "did you mean retentionDays"
