"""The definition of a component: its arguments and its validation, no resources.

The module layout is the registry: the component `Network` in
`groundplan.network.network` has its `NetworkArgs` in `groundplan.network.args` and its
`validate` in `groundplan.network.validation`. Nothing here imports a provider's SDK.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import groundplan
from groundplan.context import Context
from groundplan.problems import Problem

Validation = Callable[[Any, Context], list[Problem]]
"""The signature of every validation: the arguments, read, and the context."""


@dataclass(frozen=True)
class Definition:
    """What is known of a component without importing it."""

    name: str
    """The class: `Network`."""
    args: type
    """The `TypedDict` of its arguments."""
    validate: Validation
    """Returns the problems of arguments that `arguments.read` has returned."""

    def load(self) -> Callable[..., Any]:
        """Returns the component class. Imports the provider SDKs."""
        found: Callable[..., Any] = getattr(groundplan, self.name)
        return found


@cache
def definition(name: str) -> Definition:
    """Returns the definition of a component. Raises `KeyError` for an unknown one."""
    package = groundplan.MODULES[name].rpartition(".")[0]
    args: Mapping[str, Any] = vars(import_module(f"{package}.args"))
    validation = import_module(f"{package}.validation")
    return Definition(name, args[f"{name}Args"], validation.validate)
