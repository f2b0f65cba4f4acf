"""Judges all resources of the kinds that CloudWatch measures, in batches."""

from collections.abc import Callable, Iterator, Sequence

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.operations.utilization import (
    addresses,
    endpoints,
    file_systems,
    functions,
    log_groups,
    metrics,
    nat_gateways,
    notebooks,
    pools,
    volumes,
)
from groundplan.operations.utilization.inspection import Inspection, Situation
from groundplan.operations.utilization.resources import Judged, Resource

INSPECTIONS: Sequence[Inspection] = (
    endpoints.INSPECTION,
    pools.INSPECTION,
    notebooks.INSPECTION,
    volumes.INSPECTION,
    addresses.INSPECTION,
    nat_gateways.INSPECTION,
    file_systems.INSPECTION,
    log_groups.INSPECTION,
    functions.INSPECTION,
)

MOST_RESOURCES = 500
"""Resources of a batch, whether they have metrics or not."""

DENIED = ("AccessDenied", "UnauthorizedOperation", "NotAuthorized", "OptInRequired")


def judged(
    inspection: Inspection, situation: Situation, missing: Callable[[str], None]
) -> Iterator[tuple[Resource, Sequence[Judged]]]:
    """Yields all resources of a kind with their judgements. `missing` gets a sentence
    on what could not be looked at: what came before it stays."""
    if inspection.by_tags and not situation.scope.knows_tags:
        return
    try:
        for batch in _batches(inspection, situation):
            yield from _judged(inspection, situation, batch)
    except aws.CREDENTIALS:
        raise  # the same for all
    except (ClientError, BotoCoreError) as error:
        if aws.code(error) in aws.EXPIRED:
            raise
        missing(sentence(f"{inspection.kind.value}s", error))


def sentence(what: str, error: Exception) -> str:
    """Returns what could not be read, and why, as one sentence."""
    text = f"{what} are not complete: {aws.words(error)}".rstrip(".")
    if aws.code(error).startswith(DENIED):
        text += ". Fix: allow it, or look at the rest"
    return text


def _batches(inspection: Inspection, situation: Situation) -> Iterator[list[Resource]]:
    batch: list[Resource] = []
    size = 0
    for resource in inspection.listed(situation):
        wanted = len(inspection.metrics(resource))
        if batch and (size + wanted > metrics.MOST or len(batch) == MOST_RESOURCES):
            yield batch
            batch, size = [], 0
        batch.append(resource)
        size += wanted
    if batch:
        yield batch


def _judged(
    inspection: Inspection, situation: Situation, batch: Sequence[Resource]
) -> Iterator[tuple[Resource, Sequence[Judged]]]:
    wanted = [list(inspection.metrics(resource)) for resource in batch]
    every = [metric for some in wanted for metric in some]
    summaries = iter(
        metrics.read(situation.account.client("cloudwatch"), every, situation.window)
        if every
        else ()
    )
    for resource, some in zip(batch, wanted, strict=True):
        found = [next(summaries) for _ in some]
        judgements = inspection.judged(resource, found, situation)
        yield resource, [Judged(resource, judgement) for judgement in judgements]
