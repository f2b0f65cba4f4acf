"""Changes of access as rows of a table: of IAM statements, of attached policies and of
security-group rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from groundplan.diff.changes import Changes
from groundplan.manifest.model import Manifest
from groundplan.risk.attachments import ATTACHMENTS
from groundplan.risk.context import ChangeContext, Plan, texts
from groundplan.risk.firewalls import openings
from groundplan.risk.policies import PolicyKind, attached_to, policies
from groundplan.risk.statements import Statement, Term, less


@dataclass(frozen=True)
class AccessChange:
    """One row: access that is added or removed. Lists are sorted and joined with
    commas."""

    sign: str
    """`+` for added access, `-` for removed access."""
    resource: str
    """Name of the resource with the statement or rule."""
    urn: str
    effect: str
    """`Allow` or `Deny`."""
    action: str
    """`s3:GetObject, s3:PutObject`; of a security group `ingress tcp port 443`; of an
    attachment `managed policy`."""
    target: str
    """The object of the action: resources, the assumed role, the security group, the
    attached policy."""
    principal: str
    """The subject of the action: the role with the policy, the principals of a resource
    policy, a CIDR range."""
    condition: str = ""
    sid: str = ""
    """The statement's Sid, if it has one."""


def access_changes(changes: Changes) -> list[AccessChange]:
    """Returns all rows, by resource, removed access first; empty where no access
    changes."""
    empty = Manifest("", "", ())
    plan = Plan(changes, empty, empty)
    rows = [
        row
        for context in plan.contexts
        if context.is_resource
        for row in (*_statements(context), *_attachments(context), *_openings(context))
    ]
    return sorted(
        dict.fromkeys(rows),
        key=lambda r: (
            r.resource,
            r.urn,
            r.sign == "+",
            r.effect,
            r.sid,
            r.action,
            r.target,
            r.principal,
            r.condition,
        ),
    )


def _statements(context: ChangeContext) -> Iterator[AccessChange]:
    for policy in policies(context):
        for sign, parts in (
            ("-", less(policy.old, policy.new, literally=True)),
            ("+", less(policy.new, policy.old, literally=True)),
        ):
            for part in parts:
                yield _row(context, sign, policy.kind, part)


def _row(context: ChangeContext, sign: str, kind: PolicyKind, part: Statement) -> AccessChange:
    about = attached_to(context)
    return AccessChange(
        sign,
        context.name,
        context.change.resource.urn,
        part.effect,
        _joined(part.actions),
        _joined(part.resources) or about,
        about if kind is PolicyKind.IDENTITY else _joined(part.principals),
        part.condition,
        part.sid,
    )


def _attachments(context: ChangeContext) -> Iterator[AccessChange]:
    path = ATTACHMENTS.get(context.type, "")
    old, new = (set(texts(side.get(path))) for side in (context.old, context.new))
    moved = bool(old and new) and any(
        context.old.get(key) != context.new.get(key) for key in ("role", "user", "group")
    )
    for sign, arns in (("-", old if moved else old - new), ("+", new if moved else new - old)):
        for arn in arns:
            yield AccessChange(
                sign,
                context.name,
                context.change.resource.urn,
                "Allow",
                ("managed policy"),
                arn,
                attached_to(context),
            )


def _openings(context: ChangeContext) -> Iterator[AccessChange]:
    old, new = (
        set(openings(context.type, context.name, side)) if side else set()
        for side in (context.old, context.new)
    )
    for sign, openings_ in (("-", old - new), ("+", new - old)):
        for opening in openings_:
            action = f"{opening.direction} {opening.ports}"
            yield AccessChange(
                sign,
                context.name,
                context.change.resource.urn,
                "Allow",
                action,
                opening.group,
                opening.peer,
            )


def _joined(terms: Iterable[Term]) -> str:
    return ", ".join(sorted(str(term) for term in terms))
