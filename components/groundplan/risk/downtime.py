"""Services that would be down: what others rely on is deleted or replaced."""

from collections.abc import Iterator

from groundplan.diff.changes import Kind
from groundplan.risk.context import Case, Plan, at, flag
from groundplan.risk.risk import Danger, Level
from groundplan.risk.services import SERVICES, Service

DOWNTIME = "downtime"


def down(case: Case) -> Iterator[Danger]:
    """What stops with a resource that goes."""
    service = SERVICES.get(case.type)
    if service is None or not case.goes or (service.part and goes_with_another(case)):
        return
    if case.kind is Kind.DELETE and case.was("retainOnDelete"):
        words = f"{case.told} leaves the program, but goes on in the cloud (retainOnDelete); nothing looks after it any more."
        yield case.danger(
            Level.LOW, DOWNTIME, words, "it is no longer in the program; retainOnDelete is true"
        )
        return
    if case.kind is Kind.DELETE:
        words, level, because = (
            f"{case.told} is deleted: {service.stops}",
            service.level,
            "it is no longer in the program",
        )
    else:
        words = f"{case.told} is replaced: {service.moves or service.stops}"
        level, because = service.replaced or service.level, case.replacing
        if case.gap:
            words += "; the old one is deleted before the new one is there"
            because += (
                "; deleteBeforeReplace is true"
                if case.change.resource.option("deleteBeforeReplace")
                else ""
            )
    level, refusal = _refused(case, service, level)
    yield case.danger(level, DOWNTIME, f"{words}{refusal}.", because)


def gap(case: Case) -> Iterator[Danger]:
    """Anything else that others depend on and that is deleted before its replacement is
    there."""
    if (
        case.type in SERVICES
        or case.kind is not Kind.REPLACE
        or not case.change.resource.option("deleteBeforeReplace")
    ):
        return  # of names that stay the same there are too many to tell
    others = case.plan.dependents(case.change)
    if others:
        words = f"{case.told} is deleted before its replacement is there; {others[0].name} is without it in between."
        yield case.danger(
            Level.LOW, DOWNTIME, words, f"{case.replacing}; deleteBeforeReplace is true"
        )


def _refused(case: Case, service: Service, level: Level) -> tuple[Level, str]:
    lower = Level.MEDIUM if level is Level.HIGH else level
    if case.was("protect"):
        return lower, "; it is protected, so the engine refuses until protect is taken off"
    if service.guard and flag(at(case.old, service.guard)):
        return lower, f"; AWS refuses while {service.guard} is on"
    return level, ""


def goes_with_another(case: Case) -> bool:
    """Whether something that it depends on goes as well, and is told of itself."""
    before = case.change.before
    return before is not None and before.urn in _swept(
        case.plan, case.kind, case.type.startswith("ec2.")
    )


def _swept(plan: Plan, kind: Kind, network: bool) -> set[str]:
    """URNs of what depended on a service, or was in a namespace, that goes in the same
    way.

    Only parts of the network go without a word with the network: nodes and services in
    it are told of themselves.
    """
    if (kind, network) not in plan.swept:
        roots = [
            case.change.before.urn
            for case in plan.cases
            if case.kind is kind
            and case.change.before
            and case.real
            and (case.type in SERVICES or case.type in _HOMES)
            if network or not case.type.startswith("ec2.")
        ]
        plan.swept[kind, network] = {
            found.urn for root in roots for found in plan.graph_then.dependents(root)
        }
    return plan.swept[kind, network]


_HOMES = ("kubernetes.Namespace",)
