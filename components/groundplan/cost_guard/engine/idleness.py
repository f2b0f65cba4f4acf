"""Idle notebooks and endpoints, by the judgements of `groundplan utilization`. Idle
volumes and addresses are in its report: deleting them loses data or an address."""

import datetime
from collections.abc import Iterator, Mapping, Sequence

from groundplan.cost_guard.engine.decision import Kind, Target
from groundplan.facts.prices import PriceBook
from groundplan.operations.utilization import endpoints, judging, notebooks, resources
from groundplan.operations.utilization.account import Account
from groundplan.operations.utilization.inspection import Situation
from groundplan.operations.utilization.metrics import Window
from groundplan.operations.utilization.scope import Scope

DAYS = 14
KINDS = {
    resources.Kind.NOTEBOOK: (Kind.NOTEBOOK, notebooks.INSPECTION),
    resources.Kind.ENDPOINT: (Kind.ENDPOINT, endpoints.INSPECTION),
}


def idle(
    account: Account,
    names: Mapping[str, str],
    tags: Mapping[str, str],
    book: PriceBook,
    targets: Sequence[Target],
    now: datetime.datetime,
) -> frozenset[str]:
    """The keys of the targets that idle."""
    scope = Scope(endpoints=names, tags=tags)
    situation = Situation(account, scope, Window.before(now, DAYS), book)
    known = {target.key for target in targets}
    return frozenset(key for key in _idle(situation) if key in known)


def _idle(situation: Situation) -> Iterator[str]:
    for kind, inspection in KINDS.values():
        for resource, judged in judging.judged(inspection, situation, lambda _why: None):
            if any(each.judgement.verdict is resources.Verdict.IDLE for each in judged):
                name = situation.scope.endpoints.get(resource.name, resource.id)
                yield f"{kind.value}/{name}"
