"""The policies of a manifest, and what they say of a request: identity policies,
permissions boundaries, and the policies of buckets, topics, queues, keys and functions.

IAM User Guide, "Policy evaluation logic": a matching Deny wins; else an Allow is
needed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy_documents import matches

from rehearsal.account.names import ACCOUNT, Names
from rehearsal.permissions import aws_policies

ALL = "ForAllValues:"
"""Of a set operator, which holds for a key that the request does not have; the
rehearsal's keys have one value."""
OF_AWS = "AWS: "
"""What the names of AWS's own policies begin with."""
RESOURCE_POLICIES = {
    "ecr.RepositoryPolicy": "repository",
    "s3.BucketPolicy": "bucket",
    "sns.TopicPolicy": "arn",
    "sqs.QueuePolicy": "queueUrl",
}
"""Resource type -> the input that names what the policy is of."""


class InvalidPolicy(Exception):
    """A statement has something that is not evaluated."""


@dataclass(frozen=True)
class Need:
    """One action that a call takes on a resource."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


@dataclass(frozen=True)
class Statement:
    """One statement, with physical names."""

    policy: str
    """The logical name of the resource that declares it."""
    sid: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]]
    principals: Mapping[str, Any]
    but_actions: bool = False
    """Whether it is about all but its actions."""
    but_resources: bool = False
    """Whether it is about all but its resources."""

    def covers(self, need: Need) -> bool:
        """Whether it is about an action on a resource, with its conditions."""
        action = need.action.lower()
        service = action.partition(":")[0]
        patterns = (*self._patterns.get(service, ()), *self._patterns.get("", ()))
        return (
            any(matches(pattern, action) for pattern in patterns) is not self.but_actions
            and any(matches(pattern, need.resource) for pattern in self.resources)
            is not self.but_resources
            and all(
                _holds(operator, key, values, need.context)
                for operator, keys in self.conditions.items()
                for key, values in keys.items()
            )
        )

    @cached_property
    def _patterns(self) -> Mapping[str, Sequence[str]]:
        """Its actions by service, in lower case; under "" those of any service. AWS's
        own policies have thousands."""
        found: dict[str, list[str]] = {}
        for pattern in self.actions:
            service = pattern.lower().partition(":")[0]
            found.setdefault("" if "*" in service else service, []).append(pattern.lower())
        return found

    def names_service(self, service: str) -> bool:
        """Whether a service is a principal of it."""
        named = self.principals.get("Service", ())
        return service in ([named] if isinstance(named, str) else named)


@dataclass(frozen=True)
class Role:
    """A role of the plan."""

    name: str
    """The logical name."""
    arn: str
    services: tuple[str, ...]
    """The services that may assume it."""
    statements: tuple[Statement, ...]
    boundary: tuple[Statement, ...] | None = None
    trust: tuple[Statement, ...] = ()


class Policies:
    """All policies of a manifest."""

    def __init__(
        self,
        manifest: Manifest,
        names: Names,
        others: Mapping[str, tuple[Statement, ...]] | None = None,
    ) -> None:
        self._names, self.region = names, names.region
        self.managed = {**(others or {}), **self._managed(manifest)}
        """Managed policies, by ARN: those of other stacks, the manifest's, AWS's."""
        self.roles: dict[str, Role] = {}
        """By ARN."""
        self.of_resources: dict[str, tuple[Statement, ...]] = {}
        """The policies of resources, by ARN."""
        inline: dict[str, list[Statement]] = {}
        for resource in manifest:
            key = catalog.key(resource.type) if resource.custom else ""
            if key == "iam.RolePolicy":
                role = str(names.value(resource.inputs["role"]))
                inline.setdefault(role, []).extend(self._statements(resource, "policy"))
            elif key in RESOURCE_POLICIES:
                arn = self._arn_of(resource, RESOURCE_POLICIES[key])
                self.of_resources[arn] = tuple(self._statements(resource, "policy"))
            elif key == "kms.Key":
                arn = names.arn(resource)
                self.of_resources[arn] = tuple(self._statements(resource, "policy"))
            elif key == "lambda.Permission":
                self._add_permission(resource)
        for role, statements in self._attached(manifest):
            inline.setdefault(role, []).extend(statements)
        for resource in manifest:
            if resource.custom and catalog.key(resource.type) == "iam.Role":
                arn = names.arn(resource)
                trust = list(self._statements(resource, "assumeRolePolicy"))
                self.roles[arn] = Role(
                    resource.name,
                    arn,
                    tuple(s for t in trust for s in _list(t.principals.get("Service"))),
                    tuple(inline.pop(names.name(resource), ())),
                    self._boundary(resource),
                    tuple(trust),
                )
        if inline:
            raise InvalidPolicy(f"Policies of roles that are not registered: {', '.join(inline)}")

    def _attached(self, manifest: Manifest) -> Iterator[tuple[str, list[Statement]]]:
        """Yields the names of roles, and the statements of a managed policy of each."""
        for resource in manifest:
            if resource.custom and catalog.key(resource.type) == "iam.RolePolicyAttachment":
                inputs = self._names.value(resource.inputs)
                yield str(inputs["role"]), list(self._managed_policy(resource, inputs["policyArn"]))

    def _managed_policy(self, resource: Resource, arn: str) -> tuple[Statement, ...]:
        if arn.startswith(aws_policies.ARN) and arn not in self.managed:
            name = f"{OF_AWS}{arn.removeprefix(aws_policies.ARN)}"
            self.managed[arn] = tuple(_statements(name, aws_policies.document(arn)))
        if arn not in self.managed:
            raise InvalidPolicy(f"{resource.name}: {arn} is not registered")
        return self.managed[arn]

    def _managed(self, manifest: Manifest) -> dict[str, tuple[Statement, ...]]:
        return {
            self._names.arn(resource): tuple(self._statements(resource, "policy"))
            for resource in manifest
            if resource.custom and catalog.key(resource.type) == "iam.Policy"
        }

    def _boundary(self, role: Resource) -> tuple[Statement, ...] | None:
        arn = self._names.value(role.inputs.get("permissionsBoundary"))
        return None if arn is None else self._managed_policy(role, arn)

    def merge(self, other: "Policies") -> None:
        """Adds the policies of another manifest."""
        self.roles |= other.roles
        self.of_resources |= other.of_resources

    def _arn_of(self, resource: Resource, field_name: str) -> str:
        value = str(self._names.value(resource.inputs[field_name]))
        if field_name == "bucket":
            return f"arn:aws:s3:::{value}"
        if field_name == "repository":
            return f"arn:aws:ecr:{self._names.region}:{ACCOUNT}:repository/{value}"
        if field_name == "queueUrl":
            return f"arn:aws:sqs:{self._names.region}:{ACCOUNT}:{value.rpartition('/')[2]}"
        return value

    def _add_permission(self, resource: Resource) -> None:
        inputs = self._names.value(resource.inputs)
        function = f"arn:aws:lambda:{self._names.region}:{ACCOUNT}:function:{inputs['function']}"
        statement = Statement(
            resource.name,
            resource.name,
            "Allow",
            (inputs["action"],),
            (function,),
            {"ArnLike": {"aws:SourceArn": inputs["sourceArn"]}},
            {"Service": inputs["principal"]},
        )
        self.of_resources[function] = (*self.of_resources.get(function, ()), statement)

    def _statements(self, resource: Resource, key: str) -> Iterator[Statement]:
        yield from _statements(resource.name, json.loads(self._names.value(resource.inputs[key])))


def _statements(name: str, document: Mapping[str, Any]) -> Iterator[Statement]:
    for number, entry in enumerate(_list(document["Statement"]), start=1):
        if "NotPrincipal" in entry:
            raise InvalidPolicy(f"{name}: a statement with NotPrincipal")
        principals = entry.get("Principal", {})
        yield Statement(
            name,
            entry.get("Sid") or f"statement {number}",
            entry["Effect"],
            tuple(_list(entry.get("Action", entry.get("NotAction")))),
            tuple(_list(entry.get("Resource", entry.get("NotResource", "*")))),
            entry.get("Condition", {}),
            {"AWS": "*"} if principals == "*" else principals,
            "NotAction" in entry,
            "NotResource" in entry,
        )


def identity(role: Role, need: Need) -> tuple[bool, tuple[Statement, ...]]:
    """Returns whether a role's policies allow an action, and the statements that decide
    it."""
    denied = tuple(s for s in role.statements if s.effect == "Deny" and s.covers(need))
    if denied:
        return False, denied
    allowed = tuple(s for s in role.statements if s.effect == "Allow" and s.covers(need))
    if role.boundary is not None:
        covering = [s for s in role.boundary if s.covers(need)]
        denying = tuple(s for s in covering if s.effect == "Deny")
        if denying or not covering:
            return False, denying
    return bool(allowed), allowed


def denial(statements: Sequence[Statement], need: Need) -> Statement | None:
    """Returns the statement of a resource's policy that denies everyone an action."""
    return next(
        (
            s
            for s in statements
            if s.effect == "Deny" and s.principals.get("AWS") == "*" and s.covers(need)
        ),
        None,
    )


def _holds(operator: str, key: str, values: Any, context: Mapping[str, str]) -> bool:
    """Whether a condition holds. A key that the request does not have fails every test
    but Null, negated ones and `...IfExists` (IAM User Guide, "Condition operators")."""
    wanted, there = [str(value) for value in _list(values)], context.get(key)
    if operator == "Null":
        return (there is None) == (wanted == ["true"])
    if operator.startswith(ALL) and there is None:
        return True
    base = operator.removeprefix(ALL).removesuffix("IfExists")
    if there is None:
        return base != operator or "Not" in base
    if base in ("StringEquals", "ArnEquals", "Bool"):
        return there in wanted if base != "ArnEquals" else any(matches(w, there) for w in wanted)
    if base in ("StringLike", "ArnLike"):
        return any(matches(pattern, there) for pattern in wanted)
    if base == "StringNotEquals":
        return there not in wanted
    if base == "NumericLessThan":
        return float(there) < float(wanted[0])
    raise InvalidPolicy(f"The condition operator {operator} is not evaluated")


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
