"""What a notification says beside its summary: how severe it is, who answers for it,
and which runbook to follow, by a path of the repository or a link."""

import re

from groundplan.problems import Problem
from groundplan.web_addresses import https_problems

FOLDER = "docs/runbooks"

OWNER = re.compile(r"(?! )[^\x00-\x1f\x7f<>]{1,100}(?<! )")


def where(file: str, runbooks_url: str = "") -> str:
    """Returns a runbook's link, or its path without a URL of the folder. `file`: with
    the folder or without it."""
    name = file.removeprefix(f"{FOLDER}/")
    return f"{runbooks_url.rstrip('/') if runbooks_url else FOLDER}/{name}"


def note(file: str, runbooks_url: str = "") -> str:
    """Returns the end of an alarm's description."""
    return f"Runbook: {where(file, runbooks_url)}"


def message(summary: str, severity: str, owner: str, file: str, runbooks_url: str = "") -> str:
    """Returns an alarm's description. `owner`: empty if it is unknown."""
    answers = f" Owner: {owner}." if owner else ""
    return f"{summary} Severity: {severity}.{answers} {note(file, runbooks_url)}"


def owner_problems(key: str, owner: object) -> list[Problem]:
    """Returns the problem of an owner, if one is set."""
    if not isinstance(owner, str) or (OWNER.fullmatch(owner) and "{{" not in owner):
        return []
    # Labels of alerts and values of charts are templates.
    allowed = "1 to 100 characters, without < and >, {{, control characters, and space at the ends"
    return [Problem(key, owner, allowed, "use the name of a team")]


def problems(key: str, url: object) -> list[Problem]:
    """Returns the problem of a folder's URL, if it is set."""
    return https_problems(key, url, "https://example.com/runbooks")
