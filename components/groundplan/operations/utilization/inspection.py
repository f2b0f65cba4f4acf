"""How resources of one kind are listed, measured and judged."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from groundplan.facts.prices import PriceBook
from groundplan.operations.utilization.account import Account
from groundplan.operations.utilization.metrics import Metric, Summary, Window
from groundplan.operations.utilization.resources import Judgement, Kind, Resource
from groundplan.operations.utilization.scope import Scope


@dataclass(frozen=True)
class Situation:
    """What a judgement needs to know beside the resource."""

    account: Account
    scope: Scope
    window: Window
    prices: PriceBook


@dataclass(frozen=True)
class Inspection:
    """A kind of resources of AWS."""

    kind: Kind
    listed: Callable[[Situation], Iterator[Resource]]
    metrics: Callable[[Resource], Sequence[Metric]]
    """The metrics of a resource; their number may differ."""
    judged: Callable[[Resource, Sequence[Summary], Situation], Sequence[Judgement]]
    """The judgements of a resource by the summaries of its metrics, in their order; at
    least one."""
    by_tags: bool = False
    """Whether resources are found by the environment's tags only."""


def without_metrics(_resource: Resource) -> Sequence[Metric]:
    """Returns no metrics: the resource's own state says it all."""
    return ()
