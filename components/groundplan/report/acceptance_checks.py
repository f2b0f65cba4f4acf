"""Checks accepted findings; imports the rules and the kinds of risks only where there
is one."""

import datetime
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from groundplan.manifest.accepted_findings import Check
from groundplan.problems import printable

if TYPE_CHECKING:
    from groundplan.acceptance.args import AcceptedFindingArgs
    from groundplan.problems import Problem


def check(today: datetime.date) -> Check:
    """Returns what checks an accepted finding when a report is written: its rule or
    kind of risk exists, and it ends within a year."""

    def problems(entry: "AcceptedFindingArgs") -> "Iterable[Problem]":
        from groundplan.acceptance import validation
        from groundplan.policy.rules import RULES
        from groundplan.risk.kinds import NAMES

        return validation.checks([rule.name for rule in RULES], NAMES, today)(entry)

    return problems


def registered(problems: Sequence[str]) -> str:
    """Returns the error of a program that registers invalid accepted findings."""
    title = "the program registers invalid accepted findings:"
    return printable("\n".join([title, *(f"  - {line}" for line in problems)]))
