"""Claims on who acts as the role of a team, and on who changes permissions."""

from collections.abc import Iterator

from groundplan.proof.access import Question
from groundplan.proof.grants import Identity
from groundplan.proof.model import Counterexample, Layer, Result, Verdict
from groundplan.proof.outsiders import ask_outsiders
from groundplan.proof.plan import Plan
from groundplan.proof.teams import Team
from groundplan.proof.verdicts import Asked, verdict

CHANGE_ROLE = (
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:DetachRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:TagRole",
)
CHANGE_ACCESS = (
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "eks:CreatePodIdentityAssociation",
    "eks:UpdatePodIdentityAssociation",
    "eks:CreateAccessEntry",
    "eks:UpdateAccessEntry",
    "eks:AssociateAccessPolicy",
)

EXAMPLES = (
    "arn:aws:iam::aws:policy/any",
    "arn:aws:eks:region:account:cluster/any",
)


def role_claims(plan: Plan) -> Iterator[Result]:
    """Yields the verdicts on all claims."""
    for owner in plan.teams:
        roles = plan.actors.roles_of(owner)
        if not roles:
            continue
        for team in plan.teams:
            if team.name != owner.name:
                yield _not_acting(plan, team, owner, roles)
        yield _trusted(plan, owner, roles)
    for team in plan.teams:
        yield _permissions(plan, team)


def _not_acting(plan: Plan, team: Team, owner: Team, roles: tuple[Identity, ...]) -> Result:
    """A team acts as no role of another."""
    claim = f"{team.name} does not act as a role of {owner.name}"
    own = {role.arn: role for role in roles}
    for actor in plan.actors.of[team.name]:
        if actor.identity.arn not in own:
            continue
        action, grant = actor.step or ("sts:AssumeRole", None)
        return Result(
            claim,
            Layer.ROLES,
            team.name,
            owner.name,
            Verdict.REFUTED,
            Counterexample(
                actor.path[-1].partition(" (")[0] if grant is None else actor.path[-2],
                action,
                plan.names.shown(actor.identity.arn),
                str(grant) if grant else f"{actor.origin.type.rpartition(':')[2]}",
                grant.declared_in if grant else actor.origin.name,
                grant.source if grant else actor.origin.source,
                path=actor.path,
            ),
        )
    return verdict(claim, Layer.ROLES, team.name, owner.name, (), plan.actors.of[team.name])


def _trusted(plan: Plan, owner: Team, roles: tuple[Identity, ...]) -> Result:
    """Nobody from outside of the plan acts as a role of a team."""
    asked = [
        one
        for role in roles
        for one in ask_outsiders(
            role.trust,
            ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"),
            (role.arn,),
            dict(plan.actors.identities),
            plan.names,
            plan.solver,
        )
    ]
    unreadable = [why for role in roles for why in role.unreadable]
    return verdict(
        f"nobody outside of the plan acts as a role of {owner.name}",
        Layer.ROLES,
        "",
        owner.name,
        asked,
        (),
        unreadable,
    )


def _permissions(plan: Plan, team: Team) -> Result:
    """A team changes no permissions: neither its own nor another's."""
    arns = tuple(role.arn for t in plan.teams for role in plan.actors.roles_of(t))
    asked = []
    for actor in plan.actors.of[team.name]:
        caller = actor.caller(plan.names)
        answers = [plan.solver.ask(Question(caller, CHANGE_ACCESS, ("*",), examples=EXAMPLES))]
        answers += [plan.solver.ask(Question(caller, CHANGE_ROLE, (arn,))) for arn in arns]
        asked += [Asked(a, str(actor.identity), actor.path) for a in answers]
    return verdict(
        f"{team.name} changes no permissions of a team",
        Layer.ROLES,
        team.name,
        "",
        asked,
        plan.actors.of[team.name],
    )
