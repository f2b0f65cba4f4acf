"""The description of an environment, as data: components, references, grants, exports.

The same description is validated and registered. Nothing here knows a component.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.arguments import Unknown
from role_limits import IamSettings

SERVICES = "services."


def service(name: str, attribute: str) -> "Reference":
    """Returns a reference to an attribute of a service."""
    return Reference(f"{SERVICES}{name}", attribute)


@dataclass(frozen=True)
class Reference(Unknown):
    """A value of another component: known when that one is registered."""

    component: str
    """The component, as `Component.reference` says."""
    attribute: str = ""
    """The attribute of the component: `vpc_id`. Default: the component itself."""
    select: Callable[[Any], Any] | None = None
    """Returns the value that is referred to, from the attribute. Default: all of it."""
    expected: Any = None
    """The value, where the settings say it already: validation reads it."""

    def resolve(self, registered: Mapping[str, Any]) -> Any:
        """Returns the value."""
        value = registered[self.component]
        if self.attribute:
            value = getattr(value, self.attribute)
        return self.select(value) if self.select else value


@dataclass(frozen=True)
class Component:
    """A component of the environment."""

    type: str
    """The class: `TrainingCluster`."""
    name: str
    """The logical name."""
    key: str
    """The settings that it is described by: `endpoints.churn`."""
    args: Mapping[str, Any]
    """Its arguments: settings, and references to other components."""
    provider: Reference | None = None
    """The Kubernetes provider. Default: none."""
    name_key: str | None = None
    """The argument that the component's name sets in the settings.

    A problem of it is a problem of the name: `endpoint_name` of `endpoints.churn`.
    """
    depends_on: tuple[str, ...] = ()
    """Logical names of components that it works with, though none of its values are
    theirs: what begins its runs, what its runs begin."""

    @property
    def reference(self) -> str:
        """Returns what references name: the logical name; of a service its key, since
        an endpoint may have the same name."""
        return self.key if self.key.startswith(SERVICES) else self.name


@dataclass(frozen=True)
class Provider:
    """A Kubernetes provider whose resources are created after other components."""

    name: str
    args: Mapping[str, Any]
    depends_on: tuple[str, ...]
    """Logical names of components."""


@dataclass(frozen=True)
class Call:
    """A method call that connects components: a grant, a mount."""

    component: str
    method: str
    args: Mapping[str, Any]


@dataclass(frozen=True)
class Environment:
    """All components of an environment, in the order in which they are registered."""

    steps: tuple[Component | Provider | Call, ...]
    exports: Mapping[str, Any] = field(default_factory=dict)
    """Names of stack outputs -> values, with references."""
    iam: IamSettings = field(default_factory=IamSettings)
    """The limits of all roles."""

    @property
    def components(self) -> tuple[Component, ...]:
        """Returns the components."""
        return tuple(step for step in self.steps if isinstance(step, Component))


def replaced(value: Any, replace: Callable[[Reference], Any]) -> Any:
    """Returns a value whose references are replaced, at any depth."""
    if isinstance(value, Reference):
        return replace(value)
    if isinstance(value, Mapping):
        return {key: replaced(inner, replace) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [replaced(inner, replace) for inner in value]
    return value
