"""Every call has a principal, and is allowed or refused by the plan's policies. What
was needed is recorded for each role."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from rehearsal.account.names import ACCOUNT
from rehearsal.permissions.policies import Need, Policies, Statement, denial, identity


@dataclass(frozen=True)
class Principal:
    """Who calls."""

    arn: str
    """A role's ARN, a service's host name, or a session of a person."""
    session: str = "session"

    @property
    def caller(self) -> str:
        """The ARN that STS returns."""
        if ":role/" in self.arn:
            return f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.arn.rpartition('/')[2]}/" + (
                self.session
            )
        return self.arn


def person(name: str, role: str) -> Principal:
    """Returns a person, who has a role that is not the stack's."""
    return Principal(f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}", name)


NOBODY = Principal("nobody")
_acting = [NOBODY]
"""The principals, the present one last. One for all threads: only one of the things
that happen in an account happens at a time, and an engine's worker threads are its
own."""


@contextmanager
def acting(principal: Principal) -> Iterator[Principal]:
    """The time in which calls are a principal's."""
    _acting.append(principal)
    try:
        yield principal
    finally:
        _acting.pop()


def exchanged(principals: list[Principal]) -> list[Principal]:
    """Puts other principals in the place of the present ones, which it returns."""
    before, _acting[:] = list(_acting), principals
    return before


def current() -> Principal:
    """Returns who calls now."""
    return _acting[-1]


@dataclass(frozen=True)
class Refusal:
    """A need that no policy allows."""

    principal: str
    need: Need
    why: str

    def __str__(self) -> str:
        return f"{self.principal} may not {self.need}: {self.why}"


@dataclass
class Guard:
    """What the policies say, and what was needed."""

    policies: Policies
    used: set[tuple[str, str, str, str]] = field(default_factory=set)
    """A role's ARN, policy, statement and action of what was needed and allowed."""
    uncompared: set[str] = field(default_factory=set)
    """ARNs of roles of which a life shows a part only."""
    by_people: set[tuple[str, str]] = field(default_factory=set)
    """Person and action."""
    refusals: list[Refusal] = field(default_factory=list)
    decisions: int = 0

    def require(self, *wanted: Need, principal: Principal | None = None) -> None:
        """Raises AWS's error of a denied access unless the policies allow all."""
        for need in wanted:
            if (refusal := self._refusal(principal or current(), need)) is not None:
                self.refusals.append(refusal)
                raise denied(need, str(refusal))

    def allows(self, need: Need) -> bool:
        """Whether the caller may do something; recorded, but no refusal if not."""
        return self._refusal(current(), need) is None

    def require_assumed(self, role: str, service: str) -> Principal:
        """Returns the principal of a role that a service assumes."""
        found = self.policies.roles.get(role)
        need = Need("sts:AssumeRole", role)
        if found is None or service not in found.services:
            refusal = Refusal(service, need, "no statement of its trust policy allows it")
            self.refusals.append(refusal)
            raise denied(need, str(refusal))
        return Principal(role, found.name)

    def _refusal(self, principal: Principal, need: Need) -> Refusal | None:
        self.decisions += 1
        region = {"aws:RequestedRegion": self.policies.region}
        need = replace(need, context={**region, **need.context})
        own = self.policies.of_resources.get(_owner(need.resource), ())
        if (by := denial(own, need)) is not None:
            return Refusal(principal.arn, need, f"{by.policy}, {by.sid}, denies it")
        role = self.policies.roles.get(principal.arn)
        if role is not None:
            allowed, deciding = identity(role, need)
            if allowed:
                self.used |= {(role.arn, s.policy, s.sid, need.action) for s in deciding}
                return None
            why = f"{deciding[0].sid} denies it" if deciding else "no statement allows it"
            return Refusal(role.name, need, why)
        if principal.arn.endswith(".amazonaws.com"):
            return (
                None
                if _service(own, principal.arn, need)
                else Refusal(principal.arn, need, "no statement of its policy allows it")
            )
        if principal is NOBODY:
            return Refusal("nobody", need, "the call has no principal")
        self.by_people.add((principal.session, need.action))
        return None


def _service(statements: tuple[Statement, ...], service: str, need: Need) -> bool:
    return any(
        s.effect == "Allow" and s.names_service(service) and s.covers(need) for s in statements
    )


def _owner(arn: str) -> str:
    """Returns the ARN of what has a policy: an object's bucket."""
    return arn.partition("/")[0] if arn.startswith("arn:aws:s3:::") else arn


def denied(need: Need, why: str) -> ClientError:
    """Returns AWS's error."""
    answer = {
        "Error": {"Code": "AccessDenied", "Message": why},
        "ResponseMetadata": {"HTTPStatusCode": 403},
    }
    return ClientError(answer, need.action.partition(":")[2])
