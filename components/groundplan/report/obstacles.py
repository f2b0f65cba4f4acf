"""The obstacles that a preflight found, as the text of a report."""

import pathlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from groundplan.report.model import Report
from groundplan.report.preflight import Preflight, PreflightError, read
from groundplan.report.wording import count, line

WORDS = {"up": "up fails", "scaling": "can't scale", "later": "soon"}
"""When an obstacle is met -> the words for it."""


def headline(preflight: Preflight) -> str:
    """`Preflight: 2 obstacles in account 123456789012, 1 not checked`."""
    found = preflight.findings
    number = count(len(found), "obstacle") if found else "no obstacle"
    place = f" in account {preflight.account}" if preflight.account else ""
    rest = f", {preflight.unchecked} not checked" if preflight.unchecked else ""
    return line(f"Preflight: {number}{place}{rest}")


def sentences(preflight: Preflight) -> Iterator[str]:
    """A sentence for each obstacle, in the order of `up`."""
    for finding in preflight.findings:
        words = WORDS.get(str(finding["stage"]), str(finding["stage"]))
        start = (
            f"{finding['name']}, {words}: needs {finding['need']}; {finding['limit']}. "
            f"Fix: {finding['fix']}"
        )
        others = [f"or {text}" for text in finding.get("alternatives") or ()]
        yield line("; ".join([start, *others]))


def attached(reports: Sequence[Report], file: pathlib.Path) -> list[Report]:
    """Returns the reports, that of the file's stack with its preflight. Raises
    `PreflightError` where no report is of that stack."""
    found = read(file)
    stacks = [(report.project, report.stack) for report in reports]
    if (found.project, found.stack) not in stacks:
        raise PreflightError(
            f"--preflight {file} is of {found.project}/{found.stack}, which is not previewed. "
            f"Fix: preview that stack, or run `groundplan preflight {stacks[0][1]} --json`"
        )
    return [
        replace(report, preflight=found) if report.stack == found.stack else report
        for report in reports
    ]
