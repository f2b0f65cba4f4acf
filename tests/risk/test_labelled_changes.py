"""What is said of the labelled changes: all risky ones are caught, no safe one is more
than worth a look. `pytest -s` prints the rates."""

import re
import sys
from functools import cache

from labelled_changes import Labelled, labelled

RATE = "caught {} of {} risky changes, {} false alarms in {} safe ones; {} of {} from reports"


@cache
def every_change() -> tuple[Labelled, ...]:
    return tuple(labelled())


def risky() -> list[Labelled]:
    return [each for each in every_change() if not each.safe and each.kinds]


def safe() -> list[Labelled]:
    return [each for each in every_change() if each.safe]


def test_the_rates_are_printed() -> None:
    every = every_change()
    caught = [each for each in risky() if each.caught]
    alarms = [each for each in safe() if each.exaggerated]
    reports = [each for each in every if each.from_report]
    numbers = len(caught), len(risky()), len(alarms), len(safe()), len(reports), len(every)
    sys.stdout.write(f"\n{RATE.format(*numbers)}\n")
    assert every


def test_each_risky_change_is_caught_at_its_level() -> None:
    assert [each.name for each in risky() if not each.caught] == []


def test_no_safe_change_is_more_than_worth_a_look() -> None:
    assert [each.name for each in safe() if each.exaggerated] == []


def test_no_risk_is_exaggerated() -> None:
    assert [each.name for each in risky() if each.exaggerated] == []


def test_each_change_that_breaks_a_rule_has_its_finding() -> None:
    ruled = [each for each in every_change() if "rule" in each.label]
    assert [each.name for each in ruled if each.label["rule"] not in each.new_rules] == []


def test_the_verdict_is_known_of_each_change_that_up_fails_at() -> None:
    labels = [(each, each.label["up"]) for each in every_change() if "up" in each.label]
    assert [each.name for each, up in labels if each.status != up] == []


def test_the_set_is_large_and_names_the_source_of_each_label() -> None:
    every = every_change()
    assert len(every) >= 60
    assert len({each.name for each in every}) == len(every)
    assert all(re.search(r"\S", each.label["source"]) for each in every)
    assert sum(each.from_report for each in every) * 2 >= len(every)
