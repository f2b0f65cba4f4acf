"""The IAM policies in a resource's inputs: their kinds and what they attach to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from groundplan import catalog
from groundplan.diff.changes import Kind
from groundplan.manifest.model import Resource
from groundplan.risk.context import ChangeContext, Plan
from groundplan.risk.statements import Statement, Term, read


class PolicyKind(Enum):
    """The kind of a policy."""

    IDENTITY = "identity"
    """The permissions of a role, user or group."""
    TRUST = "trust"
    """The principals that may assume a role."""
    RESOURCE = "resource"
    """The principals that may use a resource."""


PRINCIPAL_INPUTS = ("role", "user", "group", "roles", "users", "groups")
"""Inputs with the identity that a policy is attached to."""

TARGET_INPUTS = (
    "bucket",
    "keyId",
    "arn",
    "topicArn",
    "topic",
    "queueUrl",
    "repository",
    "repositoryName",
    "secretArn",
    "resourceArn",
    "fileSystemId",
    "backupVaultName",
    "modelPackageGroupName",
    "domainName",
    "eventBusName",
    "vpcEndpointId",
    "function",
    "layerName",
    "tableArn",
    "restApiId",
    "policyName",
    "parameterName",
)
"""Inputs with the resource that a policy is attached to."""

OPEN = Statement("", "Allow", *(frozenset({Term(("*",))}),) * 3)
"""The default policy of a VPC endpoint."""


@dataclass(frozen=True)
class Policy:
    """One policy of a resource, before and after."""

    path: str
    kind: PolicyKind
    old: tuple[Statement, ...]
    new: tuple[Statement, ...]


def policies(context: ChangeContext) -> list[Policy]:
    """Returns the policies in a resource's inputs on either side, by path."""
    before, after = documents(context.old), documents(context.new)
    if context.type == "ec2.VpcEndpoint" and (before or after):
        before = before or ({"policy": (OPEN,)} if context.old else {})
        after = after or ({"policy": (OPEN,)} if context.new else {})
    sides = [
        (path, before.get(path, ()), after.get(path, ())) for path in sorted({*before, *after})
    ]
    return [
        Policy(path, _policy_kind(context.type, path, (*old, *new)), old, new)
        for path, old, new in sides
    ]


def documents(inputs: Mapping[str, Any]) -> dict[str, tuple[Statement, ...]]:
    """Path -> statements, of all policies in a resource's inputs, in JSON or as
    data."""
    return dict(_documents(inputs, ""))


def target(resource: Resource) -> tuple[str, ...]:
    """Returns the identities that a policy is attached to: names in the program where
    they are from there, else as they are written."""
    if catalog.key(resource.type) in ("iam.Role", "iam.User", "iam.Group"):
        return (resource.name,)
    names: list[str] = []
    for key in PRINCIPAL_INPUTS:
        value = resource.inputs.get(key)
        names += [
            resource_name(str(item))
            for item in (value if isinstance(value, list) else [value])
            if item
        ]
    return tuple(names)


def attached_to(context: ChangeContext) -> str:
    """Returns the name of the identity or resource that a policy is attached to."""
    named = target(context.change.resource)
    if named:
        return named[0]
    for key in TARGET_INPUTS:
        if context.change.resource.inputs.get(key):
            return resource_name(str(context.change.resource.inputs[key]))
    return context.name


def target_is_new(context: ChangeContext) -> bool:
    """Returns whether the identity or resource that a policy is attached to is new."""
    if context.type in (
        "iam.RolePolicy",
        "iam.UserPolicy",
        "iam.GroupPolicy",
    ) or context.type.endswith("Attachment"):
        return context.owner_change(*PRINCIPAL_INPUTS) is Kind.CREATE
    owner = context.owner_change(*TARGET_INPUTS)
    named = any(context.change.resource.inputs.get(key) for key in TARGET_INPUTS)
    depends = any(context.change.resource.property_dependencies.get(key) for key in TARGET_INPUTS)
    return owner is Kind.CREATE if named and depends else context.kind is Kind.CREATE


def target_is_removed(context: ChangeContext) -> bool:
    """Returns whether the identity or resource that a policy is attached to is
    removed."""
    return context.kind is Kind.DELETE and (
        context.owner_change(*PRINCIPAL_INPUTS) or context.owner_change(*TARGET_INPUTS)
    ) in (
        Kind.DELETE,
        Kind.REPLACE,
    )


def statements_of(plan: Plan, who: tuple[str, ...], now: bool) -> tuple[Statement, ...]:
    """Returns all statements of the identity policies that are attached to an identity,
    before or after."""
    if now not in plan.granted_statements:
        statements_by_name: dict[str, dict[Statement, None]] = {}
        for resource in plan.resources_after if now else plan.resources_before:
            for path, statements in documents(resource.inputs).items():
                if (
                    _policy_kind(catalog.key(resource.type), path, statements)
                    is PolicyKind.IDENTITY
                ):
                    for name in target(resource):
                        statements_by_name.setdefault(name, {}).update(dict.fromkeys(statements))
        plan.granted_statements[now] = {
            name: tuple(statements) for name, statements in statements_by_name.items()
        }
    return plan.granted_statements[now].get(who[0], ()) if who else ()


def resource_name(value: str) -> str:
    """Returns the name of the resource that a symbol is from: `churn-role` for
    `${churn-role.name}`; any other text as it is."""
    match = re.fullmatch(r"\$\{(?:unknown until )?([^{}]*)\}", value)
    return match[1].split(".")[0] if match else value


def policy_name(arn: str) -> str:
    """Returns the name of a policy: of the resource that the ARN is from, or the last
    part of the ARN."""
    return resource_name(arn) if arn.startswith("${") else arn.rsplit("/", 1)[-1]


def _policy_kind(type_: str, path: str, statements: tuple[Statement, ...]) -> PolicyKind:
    if type_ == "iam.Role" and path.startswith("assumeRolePolicy"):
        return PolicyKind.TRUST
    return (
        PolicyKind.RESOURCE
        if any(statement.principals for statement in statements)
        else PolicyKind.IDENTITY
    )


def _documents(value: Any, path: str) -> Iterator[tuple[str, tuple[Statement, ...]]]:
    statements = read(value)
    if statements is not None:
        yield path, statements
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _documents(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _documents(item, f"{path}[{index}]")
