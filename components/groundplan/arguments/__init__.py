"""The arguments of a component, whose only definition is a `TypedDict`.

`read` checks values against the annotations; a package's `validate` adds what types do
not say; `validated` raises `InvalidArguments` with all problems at once. The same
reader serves the settings of a stack file, with keys in camelCase.
"""

import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pulumi

from groundplan.arguments.declarations import (
    defaults,
    defaults_of,
    renamed,
    several_lines,
    with_defaults,
)
from groundplan.arguments.reader import Args, Reader
from groundplan.arguments.spelling import camel_case
from groundplan.arguments.type_hints import (
    enum_members,
    hints_of,
    is_complete,
    required_keys,
    type_name,
)
from groundplan.arguments.values import Unknown, known
from groundplan.context import Context
from groundplan.problems import Problem, report

__all__ = [
    "DEFAULTS",
    "Args",
    "InvalidArguments",
    "Reader",
    "Unknown",
    "camel_case",
    "defaults",
    "defaults_of",
    "enum_members",
    "hints_of",
    "is_complete",
    "known",
    "read",
    "renamed",
    "require",
    "required_keys",
    "several_lines",
    "type_name",
    "validated",
    "with_defaults",
]

DEFAULTS: Any = types.MappingProxyType({})
"""The `args` of a component without arguments. Not `None`: Pulumi's schema analyzer
accepts no `Args | None` there."""


class InvalidArguments(pulumi.RunError):
    """The arguments of a component are invalid; no child was registered.

    A `pulumi.RunError`, so that the Pulumi CLI prints the message without a stack
    trace.
    """

    def __init__(self, component: str, name: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(report(f'{component} "{name}" has invalid arguments', self.problems))


def validated(
    component: str,
    spec: type[Args],
    args: Mapping[str, Any] | None,
    validate: Callable[[Args, Context], Iterable[Problem]],
    context: Context,
) -> Args:
    """Returns the arguments, read. Raises `InvalidArguments` with all problems."""
    found, problems = read(spec, args)
    require(component, context.name, [*problems, *validate(found, context)])
    return found


def read(spec: type[Args], args: Mapping[str, Any] | None) -> tuple[Args, list[Problem]]:
    """Returns the arguments, normalised, and the problems of their shape.

    Shape: unknown and missing keys, wrong types, control characters, tags. Unknown
    values (`Output`s) are left to the provider. Whole numbers that arrive as floats, as
    they do from programs in other languages, become `int`; the value of an enum becomes
    its member. A value with a problem is left out, so that validation never meets it.
    """
    return Reader(spec).read(args)


def require(component: str, name: str, problems: Iterable[Problem]) -> None:
    """Raises `InvalidArguments` if there are problems."""
    found = list(problems)
    if found:
        raise InvalidArguments(component, name, found)
