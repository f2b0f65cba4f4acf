"""What a pipeline runs, as text: one for each job, without comments and without jobs
that never run. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

NEVER = ("false", "${{ false }}")
"""Conditions of a job that is switched off."""
PULL_REQUESTS = ("pull_request", "pull_request_target", "merge_group")
"""Events of GitHub for what is not merged yet."""


@dataclass(frozen=True)
class Job:
    """A job, or a stage of Azure Pipelines with its jobs."""

    text: str
    of_pull_requests: bool
    """Whether it can run before a change is merged. Azure and GitLab say that outside
    of the file, or in the job's rules."""


def jobs(path: str, text: str) -> list[Job]:
    """The jobs of a pipeline's file. A file that is no YAML has none."""
    try:
        data = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 (texts only)
    except yaml.YAMLError:
        return []
    if not isinstance(data, dict):
        return [Job(_text(data), of_pull_requests=True)]
    is_github = path.startswith(".github/")
    before_merge = not is_github or any(event in PULL_REQUESTS for event in _events(data))
    shared = {key: value for key, value in data.items() if key in ("env", "variables")}
    return [Job(_text([shared, unit]), before_merge) for unit in _units(data) if not _is_off(unit)]


def _events(data: dict[str, Any]) -> list[str]:
    on = data.get("on")
    return [on] if isinstance(on, str) else list(on or ())


def _units(data: dict[str, Any]) -> list[Any]:
    for key in ("jobs", "stages"):
        found = data.get(key)
        if isinstance(found, dict):
            return [{name: job} for name, job in found.items()]
        if isinstance(found, list) and any(isinstance(one, dict) for one in found):
            return found
    return [data]  # steps alone, or another platform's


def _is_off(unit: Any) -> bool:
    inner = next(iter(unit.values()), None) if len(unit) == 1 else unit
    job = inner if isinstance(inner, dict) else unit
    return any(str(job.get(key)).strip() in NEVER for key in ("if", "condition"))


def _text(node: Any) -> str:
    return "\n".join(
        line
        for value in _texts(node)
        for line in value.splitlines()
        if not line.lstrip().startswith("#")
    )


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
    else:
        yield str(node)
