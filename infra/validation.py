"""Validates the description of an environment: each component, then what connects
them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import rules
from description import Component, Environment, replaced
from groundplan.arguments import read
from groundplan.context import Context
from groundplan.definitions import definition
from groundplan.problems import Problem, under
from settings import Settings
from spelling import as_setting, writable


def problems(
    settings: Settings, environment: Environment, project: str, stack: str
) -> list[Problem]:
    """Returns all problems of an environment, with the keys of its settings.

    Of two problems of one key, the first is returned: the rules of the environment know
    more than those of a component.
    """
    found: dict[str, Problem] = {}
    for problem in rules.problems(settings):
        found.setdefault(problem.key, problem)
    filled = rules.of_filled(settings)
    for component in environment.components:
        for problem in _of_component(component, project, stack):
            for reported in filled.get(problem.key, [problem]):
                found.setdefault(reported.key, reported)
    return _of_settings([as_setting(problem) for problem in found.values()])


def _of_settings(problems: list[Problem]) -> list[Problem]:
    """Returns the problems whose keys a stack file can have.

    A problem of an argument that the wiring fills follows from another one. If it is
    the only one, it is reported for the settings nearest to it: nothing is accepted
    silently.
    """
    written = [problem for problem in problems if writable(problem.key) == problem.key]
    if written or not problems:
        return written
    return [replace(problem, key=writable(problem.key)) for problem in problems]


def _of_component(component: Component, project: str, stack: str) -> Iterator[Problem]:
    """Returns the problems of a component under the key of its settings."""
    spec = definition(component.type)
    given: Mapping[str, Any] = replaced(
        component.args, lambda ref: ref if ref.expected is None else ref.expected
    )
    context = Context(component.name, project, stack, component.provider is not None)
    # The shape was checked when the settings were read: only values count here.
    args, _ = read(spec.args, given)
    for problem in spec.validate(args, context):
        if problem.key in (component.name_key, "name") and component.name_key:
            yield replace(problem, key=component.key, fix="rename it")
        else:
            yield from under(component.key, [problem])
