"""Rules on values that aren't what a property usually has."""

from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.diff.value_rules import RULES, kubernetes
from groundplan.diff.value_rules.rule import Sides

ODD: tuple[Any, ...] = (
    *(ABSENT, None, "", "x", "${x.y}", "${unknown until x}", "1.x", "v1", -1, 0.5, 10**400, True),
    *([], [1], ["a", None], [{"a": 1}], {}, {"a": {"b": []}}, float("nan"), "1" * 50),
)


PAIRS = [(old, ODD[(index + step) % len(ODD)]) for index, old in enumerate(ODD) for step in (0, 5)]


def test_odd_values_break_no_rule() -> None:
    for token, rules in (*RULES.items(), *kubernetes.RULES.items()):
        for rule in rules:
            for old, new in PAIRS:
                sides = {"engine": old, "deploymentType": new, "computeResources": old}
                answer = rule.when(Sides(sides, sides, old, new))
                assert answer in (True, False, None), (token, rule.path, old, new)
