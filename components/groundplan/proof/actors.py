"""Who a team acts as: the roles of its pods, the roles that those assume or pass on,
and so on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy_documents import Term, matches
from groundplan.proof.access import Caller, Question, Solver, covers_action
from groundplan.proof.conditions import OTHER_TAGS
from groundplan.proof.grants import Grant, Identity
from groundplan.proof.model import Verdict
from groundplan.proof.names import Names
from groundplan.proof.nodes import roles_in_reach
from groundplan.proof.teams import Team, associations, unknown_associations

ASSUME = "sts:AssumeRole"
WEB = "sts:AssumeRoleWithWebIdentity"
WEB_SUBJECT = re.compile(r"system:serviceaccount:([^:]*):")
SUBJECTS = "system:serviceaccount:"
SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|aws)")


@dataclass(frozen=True, eq=False)
class Actor:
    """An identity that a team acts as."""

    identity: Identity
    context: Mapping[str, str | None]
    path: tuple[str, ...]
    """How, step by step."""
    origin: Resource
    """The association or role of the first step."""
    step: tuple[str, Grant] | None = None
    """The action and the statement of the last step; `None` where the first is the
    last."""

    def caller(self, names: Names, *resource_grants: Grant) -> Caller:
        """Returns the actor as the caller of a request to a resource with these
        statements."""
        direct = tuple(g for g in resource_grants if names_identity(g, self.identity, names))
        return Caller(self.identity.grants, self.identity.boundary, direct, context=self.context)


class Actors:
    """The actors of each team of a plan."""

    def __init__(
        self,
        manifest: Manifest,
        every: Sequence[Team],
        identities: Mapping[str, Identity],
        names: Names,
        solver: Solver,
    ) -> None:
        self._manifest, self._every, self._names, self._solver = manifest, every, names, solver
        self.identities = identities
        self._names_of = {i.resource.name: i for i in identities.values()}
        self.of: dict[str, tuple[Actor, ...]] = {}
        self.own: dict[str, tuple[Actor, ...]] = {}
        """Team -> the identities of its own: not those that it reaches."""
        for team in every:
            self.own[team.name] = tuple(self._own(team))
        for team in every:
            self.of[team.name] = tuple(self._reached(team))

    def _of_nodes(self, team: Team) -> Iterator[Actor]:
        """Yields the roles of nodes, where pods reach their credentials."""
        for role, group in roles_in_reach(self._manifest) if team.homes else ():
            identity = self.identities.get(self._names.text(role))
            if identity is not None:
                path = (f"the instance metadata of {group.name}, which pods reach",)
                yield Actor(identity, self.context(identity, {}), path, group)

    def roles_of(self, team: Team) -> tuple[Identity, ...]:
        """Returns the roles that are a team's own: by tag, or by association where none
        is tagged as another's."""
        others = {r for t in self._every if t.name != team.name for r in t.roles}
        return tuple(
            dict.fromkeys(
                a.identity
                for a in self.own[team.name]
                if a.identity.arn and a.identity.resource.name not in others
            )
        )

    def _own(self, team: Team) -> Iterator[Actor]:
        seen = set()
        for association in unknown_associations(self._manifest):
            yield Actor(
                replace(
                    _unknown_role(association, "", self._names),
                    unreadable=(f"the namespace of {association.name}",),
                ),
                {},
                (association.name,),
                association,
            )
        for association in associations(self._manifest, team, self._every):
            role = self._names.text(str(association.inputs.get("roleArn")))
            identity = self.identities.get(role) or _unknown_role(association, role, self._names)
            account = str(association.inputs.get("serviceAccount"))
            seen.add(identity.resource.name)
            yield Actor(
                identity,
                self.context(identity, _pod_tags(association)),
                (f"pods of {association.inputs.get('namespace')}/{account} ({association.name})",),
                association,
            )
        for identity in self.identities.values():
            for namespace in _web_namespaces(identity, self._names):
                if any(matches(namespace, own) for own in team.namespaces):
                    seen.add(identity.resource.name)
                    path = (f"pods of {namespace} by the cluster's OIDC provider",)
                    yield Actor(identity, self.context(identity, {}), path, identity.resource)
        for name in team.roles:
            if name not in seen and name in self._names_of:
                identity = self._names_of[name]
                path = (f"role {name} is tagged as the team's",)
                yield Actor(identity, self.context(identity, {}), path, identity.resource)

    def _reached(self, team: Team) -> Iterator[Actor]:
        """Yields the team's own actors, and those that they become."""
        queue = [*self.own[team.name], *self._of_nodes(team)]
        seen = {actor.identity.arn for actor in queue}
        while queue:
            actor = queue.pop(0)
            yield actor
            for arn, identity in self.identities.items():
                if arn in seen:
                    continue
                step = self.assumes(actor, identity)
                if step is not None:
                    seen.add(arn)
                    queue.append(
                        Actor(
                            identity,
                            self.context(identity, None if self._tags(actor, identity) else {}),
                            (*actor.path, f"{step[0]} {identity} ({step[1]})"),
                            actor.origin,
                            step,
                        )
                    )

    def assumes(self, actor: Actor, role: Identity) -> tuple[str, Grant] | None:
        """Returns how an actor becomes a role: the action, and the statement that
        allows it."""
        direct = [g for g in role.trust if names_identity(g, actor.identity, self._names)]
        by_account = [g for g in role.trust if names_account(g, self._names)]
        named_directly = any(g.allows for g in direct)
        if named_directly or by_account:
            # Within an account a trust policy that names the role is enough.
            grants = _denies(actor.identity.grants) if named_directly else actor.identity.grants
            caller = Caller(
                grants,
                actor.identity.boundary,
                (*direct, *by_account),
                needs_both=not named_directly,
                context=actor.context,
            )
            answer = self._solver.ask(Question(caller, (ASSUME,), (role.arn,)))
            if answer.verdict is not Verdict.PROVED and answer.grant is not None:
                return ASSUME, answer.grant
        services = [g for g in role.trust if g.allows and names_service(g)]
        if services and actor.identity.arn != role.arn:
            caller = Caller(actor.identity.grants, actor.identity.boundary, context=actor.context)
            answer = self._solver.ask(Question(caller, ("iam:PassRole",), (role.arn,)))
            if answer.verdict is Verdict.REFUTED and answer.grant is not None:
                return "iam:PassRole", answer.grant
        return None

    def _tags(self, actor: Actor, role: Identity) -> bool:
        """Returns whether an actor that assumes a role chooses the tags of the
        session."""
        return any(
            grant.allows
            and covers_action(grant.statement, "sts:TagSession")
            and names_identity(grant, actor.identity, self._names)
            for grant in role.trust
        )

    def context(
        self, identity: Identity, session_tags: Mapping[str, str] | None
    ) -> dict[str, str | None]:
        """Returns what is known of a request that a role sends itself. Without
        `session_tags` the caller chooses them."""
        tags = {} if session_tags is None else {**identity.tags, **session_tags}
        return {
            **({} if session_tags is None else {OTHER_TAGS: None}),
            "aws:PrincipalArn": identity.arn,
            "aws:PrincipalAccount": self._names.account,
            "aws:PrincipalIsAWSService": "false",
            "aws:PrincipalType": "AssumedRole",
            "aws:ViaAWSService": "false",
            "aws:SourceArn": None,
            "aws:SourceAccount": None,
            "aws:PrincipalServiceName": None,
            "aws:username": None,
            "kms:CallerAccount": self._names.account,
            "aws:ResourceAccount": self._names.account,
            "s3:ResourceAccount": self._names.account,
            **{f"aws:PrincipalTag/{key}": value for key, value in tags.items()},
        }


def names_identity(grant: Grant, identity: Identity, names: Names) -> bool:
    """Returns whether a statement of a resource's policy is about an identity. A Deny
    of its account is; an Allow of its account only leaves it to the identity's
    policies."""
    return any(_names(term, grant, identity, names) for term in grant.statement.principals)


def names_account(grant: Grant, names: Names) -> bool:
    """Returns whether a statement allows the account to decide by the policies of its
    identities."""
    root = f"arn:aws:iam::{names.account}:root"
    return grant.allows and any(
        name in (root, names.account)
        for term in grant.statement.principals
        if not term.negated
        for name in term.names
    )


def names_service(grant: Grant) -> bool:
    """Returns whether a statement is about an AWS service."""
    return any(
        SERVICE.fullmatch(name)
        for term in grant.statement.principals
        if not term.negated
        for name in term.names
    )


def _names(term: Term, grant: Grant, identity: Identity, names: Names) -> bool:
    account = (names.account, f"arn:aws:iam::{names.account}:root")
    session = f"arn:aws:sts::{names.account}:assumed-role/{identity.name}/"
    here = any(
        name in ("*", identity.arn)
        or name.startswith(session)
        or (names.is_open(name) and grant.allows != term.negated)
        or (name in account and (not grant.allows or term.negated))
        for name in term.names
    )
    return here != term.negated


def _denies(grants: Sequence[Grant]) -> tuple[Grant, ...]:
    return tuple(grant for grant in grants if not grant.allows)


def _pod_tags(association: Resource) -> dict[str, str]:
    """Returns the session tags that EKS Pod Identity sets (EKS User Guide, "Grant Pods
    access to AWS resources based on tags")."""
    if association.inputs.get("disableSessionTags") is True:
        return {}
    return {
        "kubernetes-namespace": str(association.inputs.get("namespace")),
        "kubernetes-service-account": str(association.inputs.get("serviceAccount")),
        "eks-cluster-name": str(association.inputs.get("clusterName")),
    }


def _web_namespaces(identity: Identity, names: Names) -> Iterator[str]:
    """Yields the namespaces whose service accounts a role trusts by an OIDC provider;
    `*` for all of them."""
    for grant in identity.trust:
        by_oidc = any(
            "oidc-provider/" in name or names.is_open(name)
            for term in grant.statement.principals
            for name in term.names
        )
        if not (grant.allows and by_oidc and covers_action(grant.statement, WEB)):
            continue
        subjects = [
            value
            for condition in grant.statement.conditions
            if condition.key.lower().endswith(":sub") and "Not" not in condition.operator
            for value in condition.values
        ]
        for subject in subjects or ["system:serviceaccount:*:*"]:
            match = WEB_SUBJECT.match(subject)
            start = re.split(r"[*?]", subject)[0]
            if match:
                yield match[1]
            elif start != subject and SUBJECTS.startswith(start):
                yield "*"


def _unknown_role(association: Resource, arn: str, names: Names) -> Identity:
    """A role that isn't in the plan."""
    shown = names.shown(arn)
    return Identity(
        replace(association, name=shown),
        arn.rpartition("/")[2],
        arn,
        unreadable=(f"the policies of {shown}, which the plan doesn't have",),
    )
