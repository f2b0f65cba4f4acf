"""Where a resource has IAM policies in its inputs, of which sort they are, and who or
what they are attached to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from groundplan.diff.changes import Kind
from groundplan.manifest.model import Resource
from groundplan.risk import types
from groundplan.risk.context import Case, Plan
from groundplan.risk.statements import Statement, Term, read


class Sort(Enum):
    """What a policy is about."""

    IDENTITY = "identity"
    """What a role, user or group may do."""
    TRUST = "trust"
    """Who may assume a role."""
    RESOURCE = "resource"
    """Who may use a resource."""


HOLDERS = ("role", "user", "group", "roles", "users", "groups")
"""Inputs that name who an identity policy is attached to."""

GUARDED = (
    "bucket", "keyId", "arn", "topicArn", "topic", "queueUrl", "repository", "repositoryName", "secretArn", "resourceArn",
    "fileSystemId", "backupVaultName", "modelPackageGroupName", "domainName", "eventBusName", "vpcEndpointId", "function",
    "layerName", "tableArn", "restApiId", "policyName", "parameterName",
)  # fmt: skip
"""Inputs that name what a resource policy is attached to."""

OPEN = Statement("", "Allow", *(frozenset({Term(("*",))}),) * 3)
"""What a VPC endpoint without a policy allows."""


@dataclass(frozen=True)
class Policy:
    """One policy of a resource, before and after."""

    path: str
    sort: Sort
    old: tuple[Statement, ...]
    new: tuple[Statement, ...]


def policies(case: Case) -> list[Policy]:
    """The policies in a resource's inputs on either side, by path."""
    before, after = documents(case.old), documents(case.new)
    if case.type == "ec2.VpcEndpoint" and (before or after):
        before = before or ({"policy": (OPEN,)} if case.old else {})
        after = after or ({"policy": (OPEN,)} if case.new else {})
    sides = [
        (path, before.get(path, ()), after.get(path, ())) for path in sorted({*before, *after})
    ]
    return [
        Policy(path, _sort(case.type, path, (*old, *new)), old, new) for path, old, new in sides
    ]


def documents(inputs: Mapping[str, Any]) -> dict[str, tuple[Statement, ...]]:
    """Path -> statements, of all policies in a resource's inputs, in JSON or as data."""
    return dict(_documents(inputs, ""))


def target(resource: Resource) -> tuple[str, ...]:
    """Who an identity policy is attached to: names in the program where it is from
    there, else as they are written."""
    if types.kind(resource.type) in ("iam.Role", "iam.User", "iam.Group"):
        return (resource.name,)
    found: list[str] = []
    for key in HOLDERS:
        value = resource.inputs.get(key)
        found += [
            own_name(str(item)) for item in (value if isinstance(value, list) else [value]) if item
        ]
    return tuple(found)


def attached_to(case: Case) -> str:
    """Who or what a policy is about, by name."""
    named = target(case.change.resource)
    if named:
        return named[0]
    for key in GUARDED:
        if case.change.resource.inputs.get(key):
            return own_name(str(case.change.resource.inputs[key]))
    return case.name


def is_new(case: Case) -> bool:
    """Whether what a policy is about is new as well."""
    if case.type in ("iam.RolePolicy", "iam.UserPolicy", "iam.GroupPolicy") or case.type.endswith(
        "Attachment"
    ):
        return case.owner(*HOLDERS) is Kind.CREATE
    owner = case.owner(*GUARDED)
    named = any(case.change.resource.inputs.get(key) for key in GUARDED)
    depends = any(case.change.resource.property_dependencies.get(key) for key in GUARDED)
    return owner is Kind.CREATE if named and depends else case.kind is Kind.CREATE


def is_gone(case: Case) -> bool:
    """Whether what a policy is about goes as well."""
    return case.kind is Kind.DELETE and (case.owner(*HOLDERS) or case.owner(*GUARDED)) in (
        Kind.DELETE,
        Kind.REPLACE,
    )


def granted(plan: Plan, who: tuple[str, ...], now: bool) -> tuple[Statement, ...]:
    """All statements of identity policies that are attached to somebody, by whichever
    resource, before or now."""
    if now not in plan.granted:
        found: dict[str, dict[Statement, None]] = {}
        for resource in plan.now if now else plan.then:
            for path, statements in documents(resource.inputs).items():
                if _sort(types.kind(resource.type), path, statements) is Sort.IDENTITY:
                    for name in target(resource):
                        found.setdefault(name, {}).update(dict.fromkeys(statements))
        plan.granted[now] = {name: tuple(statements) for name, statements in found.items()}
    return plan.granted[now].get(who[0], ()) if who else ()


def own_name(value: str) -> str:
    """The name of the resource that a symbol is from: `churn-role` for
    `${churn-role.name}`; any other text as it is."""
    found = re.fullmatch(r"\$\{(?:unknown until )?([^{}]*)\}", value)
    return found[1].split(".")[0] if found else value


def _sort(type_: str, path: str, statements: tuple[Statement, ...]) -> Sort:
    if type_ == "iam.Role" and path.startswith("assumeRolePolicy"):
        return Sort.TRUST
    return Sort.RESOURCE if any(statement.principals for statement in statements) else Sort.IDENTITY


def _documents(value: Any, path: str) -> Iterator[tuple[str, tuple[Statement, ...]]]:
    found = read(value)
    if found is not None:
        yield path, found
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _documents(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _documents(item, f"{path}[{index}]")
