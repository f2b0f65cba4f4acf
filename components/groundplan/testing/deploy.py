"""Runs a program offline, and finds resources in the result."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.recorder import ProgramContext, record


@dataclass(frozen=True)
class Plan:
    """The resources that a program registers; a lookup that fails is an assertion
    error."""

    manifest: Manifest

    def one(self, type: str, name: str | None = None) -> Resource:
        """Returns the only resource of a type, and of a name if one is passed. Raises
        `AssertionError` with a list of all resources if there isn't exactly one."""
        matches = [r for r in self.manifest.of_type(type) if name is None or r.name == name]
        if len(matches) != 1:
            existing = "\n".join(f"  {r.type} {r.name}" for r in self.manifest)
            expected = f"{type} {name or ''}".strip()
            raise AssertionError(
                f"expected exactly one {expected}, found {len(matches)} among:\n{existing}"
            )
        return matches[0]

    def all(self, type: str) -> dict[str, Resource]:
        """Returns the resources of a type by name; empty if there are none."""
        return {resource.name: resource for resource in self.manifest.of_type(type)}

    def parent(self, resource: Resource) -> Resource | None:
        """Returns the component that a resource belongs to, `None` if there is none."""
        return self.manifest.by_urn[resource.parent] if resource.parent else None

    def dependencies(self, resource: Resource) -> set[str]:
        """Returns the names of all resources that `resource` depends on."""
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
    """Runs `program` to its end, offline, and returns what it registers. An error of
    the program is raised.

    `config` maps qualified keys (`aws:region`) to values, `answers` maps invoke tokens
    to the results that the program receives. `region` applies where `config` has no
    `aws:region`.
    """
    context = ProgramContext(
        project,
        stack,
        {"aws:region": region, **(config or {})},
        region=region,
        answers=dict(answers or {}),
    )
    return Plan(record(program, context))


def policy(text: str) -> dict[str, dict[str, Any]]:
    """Returns the statements of an IAM policy document by `Sid`. Raises
    `AssertionError` where one has no `Sid`, or two have the same."""
    statements = json.loads(text)["Statement"]
    by_sid = {statement.get("Sid"): statement for statement in statements}
    if None in by_sid or len(by_sid) != len(statements):
        raise AssertionError(f"statements without a unique Sid: {text}")
    return by_sid
