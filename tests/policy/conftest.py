"""Manifests written by hand, and the breaches of one rule."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from groundplan.manifest.model import Manifest, Resource, symbol
from groundplan.policy.finding import Breach, Rule


def resource_of(
    type: str,
    name: str = "it",
    inputs: Mapping[str, Any] | None = None,
    refers: Mapping[str, Resource | list[Resource]] | None = None,
    **options: Any,
) -> Resource:
    """A resource. `refers`: input -> the resources it is from; one that isn't in
    `inputs` is `${name.id}` of the first."""
    values = dict(inputs or {})
    depends = {}
    for key, targets in (refers or {}).items():
        sources = targets if isinstance(targets, list) else [targets]
        depends[key] = tuple(target.urn for target in sources)
        values.setdefault(key, symbol(f"{sources[0].name}.id"))
    return Resource(
        urn=f"urn:pulumi:test::project::{type}::{name}",
        type=type,
        name=name,
        parent=None,
        custom=True,
        inputs=values,
        property_dependencies=depends,
        options=options,
    )


def breaches_of(rule: Rule, *resources: Resource) -> list[Breach]:
    """The breaches of `rule` by all resources."""
    manifest = Manifest("project", "test", tuple(sorted(resources, key=lambda r: r.urn)))
    return [breach for resource in manifest.resources for breach in rule.check(resource, manifest)]


@pytest.fixture
def build() -> Callable[..., Resource]:
    return resource_of


@pytest.fixture
def check_rule() -> Callable[..., list[Breach]]:
    return breaches_of
