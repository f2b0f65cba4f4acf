"""Wider access by attachments: managed policies, and permissions boundaries that are
removed."""

from collections.abc import Iterator

from groundplan import catalog
from groundplan.diff.changes import ABSENT
from groundplan.manifest.model import Resource
from groundplan.risk.context import ChangeContext, at, texts
from groundplan.risk.iam import ACCESS
from groundplan.risk.policies import policy_name, target, target_is_new
from groundplan.risk.risk import Level, Risk

ATTACHMENTS = {
    "iam.RolePolicyAttachment": "policyArn",
    "iam.UserPolicyAttachment": "policyArn",
    "iam.GroupPolicyAttachment": "policyArn",
    "iam.PolicyAttachment": "policyArn",
    "iam.RolePolicyAttachmentsExclusive": "policyArns",
    "ssoadmin.ManagedPolicyAttachment": "managedPolicyArn",
    "iam.Role": "managedPolicyArns",
}
"""Type -> the input with the ARNs of policies that it attaches."""

ADMINISTRATION = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "SystemAdministrator")


def attached(context: ChangeContext) -> Iterator[Risk]:
    """Managed policies that are attached."""
    path = ATTACHMENTS.get(context.type)
    if path is None or not context.new:
        return
    if context.plan.attached_before is None:
        context.plan.attached_before = {
            pair for resource in context.plan.resources_before for pair in _pairs(resource)
        }
    for who in target(context.change.resource) or (context.name,):
        for arn in sorted(set(texts(context.new.get(path)))):
            if (who, arn) in context.plan.attached_before or (
                arn in texts(context.old.get(path)) and _same_holder(context)
            ):
                continue
            level = _level(arn, target_is_new(context))
            if level:
                words = (
                    f"the {_sort(context)} {who} gets the policy {policy_name(arn)}{_means(arn)}."
                )
                yield context.risk(level, ACCESS, words, f"+ {arn}")


def boundary(context: ChangeContext) -> Iterator[Risk]:
    """A permissions boundary that is removed or replaced."""
    path = "permissionsBoundary"
    if (
        not (context.old and context.new)
        or at(context.old, path) is ABSENT
        or not context.changed(path)
    ):
        return
    verb = (
        "is no longer limited"
        if at(context.new, path) is ABSENT
        else "is limited by another boundary, no longer"
    )
    words = f"{context.subject} {verb} by the boundary {policy_name(str(at(context.old, path)))}."
    yield context.risk(Level.MEDIUM, ACCESS, words, context.change_text(path))


def _same_holder(context: ChangeContext) -> bool:
    return all(
        context.old.get(key) == context.new.get(key)
        for key in ("role", "user", "group", "roles", "users", "groups")
    )


def _pairs(resource: Resource) -> Iterator[tuple[str, str]]:
    path = ATTACHMENTS.get(catalog.key(resource.type))
    for who in target(resource) if path else ():
        for arn in texts(resource.inputs.get(path or "")):
            yield who, arn


def _level(arn: str, new: bool) -> Level | None:
    name = policy_name(arn)
    if name in ADMINISTRATION:
        return Level.HIGH
    if new:
        return Level.LOW if name.endswith("FullAccess") else None
    return Level.MEDIUM


def _means(arn: str) -> str:
    if policy_name(arn) == "AdministratorAccess":
        return ", and may do everything in the account"
    return (
        ", and may do nearly everything in the account"
        if policy_name(arn) in ADMINISTRATION
        else ""
    )


def _sort(context: ChangeContext) -> str:
    inputs = context.change.resource.inputs
    return next(
        (sort for sort in ("user", "group") if inputs.get(sort) or inputs.get(f"{sort}s")), "role"
    )
