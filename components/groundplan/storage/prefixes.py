"""Validates prefixes of object keys: folders, not patterns."""

import re

from groundplan.problems import Problem, shown

ALLOWED = (
    'a folder such as "datasets/" (no slash at the start, one at the end, no "*", "?" or ".."), '
    'or "" for all objects'
)


def prefix_problems(key: str, prefix: str) -> list[Problem]:
    """Returns the problem of a prefix.

    Without the slash at its end, `models` also matches `models-of-others/`. In IAM `*`
    and `?` are wildcards; in S3 they, and `..`, are ordinary characters. A key that
    begins with a slash is usually a mistake.
    """
    parts = prefix.split("/")
    if any(char in prefix for char in "*?") or ".." in parts:
        return [Problem(key, prefix, ALLOWED, "name the folder itself")]
    if prefix and (parts[-1] or "" in parts[:-1]):
        folder = "".join(f"{part}/" for part in parts if part)
        return [Problem(key, prefix, ALLOWED, f"write {shown(folder)}")]
    return []


def slug(text: str) -> str:
    """Returns a prefix or a role's name as part of a resource's name: `runs/2026/` ->
    `runs-2026`."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
