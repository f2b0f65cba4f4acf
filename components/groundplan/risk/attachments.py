"""Access that widens by what is attached to a role: managed policies, and boundaries
that are taken off."""

from collections.abc import Iterator

from groundplan.diff.changes import ABSENT
from groundplan.manifest.model import Resource
from groundplan.risk import types
from groundplan.risk.context import Case, at, texts
from groundplan.risk.iam import ACCESS
from groundplan.risk.policies import is_new, own_name, target
from groundplan.risk.risk import Danger, Level

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


def attached(case: Case) -> Iterator[Danger]:
    """Managed policies that somebody gets."""
    path = ATTACHMENTS.get(case.type)
    if path is None or not case.new:
        return
    if case.plan.attached is None:
        case.plan.attached = {pair for resource in case.plan.then for pair in _pairs(resource)}
    for who in target(case.change.resource) or (case.name,):
        for arn in sorted(set(texts(case.new.get(path)))):
            if (who, arn) in case.plan.attached or (
                arn in texts(case.old.get(path)) and _same_holder(case)
            ):
                continue
            level = _level(arn, is_new(case))
            if level:
                words = f"the {_sort(case)} {who} gets the policy {_short(arn)}{_means(arn)}."
                yield case.danger(level, ACCESS, words, f"+ {arn}")


def boundary(case: Case) -> Iterator[Danger]:
    """A permissions boundary that no longer bounds."""
    path = "permissionsBoundary"
    if not (case.old and case.new) or at(case.old, path) is ABSENT or not case.changed(path):
        return
    verb = (
        "is no longer held"
        if at(case.new, path) is ABSENT
        else "is held by another boundary, no longer"
    )
    words = f"{case.told} {verb} within the boundary {_short(str(at(case.old, path)))}."
    yield case.danger(Level.MEDIUM, ACCESS, words, case.moved(path))


def _same_holder(case: Case) -> bool:
    return all(
        case.old.get(key) == case.new.get(key)
        for key in ("role", "user", "group", "roles", "users", "groups")
    )


def _pairs(resource: Resource) -> Iterator[tuple[str, str]]:
    path = ATTACHMENTS.get(types.kind(resource.type))
    for who in target(resource) if path else ():
        for arn in texts(resource.inputs.get(path or "")):
            yield who, arn


def _level(arn: str, new: bool) -> Level | None:
    name = _short(arn)
    if name in ADMINISTRATION:
        return Level.HIGH
    if new:
        return Level.LOW if name.endswith("FullAccess") else None
    return Level.MEDIUM


def _means(arn: str) -> str:
    if _short(arn) == "AdministratorAccess":
        return ", and may do everything in the account"
    return ", and may do nearly everything in the account" if _short(arn) in ADMINISTRATION else ""


def _short(arn: str) -> str:
    return own_name(arn) if arn.startswith("${") else arn.rsplit("/", 1)[-1]


def _sort(case: Case) -> str:
    inputs = case.change.resource.inputs
    return next(
        (sort for sort in ("user", "group") if inputs.get(sort) or inputs.get(f"{sort}s")), "role"
    )
