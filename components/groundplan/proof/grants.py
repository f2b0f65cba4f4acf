"""The identities of a plan, and the statements of their policies: inline, attached,
managed, and permissions boundaries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy_documents import Condition, Statement, Term, Terms, read
from groundplan.proof.managed_policies import statements as managed_statements
from groundplan.proof.names import Names


@dataclass(frozen=True)
class Grant:
    """A statement of a policy, with its physical names, and where it is declared."""

    statement: Statement
    declared_in: str
    source: str
    number: int = 1

    @property
    def allows(self) -> bool:
        return self.statement.effect == "Allow"

    def __str__(self) -> str:
        return f"statement {self.statement.sid or self.number}"


@dataclass(frozen=True, eq=False)
class Identity:
    """A role, user or group of the plan."""

    resource: Resource
    name: str
    arn: str
    grants: tuple[Grant, ...] = ()
    boundary: tuple[Grant, ...] | None = None
    """The statements of its permissions boundary; `None` without one."""
    trust: tuple[Grant, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    """The policies whose statements the plan doesn't have, in words."""

    def __str__(self) -> str:
        return f"{catalog.key(self.resource.type).split('.')[1].lower()} {self.resource.name}"


IDENTITY_TYPES = ("iam.Role", "iam.User")

INLINE = ("iam.RolePolicy", "iam.UserPolicy")
ATTACHMENTS = ("iam.RolePolicyAttachment", "iam.UserPolicyAttachment", "iam.PolicyAttachment")
EXCLUSIVE = ("iam.RolePolicyAttachmentsExclusive", "iam.UserPolicyAttachmentsExclusive")
HOLDERS = ("role", "user", "roles", "users", "roleName", "userName")


def grants(document: Any, names: Names, resource: Resource) -> tuple[Grant, ...] | None:
    """Returns the statements of a document; `None` where it can't be read."""
    statements = read(document)
    if statements is None or any("${" in n for s in statements for t in s.actions for n in t.names):
        return None
    return tuple(
        Grant(named(statement, names), resource.name, resource.source, number)
        for number, statement in enumerate(statements, 1)
    )


def named(statement: Statement, names: Names) -> Statement:
    """Returns the statement with physical names in place of symbols."""
    return replace(
        statement,
        resources=_terms(statement.resources, names),
        principals=_terms(statement.principals, names),
        conditions=frozenset(
            Condition(c.operator, c.key, frozenset(names.text(v) for v in sorted(c.values)))
            for c in sorted(statement.conditions, key=str)
        ),
    )


def identities(manifest: Manifest, names: Names) -> dict[str, Identity]:
    """Returns the roles and users of a plan, by ARN."""
    found = {
        names.arn(resource): _identity(resource, names)
        for resource in manifest
        if resource.custom and catalog.key(resource.type) in IDENTITY_TYPES
    }
    policies = {
        names.arn(resource): resource
        for resource in manifest
        if catalog.key(resource.type) == "iam.Policy"
    }
    by_reference = {ref: arn for arn, i in found.items() for ref in (arn, i.name)}
    added: dict[str, list[Grant]] = {}
    unreadable: dict[str, list[str]] = {}
    everyone: list[str] = []
    for resource in manifest:
        key = catalog.key(resource.type)
        if key not in (*INLINE, *ATTACHMENTS, *EXCLUSIVE):
            continue
        statements, why = _statements_of(resource, key, names, policies)
        for reference in _holders(resource, names):
            if names.is_open(reference):
                everyone.append(f"the identity that {resource.name} is attached to")
            arn = by_reference.get(reference)
            if arn is None:
                continue
            added.setdefault(arn, []).extend(statements)
            unreadable.setdefault(arn, []).extend(why)
    return {
        arn: _complete(
            identity, names, policies, added.get(arn, []), [*unreadable.get(arn, []), *everyone]
        )
        for arn, identity in found.items()
    }


def _identity(resource: Resource, names: Names) -> Identity:
    trust = grants(resource.inputs.get("assumeRolePolicy"), names, resource)
    tags = resource.inputs.get("tags")
    return Identity(
        resource,
        names.name(resource),
        names.arn(resource),
        trust=trust or (),
        tags={k: names.text(str(v)) for k, v in tags.items()} if isinstance(tags, Mapping) else {},
        unreadable=()
        if trust is not None or catalog.key(resource.type) != "iam.Role"
        else (f"the trust policy of {resource.name}",),
    )


def _complete(
    identity: Identity,
    names: Names,
    policies: Mapping[str, Resource],
    added: list[Grant],
    unreadable: list[str],
) -> Identity:
    """Returns the identity with all of its policies."""
    statements, why = list(added), [*identity.unreadable, *unreadable]
    for document in _inline(identity.resource):
        read_statements = grants(document, names, identity.resource)
        if read_statements is None:
            why.append(f"an inline policy of {identity.resource.name}")
        statements += read_statements or ()
    for arn in _texts(identity.resource.inputs.get("managedPolicyArns")):
        more, reason = _managed(names.text(arn), identity.resource, names, policies)
        statements += more
        why += reason
    boundary = identity.resource.inputs.get("permissionsBoundary")
    limits = None
    if isinstance(boundary, str) and boundary:
        allowed, reason = _managed(names.text(boundary), identity.resource, names, policies)
        # A boundary that can't be read is assumed to allow everything.
        limits = None if reason else tuple(allowed)
    return replace(
        identity, grants=tuple(statements), boundary=limits, unreadable=tuple(dict.fromkeys(why))
    )


def _statements_of(
    resource: Resource, key: str, names: Names, policies: Mapping[str, Resource]
) -> tuple[list[Grant], list[str]]:
    if key in (*ATTACHMENTS, *EXCLUSIVE):
        found: list[Grant] = []
        unknown: list[str] = []
        for field in ("policyArn", "policyArns"):
            for arn in _texts(resource.inputs.get(field)):
                more, reasons = _managed(names.text(arn), resource, names, policies)
                found += more
                unknown += reasons
        return found, unknown
    statements = grants(resource.inputs.get("policy"), names, resource)
    if statements is None:
        return [], [f"the policy of {resource.name}"]
    return list(statements), []


def _managed(
    arn: str, resource: Resource, names: Names, policies: Mapping[str, Resource]
) -> tuple[list[Grant], list[str]]:
    """Returns the statements of a managed policy, or why they are not known."""
    if arn in policies:
        policy = policies[arn]
        own = grants(policy.inputs.get("policy"), names, policy)
        return (list(own), []) if own is not None else ([], [f"the policy {policy.name}"])
    known = managed_statements(arn)
    if known is None:
        return [], [f"the managed policy {names.shown(arn)}"]
    return [Grant(s, resource.name, resource.source, n) for n, s in enumerate(known, 1)], []


def _holders(resource: Resource, names: Names) -> Iterator[str]:
    for key in HOLDERS:
        for text in _texts(resource.inputs.get(key)):
            yield names.text(text)


def _inline(resource: Resource) -> Iterator[Any]:
    entries = resource.inputs.get("inlinePolicies")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping):
            yield entry.get("policy")


def _terms(terms: Terms, names: Names) -> Terms:
    return frozenset(Term(tuple(names.text(n) for n in t.names), t.negated) for t in sorted(terms))


def _texts(value: Any) -> list[str]:
    return [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)]
