"""EBS volumes that are not attached, or that nobody reads and writes."""

import datetime
from collections.abc import Iterator, Sequence

from groundplan.operations.utilization import costs, thresholds
from groundplan.operations.utilization.account import tags_of
from groundplan.operations.utilization.inspection import Inspection, Situation
from groundplan.operations.utilization.metrics import Metric, Summary
from groundplan.operations.utilization.resources import (
    HEALTHY,
    Judgement,
    Kind,
    Resource,
    Verdict,
    not_enough,
)
from groundplan.operations.utilization.scope import NAMESPACE_TAG, team

AVAILABLE = "available"
CLAIM = "kubernetes.io/created-for/pvc/name"
KEEP = "it may have been kept on purpose: take a snapshot, then delete it"


def listed(situation: Situation) -> Iterator[Resource]:
    """Yields the environment's volumes."""
    # EC2 has no filter for either of two tags, so all of the region are asked for.
    for entry in situation.account.pages("ec2", "describe_volumes", "Volumes"):
        tags = tags_of(entry)
        if not situation.scope.has(tags):
            continue
        cost = costs.volume(
            situation.prices,
            str(entry["VolumeType"]),
            float(entry["Size"]),
            float(entry.get("Iops") or 0),
            float(entry.get("Throughput") or 0),
        )
        claim = "/".join(tags[key] for key in (NAMESPACE_TAG, CLAIM) if key in tags)
        name = f"{entry['VolumeId']} ({claim or tags['Name']})" if claim or "Name" in tags else ""
        yield Resource(
            Kind.VOLUME,
            str(entry["VolumeId"]),
            name or str(entry["VolumeId"]),
            cost,
            team(tags),
            entry["CreateTime"],
            {"state": str(entry["State"])},
        )


def metrics(resource: Resource) -> Sequence[Metric]:
    """Returns the operations of a volume. CloudWatch has data of attached volumes
    only."""
    dimensions = {"VolumeId": resource.id}
    return [
        Metric("AWS/EBS", name, dimensions, "Sum") for name in ("VolumeReadOps", "VolumeWriteOps")
    ]


def judged(
    resource: Resource, found: Sequence[Summary], situation: Situation
) -> Sequence[Judgement]:
    """Returns whether a volume has been of no use for a week."""
    least = thresholds.value("enough-data")
    hours = max(summary.hours for summary in found)
    if situation.window.days_since(resource.created) < least:
        return [not_enough("it was created less than a week ago")]
    if resource.facts["state"] == AVAILABLE:
        return [_unattached(resource, found, situation)]
    if hours < thresholds.ENOUGH_HOURS:
        return [not_enough(f"{hours} hours of metrics; judged from {thresholds.ENOUGH_HOURS} on")]
    daily = sum(summary.total for summary in found) / (hours / 24)
    if daily >= thresholds.value("volume-idle"):
        return [HEALTHY]
    return [
        Judgement(
            Verdict.IDLE,
            f"attached, with {daily:.3g} operations a day, over {hours / 24:.3g} days",
            KEEP,
            saving_usd=resource.cost.usd,
            threshold="volume-idle",
        )
    ]


def _unattached(resource: Resource, found: Sequence[Summary], situation: Situation) -> Judgement:
    """A volume that has data of the last week was attached then."""
    week = datetime.timedelta(days=thresholds.value("enough-data"))
    last = [summary.last for summary in found if summary.last is not None]
    if last and max(last) > situation.window.end - week:
        return not_enough("not attached, but it was within the last week")
    return Judgement(
        Verdict.IDLE,
        "not attached to an instance for at least a week",
        KEEP,
        saving_usd=resource.cost.usd,
        threshold="volume-idle",
    )


INSPECTION = Inspection(Kind.VOLUME, listed, metrics, judged, by_tags=True)
