"""Principals that no role of the plan is, and that a resource's policy or a role's
trust names: everyone, another account, a role from elsewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.proof.access import Answer, Caller, Question, Solver
from groundplan.proof.actors import SERVICE
from groundplan.proof.grants import Grant, Identity
from groundplan.proof.model import Verdict
from groundplan.proof.names import Names
from groundplan.proof.verdicts import Asked

PRINCIPAL = re.compile(r"arn:[^:]*:(?:iam|sts)::([^:]*):(.*)")
SERVICE_LINKED = "arn:aws:iam::*:role/aws-service-role/*"
"""Roles that only AWS's own services assume."""


@dataclass(frozen=True)
class Outsider:
    """A principal that a policy names."""

    name: str
    shown: str
    is_of_the_account: bool
    """Whether it is a role or user of the stack's own account: of whom, the plan
    doesn't have."""
    assumption: str = ""


def ask_outsiders(
    grants: tuple[Grant, ...],
    actions: tuple[str, ...],
    within: tuple[str, ...],
    known: dict[str, Identity],
    names: Names,
    solver: Solver,
    examples: tuple[str, ...] = (),
) -> Iterator[Asked]:
    """Yields whether a principal from outside of the plan is allowed one of the
    actions."""
    for outsider in _outsiders(grants, known, names):
        own = tuple(
            grant
            for grant in grants
            if any(
                (outsider.name in t.names or "*" in t.names) != t.negated
                for t in grant.statement.principals
            )
        )
        # What it may do by policies of its own, in its account, isn't in the plan.
        caller = Caller((), resource_grants=own, context=_context(), never=_never(outsider, names))
        answer = solver.ask(Question(caller, actions, within, examples=examples))
        if answer.verdict is Verdict.REFUTED and outsider.is_of_the_account:
            answer = Answer(
                Verdict.UNKNOWN,
                reason=f"{answer.grant} allows it {answer.action} on {answer.resource}; whether "
                "it belongs to another team, the plan doesn't have",
            )
        elif answer.verdict is Verdict.REFUTED and outsider.assumption:
            answer = Answer(
                answer.verdict,
                answer.action,
                answer.resource,
                answer.grant,
                answer.parameters,
                (*answer.assumptions, outsider.assumption),
            )
        yield Asked(answer, outsider.shown)


def _outsiders(
    grants: tuple[Grant, ...], known: dict[str, Identity], names: Names
) -> Iterator[Outsider]:
    seen: set[str] = set()
    for grant in grants:
        if not grant.allows:
            continue
        for term in sorted(grant.statement.principals):
            for name in ("*",) if term.negated else term.names:
                if name in seen or name in known or SERVICE.fullmatch(name):
                    continue
                seen.add(name)
                outsider = _outsider(name, names)
                if outsider is not None:
                    yield outsider


def _outsider(name: str, names: Names) -> Outsider | None:
    """Returns the principal of a name; `None` for the account itself, the services of
    AWS and the plan's own identities."""
    if name == "*":
        return Outsider(name, "anyone, in any AWS account", False)
    match = PRINCIPAL.fullmatch(name)
    account = match[1] if match else name
    if account == names.account:
        is_root = match is None or match[2] == "root"
        return None if is_root else Outsider(name, names.shown(name), True)
    if "oidc-provider/" in name or "saml-provider/" in name:
        return None  # read with the conditions of the trust, by `actors`
    if names.is_open(name):
        return Outsider(name, names.shown(name), True)
    unknown = not names.account.isdigit()
    return Outsider(
        name,
        names.shown(name),
        False,
        f"{account} is not the stack's own account" if unknown and account.isdigit() else "",
    )


def _context() -> dict[str, str | None]:
    return {
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        "aws:SourceArn": None,
        "aws:SourceAccount": None,
        "aws:PrincipalServiceName": None,
    }


def _never(outsider: Outsider, names: Names) -> dict[str, tuple[str, ...]]:
    """Returns what its requests don't have: the stack's account, a service's role."""
    if outsider.is_of_the_account:
        return {"aws:PrincipalArn": (SERVICE_LINKED,)}
    own = names.account
    return {
        "aws:PrincipalArn": (SERVICE_LINKED, f"arn:aws:iam::{own}:*", f"arn:aws:sts::{own}:*"),
        "aws:PrincipalAccount": (own,),
        "kms:CallerAccount": (own,),
    }
