"""Reads the configuration of a stack: settings, the environment, and all problems."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import locked
import misplaced
import validation
import wiring
from description import Environment
from groundplan import excerpts
from groundplan.arguments import Unknown
from groundplan.excerpts import YamlFile
from groundplan.locks.model import Lock
from groundplan.problems import Problem, report
from settings import Settings, reader

REGION = "aws:region"


class InvalidSettings(Exception):
    """The settings of a stack are invalid. Nothing was registered."""

    def __init__(self, stack: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        self._title = f"Pulumi.{stack}.yaml has invalid settings"
        super().__init__(report(self._title, self.problems))

    def with_lines(self, file: YamlFile) -> str:
        """Returns all problems, each with the line of the settings that it is about."""
        return excerpts.report(self._title, self.problems, file, above="config")


def describe(
    project: str,
    stack: str,
    values: Mapping[str, str],
    secrets: Iterable[str] = (),
    lock: Lock | None = None,
) -> Environment:
    """Returns the environment that the configuration of a stack describes.

    `values`: `namespace:key` -> text, as the engine passes it; `secrets`: the keys with
    encrypted values; `lock`: what moving references are resolved to. Raises
    `InvalidSettings` with all problems.
    """
    hidden = {key for key in secrets if key.startswith(f"{project}:")}
    settings, problems = read(project, {k: v for k, v in values.items() if k not in hidden})
    problems += [_secret(key.removeprefix(f"{project}:")) for key in sorted(hidden)]
    if lock:
        settings = locked.settings(settings, lock)
    described = wiring.describe(settings)
    reported = {problem.key for problem in problems}
    problems += [
        problem
        for problem in validation.problems(
            settings, described, project, stack, complete=not problems
        )
        if problem.key not in reported
    ]
    if problems:
        as_written = [_as_written(values, project, problem) for problem in problems]
        named = sorted((_named(project, p) for p in as_written), key=lambda p: p.key)
        raise InvalidSettings(stack, named)
    return described


def read(project: str, values: Mapping[str, str]) -> tuple[Settings, list[Problem]]:
    """Returns the settings, as far as they can be read, and the problems of their
    shape."""
    prefix = f"{project}:"
    raw = {
        key.removeprefix(prefix): _parsed(value)
        for key, value in values.items()
        if key.startswith(prefix)
    }
    # An empty section is an absent one: Pulumi.yaml can declare an object only with a
    # default.
    sections: dict[str, Any] = {key: value for key, value in raw.items() if value != {}}
    settings, problems = reader().read(sections)
    problems = [misplaced.explained(problem) for problem in problems]
    # The region's key is not in the project's namespace: aws:region.
    problems = [replace(p, key=f"{prefix}region") if p.key == "region" else p for p in problems]
    if REGION in values:
        settings["region"] = values[REGION]
    return settings, problems


def _secret(key: str) -> Problem:
    """Settings become names, policies and environment variables in plain text."""
    allowed = "plain values: an encrypted one would be in plain text in AWS and in the state"
    fix = (
        "keep the secret in AWS Secrets Manager or a Kubernetes secret, and name it: "
        "services.<name>.secrets"
    )
    return Problem(key, "a secret", allowed, fix)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _as_written(values: Mapping[str, str], project: str, problem: Problem) -> Problem:
    """Returns the problem of a reference, which the wiring has put in the place of a
    name, with the name that the settings have."""
    if not isinstance(problem.value, Unknown):
        return problem
    section, *path = problem.key.split(".")
    value = _parsed(values.get(f"{project}:{section}", ""))
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return replace(problem, value=value)


def _named(project: str, problem: Problem) -> Problem:
    """Returns the problem under the key of the stack file:
    `groundplan:network.cidrBlock`."""
    if problem.key == "region":
        return replace(problem, key=REGION)
    prefix = f"{project}:"
    return problem if problem.key.startswith(prefix) else replace(problem, key=prefix + problem.key)
