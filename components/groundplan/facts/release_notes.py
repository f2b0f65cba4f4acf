"""Where release notes are (`release-notes.csv`)."""

from fnmatch import fnmatchcase
from functools import cache

from groundplan.facts import table


@cache
def _all() -> tuple[tuple[str, str, str], ...]:
    return tuple((r["kind"], r["name"], r["url"]) for r in table.rows("release-notes.csv"))


def of(kind: str, name: str, version: str) -> str:
    """Returns the address of the release notes of a version; empty where it is
    unknown."""
    plain = version.removeprefix("v")
    for known, pattern, url in _all():
        if known == kind and fnmatchcase(name, pattern):
            return url.replace("{version}", version).replace("{plain}", plain)
    return ""
