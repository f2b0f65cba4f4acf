"""Validates an accepted finding. Nothing here reads a clock: `of_date` takes the
day."""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from groundplan.acceptance.acceptance import URN, parsed_date
from groundplan.acceptance.args import AcceptedFindingArgs
from groundplan.context import Context
from groundplan.problems import MISSING, Problem, one_of
from groundplan.secret_names import PATTERNS

SHORTEST_REASON, LONGEST_REASON, LONGEST_OWNER = 10, 500, 100

LONGEST_DAYS = 366
"""Days ahead that an acceptance may expire: a year, also across a leap day."""

DATE_ALLOWED = "a date as YYYY-MM-DD, in quotes"
DATE_FIX = 'write the last day on which it is accepted, such as "2027-02-28"'

WILD = re.compile(r"[*?]")


def validate(args: AcceptedFindingArgs, _context: Context | None = None) -> list[Problem]:
    """Returns the problems of the values of `args`, one for each key."""
    problems: dict[str, Problem] = {}
    for problem in (*_subject(args), *_place(args), *_texts(args), *_expires(args)):
        problems.setdefault(problem.key, problem)
    return list(problems.values())


def checks(
    rules: Sequence[str], kinds: Sequence[str], today: datetime.date
) -> Callable[[AcceptedFindingArgs], list[Problem]]:
    """Returns what checks an entry when it is read for a report: its rule or kind of
    risk exists, and it ends within a year."""
    return lambda args: [*of_names(args, rules, kinds), *of_date(args, today)]


def of_names(
    args: AcceptedFindingArgs, rules: Sequence[str], kinds: Sequence[str]
) -> list[Problem]:
    """Returns the problem of a rule or a kind of risk that doesn't exist."""
    return [
        *one_of("rule", args.get("rule"), rules),
        *one_of("risk", args.get("risk"), kinds),
    ]


def of_date(args: AcceptedFindingArgs, today: datetime.date) -> list[Problem]:
    """Returns the problem of a date that is more than a year ahead."""
    expires = parsed_date(args.get("expires"))
    longest = datetime.timedelta(days=LONGEST_DAYS)
    if expires is None or expires - today <= longest:
        return []
    latest = today + longest
    allowed = f"a date until {latest}, a year ahead of today"
    return [Problem("expires", args["expires"], allowed, "accept it for a year at most")]


def _subject(args: AcceptedFindingArgs) -> Iterator[Problem]:
    rule, risk = args.get("rule"), args.get("risk")
    if rule is None and risk is None:
        yield Problem(
            "rule",
            MISSING,
            "the name of a policy rule; or `risk`, a kind of risk",
            "set rule or risk",
        )
    elif rule is not None and risk is not None:
        fix = "remove one; a second finding has an entry of its own"
        yield Problem("risk", risk, "one of rule and risk", fix)


def _place(args: AcceptedFindingArgs) -> Iterator[Problem]:
    resource, pattern = args.get("resource"), args.get("resource_pattern")
    if resource is None and pattern is None:
        yield Problem(
            "resource", MISSING, "the logical name or the URN of one resource", "set resource"
        )
    elif resource is not None and pattern is not None:
        fix = "remove one of them"
        yield Problem("resource_pattern", pattern, "one of resource and resource_pattern", fix)
    elif isinstance(resource, str):
        yield from _resource(resource)
    elif pattern is not None and not (WILD.search(pattern) and re.search(r"\w", pattern)):
        allowed = "a part of a name with * or ?"
        fix = "name it by resource" if re.search(r"\w", pattern) else "name a part: scratch-*"
        yield Problem("resource_pattern", pattern, allowed, fix)


def _resource(resource: str) -> Iterator[Problem]:
    allowed = "the logical name or the URN of one resource"
    if not resource.strip():
        yield Problem("resource", resource, allowed, "name it as the preview does")
    elif resource.startswith(URN) and resource.count("::") < 3:
        yield Problem("resource", resource, allowed, "copy the URN from the preview's JSON")
    elif WILD.search(resource):
        yield Problem("resource", resource, allowed, "use resource_pattern for several resources")


def _texts(args: AcceptedFindingArgs) -> Iterator[Problem]:
    limits: Mapping[str, tuple[int, int, str]] = {
        "reason": (SHORTEST_REASON, LONGEST_REASON, "say why it is accepted"),
        "owner": (1, LONGEST_OWNER, "name the person or team that answers for it"),
    }
    for key, (shortest, longest, fix) in limits.items():
        text = args.get(key)
        if not isinstance(text, str):
            continue
        if not shortest <= len(text.strip()) <= longest:
            yield Problem(key, text, f"a text of {shortest} to {longest} characters", fix)
        for what, pattern in PATTERNS.items():
            if pattern.search(text):
                # The value is a secret, which no error may repeat.
                yield Problem(key, "[secret]", f"a text without {what}", "remove it, and revoke it")


def _expires(args: AcceptedFindingArgs) -> Iterator[Problem]:
    if "expires" in args and parsed_date(args["expires"]) is None:
        yield Problem("expires", args["expires"], DATE_ALLOWED, DATE_FIX)
