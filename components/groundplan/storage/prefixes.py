"""The format of prefixes of object keys: a folder, not a pattern."""

import re

from groundplan.problems import Problem, shown

ALLOWED = (
    'a folder such as "datasets/" (no slash in front, one at the end, no "*", "?" or ".."), '
    'or "" for all objects'
)


def prefix_problems(key: str, prefix: str) -> list[Problem]:
    """Returns the problems of a prefix.

    Without its slash at the end, `models` would reach `models-of-others/` too; IAM
    reads `*` and `?` as wildcards, S3 reads them, and `..`, as ordinary characters; no
    key begins with a slash except by mistake.
    """
    parts = prefix.split("/")
    if any(char in prefix for char in "*?") or ".." in parts:
        return [Problem(key, prefix, ALLOWED, "name the folder itself")]
    if prefix and (parts[-1] or "" in parts[:-1]):
        folder = "".join(f"{part}/" for part in parts if part)
        return [Problem(key, prefix, ALLOWED, f"write {shown(folder)}")]
    return []


def slug(text: str) -> str:
    """Returns a prefix or a role's name as a part of a resource's name: `runs/2026/` ->
    `runs-2026`."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
