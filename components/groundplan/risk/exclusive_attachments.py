"""Attachments that detach: resources of IAM that own all attachments of a policy, or
all policies of a role, also those from elsewhere.

Terraform AWS provider, `aws_iam_policy_attachment`: it "creates exclusive attachments
of IAM policies. Across the entire AWS account" (terraform-provider-aws#94, #2014).
"""

from collections.abc import Iterator

from groundplan.diff.changes import Kind
from groundplan.risk.context import ChangeContext, texts
from groundplan.risk.policies import policy_name, resource_name, target
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import listed

DOWNTIME = "downtime"
OF_POLICY = "iam.PolicyAttachment"
OF_HOLDER = {
    "iam.RolePoliciesExclusive": "roleName",
    "iam.RolePolicyAttachmentsExclusive": "roleName",
    "iam.UserPoliciesExclusive": "userName",
    "iam.UserPolicyAttachmentsExclusive": "userName",
    "iam.GroupPoliciesExclusive": "groupName",
    "iam.GroupPolicyAttachmentsExclusive": "groupName",
}
"""Type -> the input with the identity whose policies it owns."""


def detached(context: ChangeContext) -> Iterator[Risk]:
    """Identities that lose a policy by an attachment that is exclusive."""
    if context.type == OF_POLICY:
        yield from _of_policy(context)
    elif context.type in OF_HOLDER and context.kind is Kind.CREATE:
        name = OF_HOLDER[context.type]
        if context.owner_change(name) is not Kind.CREATE:
            who = resource_name(str(context.new.get(name)))
            words = f"{who} loses all policies that {context.name} doesn't list."
            yield context.risk(Level.LOW, DOWNTIME, words, f"+ {context.noun}")


def _of_policy(context: ChangeContext) -> Iterator[Risk]:
    if context.owner_change("policyArn") in (Kind.CREATE, Kind.DELETE):
        return  # nothing else has the policy, or it goes itself
    arn = str(context.change.resource.inputs.get("policyArn"))
    policy = policy_name(arn)
    level = Level.MEDIUM if arn.startswith("arn:") else Level.LOW
    if context.kind is Kind.CREATE:
        holders = listed(target(context.change.resource)) or context.name
        words = (
            f"the policy {policy} is attached to {holders} exclusively: all other roles, users "
            "and groups of the account lose it."
        )
        yield context.risk(level, DOWNTIME, words, "+ an exclusive attachment")
    elif context.is_removed and not context.old_option("retainOnDelete"):
        words = (
            f"the policy {policy} is detached from all roles, users and groups of the account, "
            "also where another resource attached it."
        )
        cause = "it is no longer in the program" if context.kind is Kind.DELETE else context.causes
        yield context.risk(level, DOWNTIME, words, cause)
    elif gone := _holders(context, old=True) - _holders(context, old=False):
        words = f"{listed(sorted(gone))} loses the policy {policy}."
        yield context.risk(Level.LOW, DOWNTIME, words, context.change_text("roles"))


def _holders(context: ChangeContext, old: bool) -> set[str]:
    side = context.old if old else context.new
    return {
        f"the {key.removesuffix('s')} {resource_name(name)}"
        for key in ("roles", "users", "groups")
        for name in texts(side.get(key))
    }
