"""Reads a list of accepted findings as a stack file has it: camelCase, all problems at
once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from groundplan.acceptance.args import AcceptedFindingArgs
from groundplan.acceptance.validation import validate
from groundplan.arguments import Reader, camel_case
from groundplan.problems import Problem

KEY = "acceptedFindings"

EXAMPLE = (
    "[{rule: bucket-versioned, resource: data-logs, reason: ..., owner: ml-platform, "
    'expires: "2027-02-28"}]'
)

Check = Callable[[AcceptedFindingArgs], Iterable[Problem]]


def read(
    items: Any, key: str, *checks: Check
) -> tuple[dict[int, AcceptedFindingArgs], list[Problem]]:
    """Returns the valid entries by their place in the list, and the problems of the
    others, with `key` in front of theirs. `checks` return further problems of an
    entry."""
    if not isinstance(items, list):
        return {}, [Problem(key, items, "a list of accepted findings", f"write {EXAMPLE}")]
    entries: dict[int, AcceptedFindingArgs] = {}
    problems = []
    for place, item in enumerate(items):
        entry, found = _entry(item, checks)
        problems += [problem.under(f"{key}[{place}]") for problem in found]
        if not found:
            entries[place] = entry
    return entries, problems


def _entry(item: Any, checks: Iterable[Check]) -> tuple[AcceptedFindingArgs, list[Problem]]:
    if not isinstance(item, Mapping):
        allowed = "an object with rule or risk, resource, reason, owner and expires"
        return cast(AcceptedFindingArgs, {}), [Problem("", item, allowed, f"write {EXAMPLE}")]
    entry, shape = Reader(AcceptedFindingArgs, camel_case).read(item)
    wrong = {problem.key: problem for problem in shape}
    for check in (validate, *checks):
        for problem in check(entry):
            wrong.setdefault(camel_case(problem.key), _spelled(problem))
    return entry, list(wrong.values())


def _spelled(problem: Problem) -> Problem:
    """Returns the problem in the spelling of stack files."""
    allowed, fix = (
        text.replace("resource_pattern", "resourcePattern")
        for text in (problem.allowed, problem.fix)
    )
    return replace(problem, key=camel_case(problem.key), allowed=allowed, fix=fix)
