"""What idles, by the judgements of `groundplan utilization`: notebooks and endpoints,
which may be stopped, and volumes and addresses, which are reported only: deleting them
loses data or an address."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from groundplan.cost_guard.engine.decision import Kind, Target
from groundplan.facts.prices import PriceBook
from groundplan.operations.utilization import (
    addresses,
    endpoints,
    judging,
    notebooks,
    resources,
    volumes,
)
from groundplan.operations.utilization.account import Account
from groundplan.operations.utilization.inspection import Situation
from groundplan.operations.utilization.metrics import Window
from groundplan.operations.utilization.scope import Scope

DAYS = 14
KINDS = {
    resources.Kind.NOTEBOOK: (Kind.NOTEBOOK, notebooks.INSPECTION),
    resources.Kind.ENDPOINT: (Kind.ENDPOINT, endpoints.INSPECTION),
}


REPORTED = (volumes.INSPECTION, addresses.INSPECTION)


@dataclass(frozen=True)
class Idle:
    """What idles."""

    targets: frozenset[str] = frozenset()
    """Keys of the targets of these."""
    reported: tuple[str, ...] = ()
    """A sentence on each volume and address."""


def idle(
    account: Account,
    names: Mapping[str, str],
    tags: Mapping[str, str],
    book: PriceBook,
    targets: Sequence[Target],
    now: datetime.datetime,
) -> Idle:
    """Returns what of the environment idles."""
    scope = Scope(endpoints=names, tags=tags)
    situation = Situation(account, scope, Window.before(now, DAYS), book)
    known = {target.key for target in targets}
    found = frozenset(key for key in _idle(situation) if key in known)
    return Idle(found, tuple(_reported(situation)))


def _reported(situation: Situation) -> Iterator[str]:
    for inspection in REPORTED:
        for resource, judged in judging.judged(inspection, situation, lambda _why: None):
            for each in judged:
                if each.judgement.verdict is resources.Verdict.IDLE:
                    usd = resource.cost.usd
                    cost = "unknown" if usd is None else f"{usd:.2f} USD"
                    yield (
                        f"Idle {resource.kind.value} {resource.name or resource.id}, {cost} a "
                        f"month: {each.judgement.reason}. Fix: {each.judgement.advice}"
                    )


def _idle(situation: Situation) -> Iterator[str]:
    for kind, inspection in KINDS.values():
        for resource, judged in judging.judged(inspection, situation, lambda _why: None):
            if any(each.judgement.verdict is resources.Verdict.IDLE for each in judged):
                name = situation.scope.endpoints.get(resource.name, resource.id)
                yield f"{kind.value}/{name}"
