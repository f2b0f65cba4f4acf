"""Where runbooks are: a path of the repository, or a link for who has none."""

from groundplan.problems import Problem
from groundplan.web_addresses import https_problems

FOLDER = "docs/runbooks"


def where(file: str, runbooks_url: str = "") -> str:
    """Returns a runbook's link, or its path without a URL of the folder. `file`: with
    the folder or without it."""
    name = file.removeprefix(f"{FOLDER}/")
    return f"{runbooks_url.rstrip('/') if runbooks_url else FOLDER}/{name}"


def note(file: str, runbooks_url: str = "") -> str:
    """Returns the end of an alarm's description."""
    return f"Runbook: {where(file, runbooks_url)}"


def problems(key: str, url: object) -> list[Problem]:
    """Returns the problem of a folder's URL, if it is set."""
    return https_problems(key, url, "https://example.com/runbooks")
