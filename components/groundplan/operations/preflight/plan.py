"""A manifest as the checks read it: what is registered, where, and in which order `up`
creates it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from groundplan.cost.region import Regions
from groundplan.manifest.graph import direct_dependencies
from groundplan.manifest.model import Manifest, Resource

SYMBOL = re.compile(r"\$\{([^{}]+)\}")


class Plan:
    """What a stack registers, what of it is deployed, and by whom."""

    def __init__(
        self, manifest: Manifest, deployed: Manifest | None = None, deployer: str = ""
    ) -> None:
        self.manifest = manifest
        self.deployer = deployer
        """ARN of the role or user that deploys; empty for the caller."""
        self._deployed = deployed
        self._regions = Regions(manifest)

    def of_type(self, *tokens: str) -> Iterator[Resource]:
        """Yields the resources of types, in the order of `up`."""
        yield from sorted(
            (resource for token in tokens for resource in self.manifest.of_type(token)),
            key=lambda resource: self.steps[resource.urn],
        )

    def region(self, resource: Resource) -> str:
        """Returns the region of a resource; empty where the plan doesn't say."""
        return self._regions.of(resource) or ""

    @property
    def home(self) -> str:
        """The region of the stack's default provider."""
        return self._regions.default or ""

    @property
    def has_state(self) -> bool:
        """Whether the stack's state is known."""
        return self._deployed is not None

    def is_deployed(self, resource: Resource) -> bool:
        """Returns whether the state has the resource: its name and its quota are its
        own."""
        return self._deployed is not None and resource.urn in self._deployed.by_urn

    def deployed_id(self, resource: Resource) -> str:
        """Returns the ID of a deployed resource; empty for any other."""
        known = self._deployed.by_urn.get(resource.urn) if self._deployed else None
        return str(known.outputs.get("id", "")) if known else ""

    def deployed_of_type(self, token: str) -> tuple[Resource, ...]:
        """Returns the resources of a type that the state has."""
        return self._deployed.of_type(token) if self._deployed else ()

    @cached_property
    def steps(self) -> Mapping[str, int]:
        """URN -> the number of dependencies in a row before it: `up` creates in this
        order."""
        found: dict[str, int] = {}
        for start in self.manifest:
            self._number(start.urn, found)
        return found

    def _number(self, start: str, found: dict[str, int]) -> None:
        stack = [(start, False)]
        visiting: set[str] = set()
        while stack:
            urn, done = stack.pop()
            resource = self.manifest.by_urn.get(urn)
            if resource is None or urn in found:
                continue
            before = direct_dependencies(resource)
            if done:
                found[urn] = 1 + max((found.get(each, -1) for each in before), default=-1)
                continue
            if urn in visiting:
                continue
            visiting.add(urn)
            stack.append((urn, True))
            stack += [(each, False) for each in before]

    def named(self, name: str, token: str) -> Resource | None:
        """Returns the resource of a type that a symbol `${name.property}` names."""
        return next((r for r in self.manifest.of_type(token) if r.name == name), None)

    def referenced(self, value: Any, token: str) -> Resource | None:
        """Returns the resource of a type that an input's value comes from."""
        match = SYMBOL.fullmatch(value) if isinstance(value, str) else None
        return self.named(match[1].partition(".")[0], token) if match else None


def known(value: Any) -> str:
    """A text that the plan knows; empty for a symbol and for anything else."""
    return value if isinstance(value, str) and "${" not in value else ""


def whole(value: Any) -> int | None:
    """A whole number that the plan knows: Pulumi and Kubernetes write it as text,
    too."""
    if isinstance(value, bool):
        return None
    try:
        return int(float(value))
    except (TypeError, ValueError):
        return None


def mapping(value: Any) -> Mapping[str, Any]:
    """A mapping, empty for anything else."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: Any) -> Sequence[Mapping[str, Any]]:
    """Returns the mappings of a list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def texts(value: Any) -> list[str]:
    """Returns the texts of a list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
