"""Manifests by hand, and what one rule says of them."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from groundplan.manifest.model import Manifest, Resource, symbol
from groundplan.policy.finding import Breach, Rule


def made(
    type: str,
    name: str = "it",
    inputs: Mapping[str, Any] | None = None,
    refers: Mapping[str, Resource | list[Resource]] | None = None,
    **options: Any,
) -> Resource:
    """A resource. `refers`: input -> the resources it comes from; one that isn't given
    reads `${name.id}` of the first."""
    given = dict(inputs or {})
    depends = {}
    for key, targets in (refers or {}).items():
        listed = targets if isinstance(targets, list) else [targets]
        depends[key] = tuple(target.urn for target in listed)
        given.setdefault(key, symbol(f"{listed[0].name}.id"))
    return Resource(
        urn=f"urn:pulumi:test::project::{type}::{name}",
        type=type,
        name=name,
        parent=None,
        custom=True,
        inputs=given,
        property_dependencies=depends,
        options=options,
    )


def judged(rule: Rule, *resources: Resource) -> list[Breach]:
    """What `rule` says of all resources."""
    manifest = Manifest("project", "test", tuple(sorted(resources, key=lambda r: r.urn)))
    return [breach for resource in manifest.resources for breach in rule.check(resource, manifest)]


@pytest.fixture
def make() -> Callable[..., Resource]:
    return made


@pytest.fixture
def judge() -> Callable[..., list[Breach]]:
    return judged
