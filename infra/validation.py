"""Validates the description of an environment: each component, then what connects
them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import accepted
import capacity
import rules
import zone_rules
from description import Component, Environment, Provider, replaced
from groundplan.arguments import read
from groundplan.context import Context
from groundplan.definitions import definition
from groundplan.problems import Problem
from groundplan.serving.kubernetes_endpoint.spec import EndpointSpec, resolve
from settings import Settings
from spelling import as_setting, writable


def problems(
    settings: Settings,
    environment: Environment,
    project: str,
    stack: str,
    *,
    complete: bool = True,
) -> list[Problem]:
    """Returns all problems of an environment, with the keys of its settings.

    Of two problems of one key, the first is returned: the rules of the environment know
    more than those of a component. `complete`: whether all settings could be read;
    problems that follow from what is left out are not returned.
    """
    found: dict[str, Problem] = {}
    for problem in (*rules.problems(settings), *accepted.problems(settings)):
        found.setdefault(problem.key, problem)
    filled = zone_rules.of_filled(settings)
    services: dict[str, EndpointSpec] = {}
    for component in environment.components:
        context = Context(
            component.name,
            project,
            stack,
            component.provider is not None,
            settings.get("region"),
        )
        checked = _check(component, context)
        for problem in checked.problems:
            for reported in filled.get(problem.key, [problem]):
                found.setdefault(reported.key, reported)
        if component.type == "KubernetesEndpoint" and not checked.problems:
            services[component.name] = resolve(checked.args, checked.context)
    for problem in (*capacity.problems(settings, services), *_names(environment)):
        found.setdefault(problem.key, problem)
    return _of_settings([as_setting(problem) for problem in found.values()], complete)


def _names(environment: Environment) -> Iterator[Problem]:
    """Yields the problems of names that two parts of the environment have: what refers
    to one would get the other."""
    seen: dict[str, str] = {
        step.name: step.name for step in environment.steps if isinstance(step, Provider)
    }
    for component in environment.components:
        other = seen.setdefault(component.reference, component.key)
        if other == component.key:
            continue
        # That of a section is its own: `network`.
        chosen = component.key if "." in component.key else other
        taken = other if chosen == component.key else component.key
        allowed = f"a name that nothing else in the environment has: {taken} is named so"
        yield Problem(chosen, component.name, allowed, "rename it")


def _of_settings(problems: list[Problem], complete: bool) -> list[Problem]:
    """Returns the problems whose keys a stack file can have.

    A problem of an argument that the wiring fills follows from another one. If it is
    the only one, it is reported for the settings nearest to it: nothing is accepted
    silently.
    """
    written = [problem for problem in problems if writable(problem.key) == problem.key]
    if written or not complete:
        return written
    return [replace(problem, key=writable(problem.key)) for problem in problems]


@dataclass(frozen=True)
class _Checked:
    """The arguments of a component, read, and their problems."""

    args: Any
    context: Context
    problems: list[Problem]


def _check(component: Component, context: Context) -> _Checked:
    """Validates a component. The keys of its problems are those of its settings."""
    spec = definition(component.type)
    given: Mapping[str, Any] = replaced(
        component.args, lambda ref: ref if ref.expected is None else ref.expected
    )
    # The shape of settings is checked when they are read; this is that of the wiring.
    args: Any
    args, shape = read(spec.args, given)
    found = [*spec.validate(args, context), *shape]
    return _Checked(args, context, [_under(component, problem) for problem in found])


def _under(component: Component, problem: Problem) -> Problem:
    """Returns a component's problem with the key of its settings."""
    if problem.key in (component.name_key, "name"):
        return replace(problem, key=component.key, fix="rename it")
    return problem.under(component.key)
