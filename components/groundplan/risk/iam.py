"""Wider access by IAM: statements that allow more, trust more or no longer deny."""

import re
from collections.abc import Iterable, Iterator

from groundplan.diff.changes import Kind
from groundplan.manifest.symbol_names import names
from groundplan.risk.context import ChangeContext
from groundplan.risk.policies import (
    PRINCIPAL_INPUTS,
    Policy,
    PolicyKind,
    attached_to,
    policies,
    statements_of,
    target,
    target_is_new,
    target_is_removed,
)
from groundplan.risk.risk import Level, Risk
from groundplan.risk.statements import Statement, ignoring_conditions, less
from groundplan.risk.wording import listed, readable

ACCESS = "access"
EVERYTHING = ("*", "*:*")

POWERFUL = frozenset(
    {
        "iam:passrole",
        "iam:*",
        "iam:createrole",
        "iam:createuser",
        "iam:createaccesskey",
        "iam:attachrolepolicy",
        "iam:attachuserpolicy",
        "iam:putrolepolicy",
        "iam:putuserpolicy",
        "iam:createpolicyversion",
        "iam:setdefaultpolicyversion",
        "iam:updateassumerolepolicy",
        "iam:createloginprofile",
        "iam:updateloginprofile",
        "sts:assumerole",
        "sts:*",
    }
)
"""Actions that, on all resources, allow privilege escalation (Rhino Security Labs' list
of IAM privilege escalation methods)."""

NARROWING = re.compile(
    r"^(aws:(PrincipalOrg(ID|Paths)|Principal(Account|Arn|Tag/.*)|Source(Account|Arn|Owner|Vpc|Vpce|Ip|OrgID|OrgPaths)|userid|"
    r"username|FederatedProvider|VpcSourceIp)|kms:(CallerAccount|GrantIsForAWSResource)|s3:(DataAccessPointAccount|"
    r"DataAccessPointArn)|sns:Endpoint|sts:ExternalId|lambda:FunctionUrlAuthType|elasticfilesystem:AccessedViaMountTarget|"
    r".*:(sub|aud|SAML:aud))$",
    re.IGNORECASE,
)
"""Condition keys on the caller or its network: with one of these, the principal `*`
isn't everyone."""


def widened(context: ChangeContext) -> Iterator[Risk]:
    """Access that a resource's policies didn't allow, or denied, before."""
    for policy in policies(context):
        yield from _allowed(context, policy)
        yield from _undenied(context, policy)


def _allowed(context: ChangeContext, policy: Policy) -> Iterator[Risk]:
    old = _of(policy.old, "Allow")
    if policy.kind is PolicyKind.IDENTITY:
        same_holder = all(context.old.get(key) == context.new.get(key) for key in PRINCIPAL_INPUTS)
        old = (old if same_holder else []) + _of(
            statements_of(context.plan, target(context.change.resource), now=False), "Allow"
        )
    new = target_is_new(context)
    for part in less(_of(policy.new, "Allow"), old):
        level = _level(context, policy.kind, part, new)
        if level:
            loosened = not list(less(ignoring_conditions([part]), ignoring_conditions(old)))
            yield context.risk(
                level, ACCESS, _may(context, policy.kind, part, loosened), statement_text(part)
            )


def _undenied(context: ChangeContext, policy: Policy) -> Iterator[Risk]:
    if target_is_removed(context) or (
        context.kind is Kind.DELETE
        and (context.old_option("retainOnDelete") or _own_going(context))
    ):
        return
    new = _of(policy.new, "Deny")
    if policy.kind is PolicyKind.IDENTITY:
        new += _of(statements_of(context.plan, target(context.change.resource), now=True), "Deny")
    for part in less(_of(policy.old, "Deny"), new):
        words = f"{context.subject} no longer denies {_actions(part)} on {_resources(part)}"
        words += f" to {_whom(part)}" if part.principals and not _everyone(part) else ""
        words += f" {_where(part)}" if part.conditions else ""
        yield context.risk(Level.MEDIUM, ACCESS, f"{words}.", f"- {statement_text(part)}")


def _own_going(context: ChangeContext) -> bool:
    """Returns whether a policy is deleted with the resource that it is an input of."""
    return (
        context.type not in ("iam.RolePolicy", "iam.UserPolicy", "iam.GroupPolicy")
        and attached_to(context) == context.name
    )


def _level(context: ChangeContext, kind: PolicyKind, part: Statement, new: bool) -> Level | None:
    if kind is PolicyKind.IDENTITY:
        return _identity_level(context, part, new)
    if (
        any(term.negated for term in part.principals)
        or (_everyone(part) and not _narrowed(part))
        or _any_repository(part)
    ):
        if context.type.startswith("ec2.VpcEndpoint"):  # the caller's own policies still apply
            return None if new else Level.LOW
        return Level.HIGH
    if new:
        return Level.MEDIUM if _foreign(context, part) else None
    return Level.MEDIUM


def _identity_level(context: ChangeContext, part: Statement, new: bool) -> Level | None:
    anywhere = any(term.negated or term.names[0] == "*" for term in part.resources)
    for term in part.actions:
        name = term.names[0]
        if term.negated or name in EVERYTHING or (anywhere and name.endswith(":*")):
            return Level.HIGH
        if anywhere and name in POWERFUL and not part.conditions:
            return Level.HIGH
    if new:
        return Level.LOW if any(term.names[0].endswith(":*") for term in part.actions) else None
    return Level.LOW if _on_new_only(context, part) else Level.MEDIUM


def _on_new_only(context: ChangeContext, part: Statement) -> bool:
    """Returns whether all named resources are created by the same change."""
    return bool(part.resources) and all(
        context.plan.new_names.intersection(names(str(term))) for term in part.resources
    )


def _foreign(context: ChangeContext, part: Statement) -> bool:
    accounts = {
        account for term in part.principals for account in re.findall(r"::(\d{12}):", str(term))
    }
    return bool(accounts - context.plan.accounts)


def _everyone(part: Statement) -> bool:
    return any(
        not term.negated and term.names[0] in ("*", "arn:aws:iam::*:root")
        for term in part.principals
    )


def _narrowed(part: Statement) -> bool:
    return any(
        NARROWING.match(c.key) and "*" not in c.values and "Not" not in c.operator
        for c in part.conditions
    )


def _any_repository(part: Statement) -> bool:
    """Returns whether it trusts any GitHub repository: the identity provider without a
    condition on the subject."""
    github = any("token.actions.githubusercontent.com" in str(term) for term in part.principals)
    subjects = [c for c in part.conditions if c.key.lower().endswith(":sub")]
    return github and (
        not subjects
        or any(value.startswith(("*", "repo:*")) for c in subjects for value in c.values)
    )


def _may(context: ChangeContext, kind: PolicyKind, part: Statement, loosened: bool) -> str:
    if kind is PolicyKind.TRUST:
        words = f"{_whom(part)} may now assume the role {context.name}"
    elif kind is PolicyKind.RESOURCE:
        words = f"{_whom(part)} may now do {_actions(part)} on {attached_to(context)}"
    else:
        who = target(context.change.resource)
        noun = {"iam.UserPolicy": "user", "iam.GroupPolicy": "group"}.get(context.type, "role")
        subject = f"the {noun} {who[0]} may now do" if who else f"{context.subject} now allows"
        words = f"{subject} {_actions(part)} on {_resources(part)}"
    if part.conditions:
        words += f", {_where(part)}"
    if loosened:
        words += (
            ", under fewer conditions than before"
            if part.conditions
            else ", without the conditions of before"
        )
    return f"{words}."


def _where(part: Statement) -> str:
    """Returns the conditions for a sentence; a reference to the statement, if they are
    long."""
    condition = readable(part.condition)
    return (
        f"where {condition}"
        if len(condition) <= 80
        else f"under the conditions of {part.sid or 'its statement'}"
    )


def statement_text(part: Statement) -> str:
    """Returns the text of a statement: `ReadObjects: Allow s3:GetObject on
    ${data-bucket.arn}/*`."""
    whom = f" for {listed(sorted(map(str, part.principals)), 20)}" if part.principals else ""
    on = f" on {listed(sorted(map(str, part.resources)), 20)}" if part.resources else ""
    condition = f" if {part.condition}" if part.conditions else ""
    sid = f"{part.sid}: " if part.sid else ""
    return f"{sid}{part.effect} {listed(sorted(map(str, part.actions)), 20)}{on}{whom}{condition}"


def _actions(part: Statement) -> str:
    if any(not term.negated and term.names[0] in EVERYTHING for term in part.actions):
        return "everything"
    return listed(sorted(str(term) for term in part.actions))


def _resources(part: Statement) -> str:
    if not part.resources or any(
        not term.negated and term.names[0] == "*" for term in part.resources
    ):
        return "everything"
    return listed(sorted(readable(str(term)) for term in part.resources))


def _whom(part: Statement) -> str:
    if any(term.negated for term in part.principals):
        return (
            "anyone but "
            f"{listed(sorted(_principal(name) for term in part.principals for name in term.names))}"
        )
    if _everyone(part):
        return "anyone" if not part.conditions else "anyone that meets the conditions"
    return listed(sorted(_principal(str(term)) for term in part.principals))


def _principal(name: str) -> str:
    """`account 123456789012`, `role/trainer of account 123456789012`, else as it is
    written."""
    match = re.fullmatch(r"arn:[\w-]+:(?:iam|sts)::(\d{12}|\$\{[^{}]*\}):(.+)", name)
    if not match:
        return readable(name)
    account = "this account" if match[1].startswith("${") else f"account {match[1]}"
    return account if match[2] == "root" else f"{readable(match[2])} of {account}"


def _of(statements: Iterable[Statement], effect: str) -> list[Statement]:
    return [statement for statement in statements if statement.effect == effect]
