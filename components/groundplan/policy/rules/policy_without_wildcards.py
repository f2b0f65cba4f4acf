"""Checks that identity policies name actions and resources."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.catalog.aws.iam import ROLE
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.documents import Statement, statements
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import objects, texts
from groundplan.policy.relations import relations
from groundplan.policy.resourceless import needs_a_resource

DOCUMENTS: Mapping[str, str] = {
    "aws:iam/policy:Policy": "policy",
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    "aws:iam/groupPolicy:GroupPolicy": "policy",
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
}
"""Resources that grant permissions -> the input that holds the policy."""

ATTACHMENTS = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
)

ADMINISTRATOR = frozenset({"AdministratorAccess", "PowerUserAccess", "IAMFullAccess"})
"""AWS managed policies that allow everything, or privilege escalation."""

ALL_OF_A_SERVICE = re.compile(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:\*(/\*)?")
"""A pattern of all resources of a service: `arn:aws:s3:::*`."""


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if _only_limits(resource, manifest):
        return
    for path, document in _documents(resource):
        for statement in statements(document):
            yield from _check_statement(resource, path, statement)
    for path, arn in _attached(resource):
        name = arn.rsplit("/", 1)[-1]
        if ":iam::aws:policy/" not in arn:
            continue
        if name in ADMINISTRATOR:
            limited = _has_boundary(resource, manifest)
            within = " within the role's permissions boundary" if limited else ""
            yield Breach(
                resource.urn,
                f"{resource.name} attaches {name}: it allows nearly everything in the "
                f"account{within}",
                path,
                Severity.MEDIUM if limited else None,
            )
        elif name.endswith("FullAccess"):
            reason = (
                f"{resource.name} attaches {name}: it allows all actions of the service on all "
                "resources"
            )
            yield Breach(resource.urn, reason, path, Severity.MEDIUM)


def _only_limits(resource: Resource, manifest: Manifest) -> bool:
    """Returns whether a policy is a permissions boundary and attached nowhere: it
    grants nothing (IAM User Guide, "Permissions boundaries for IAM entities")."""
    if resource.type != "aws:iam/policy:Policy":
        return False
    known = relations(manifest)
    limits = known.uses(resource, (ROLE.token, "aws:iam/user:User"), "permissionsBoundary")
    return limits and not known.uses(resource, ATTACHMENTS, "policyArn")


def _has_boundary(attachment: Resource, manifest: Manifest) -> bool:
    """Returns whether the role that a policy is attached to has a permissions
    boundary."""
    roles = (attachment,) if attachment.type == ROLE.token else _roles(attachment, manifest)
    return any(role.inputs.get("permissionsBoundary") for role in roles)


def _roles(attachment: Resource, manifest: Manifest) -> Iterator[Resource]:
    for urn in attachment.property_dependencies.get("role", ()):
        if urn in manifest.by_urn:
            yield manifest.by_urn[urn]


def _documents(resource: Resource) -> Iterator[tuple[str, Any]]:
    if resource.type in DOCUMENTS:
        path = DOCUMENTS[resource.type]
        yield path, resource.inputs.get(path)
    elif resource.type == ROLE.token:
        for index, inline in enumerate(objects(resource.inputs.get("inlinePolicies"))):
            yield f"inlinePolicies[{index}].policy", inline.get("policy")


def _attached(resource: Resource) -> Iterator[tuple[str, str]]:
    if resource.type in ATTACHMENTS:
        yield from (("policyArn", arn) for arn in texts(resource.inputs.get("policyArn")))
    elif resource.type == ROLE.token:
        yield from (
            ("managedPolicyArns", arn) for arn in texts(resource.inputs.get("managedPolicyArns"))
        )


def _check_statement(resource: Resource, path: str, statement: Statement) -> Iterator[Breach]:
    if not statement.allows:
        return
    where = f"{resource.name} ({statement.name})"
    everywhere = "Resource" in statement.all_but or any(
        _is_all(text) for text in statement.resources
    )
    if "Action" in statement.all_but:
        reason = f"{where} allows every action but the listed ones, and all that AWS adds"
        yield Breach(resource.urn, reason, path)
        return
    wide = [action for action in statement.actions if action == "*" or action.endswith(":*")]
    if "*" in wide:
        yield Breach(
            resource.urn,
            f"{where} allows every action{' on all resources' if everywhere else ''}",
            path,
        )
        return
    wide = [action for action in wide if needs_a_resource(action, statement)]
    if wide:
        on = " on all resources" if everywhere else ""
        reason = (
            f"{where} allows {_listed(wide)}{on}: including deletion and changes of permissions"
        )
        yield Breach(resource.urn, reason, path, None if everywhere else Severity.MEDIUM)
    named = [
        action
        for action in statement.actions
        if action not in wide and needs_a_resource(action, statement)
    ]
    if everywhere and named:
        passing = any(action.lower() == "iam:passrole" for action in named)
        reason = (
            f"{where} allows {_listed(named)} on all resources, not only on those that it needs"
        )
        fix = (
            "name the ARNs of the roles that may be passed"
            if passing
            else "name the ARNs of its resources"
        )
        yield Breach(resource.urn, reason, path, None if passing else Severity.MEDIUM, fix)


def _is_all(text: str) -> bool:
    return text == "*" or ALL_OF_A_SERVICE.fullmatch(text) is not None


def _listed(actions: list[str]) -> str:
    shown = sorted(actions)
    return (
        ", ".join(shown) if len(shown) <= 4 else f"{', '.join(shown[:3])} and {len(shown) - 3} more"
    )


RULE = Rule(
    name="policy-without-wildcards",
    severity=Severity.HIGH,
    summary="Permissions name their actions and resources.",
    reason=(
        "A wildcard allows more than the task needs, including the deletion of data and the "
        "change of permissions, and everything that AWS adds later."
    ),
    fix="list the required actions, and the ARNs of their resources",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-21",
)
