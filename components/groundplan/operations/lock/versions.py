"""Which of some versions is the newest."""

import re
from collections.abc import Iterable

RELEASE = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-eksbuild\.(\d+))?(?:\+.*)?")


def newer(version: str, known: Iterable[str]) -> str:
    """Returns the newest release, if it is newer than `version`; empty otherwise. What
    is no release, such as 1.2.0-rc.1, does not count."""
    best = max(known, key=lambda each: _number(each) or (), default="")
    number, own = _number(best), _number(version)
    return best if number and own and number > own else ""


def _number(version: str) -> tuple[int, ...] | None:
    match = RELEASE.fullmatch(version)
    return tuple(int(part or 0) for part in match.groups()) if match else None
