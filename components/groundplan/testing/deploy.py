"""Runs a program under the preview's recorder and finds resources in what it
registered."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.recorder import ProgramContext, record


@dataclass(frozen=True)
class Plan:
    """What a program registered, with finders that fail loudly."""

    manifest: Manifest

    def one(self, type: str, name: str | None = None) -> Resource:
        """The only resource of a type (and name). Raises `AssertionError` that lists
        what there is if it isn't exactly one."""
        found = [r for r in self.manifest.of_type(type) if name is None or r.name == name]
        if len(found) != 1:
            there = "\n".join(f"  {r.type} {r.name}" for r in self.manifest)
            wanted = f"{type} {name or ''}".strip()
            raise AssertionError(
                f"expected exactly one {wanted}, found {len(found)} among:\n{there}"
            )
        return found[0]

    def all(self, type: str) -> dict[str, Resource]:
        """The resources of a type by name; empty if there are none."""
        return {resource.name: resource for resource in self.manifest.of_type(type)}

    def parent(self, resource: Resource) -> Resource | None:
        """The component that a resource belongs to."""
        return self.manifest.by_urn[resource.parent] if resource.parent else None

    def dependencies(self, resource: Resource) -> set[str]:
        """The names of all resources that `resource` waits for."""
        return {urn.rsplit("::", 1)[-1] for urn in resource.dependencies}


def deploy(
    program: Callable[[], object],
    *,
    project: str = "project",
    stack: str = "test",
    config: Mapping[str, str] | None = None,
    region: str = "us-east-1",
    answers: Mapping[str, Mapping[str, Any]] | None = None,
) -> Plan:
    """Run `program` to its end, offline, and give what it registered. Whatever it
    raises is raised."""
    context = ProgramContext(
        project, stack, dict(config or {}), region=region, answers=dict(answers or {})
    )
    return Plan(record(program, context))


def policy(text: str) -> dict[str, dict[str, Any]]:
    """The statements of an IAM policy document, by their `Sid`. Raises `AssertionError`
    where one lacks it or shares it."""
    statements = json.loads(text)["Statement"]
    by_sid = {statement.get("Sid"): statement for statement in statements}
    if None in by_sid or len(by_sid) != len(statements):
        raise AssertionError(f"statements without a Sid of their own: {text}")
    return by_sid
