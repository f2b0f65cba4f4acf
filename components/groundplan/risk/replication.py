"""Data that is replicated to fewer places than before, by a rule that is disabled,
removed or narrowed."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import Kind
from groundplan.risk.context import ChangeContext, at, objects
from groundplan.risk.retention import DATA_LOSS, bucket_of
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import listed

BUCKETS, IMAGES = "s3.BucketReplicationConfig", "ecr.ReplicationConfiguration"


def replication(context: ChangeContext) -> Iterator[Risk]:
    """Destinations that receive no further copies of a part of the data."""
    if context.type not in (BUCKETS, IMAGES) or context.kind is not Kind.UPDATE:
        return
    if context.type == BUCKETS:
        subject, reached = f"The bucket {bucket_of(context)}", _of_bucket
    else:
        subject, reached = "Images", _of_images
    gone = [
        target
        for target, filters in reached(context.old).items()
        if not all(
            any(old.startswith(new) for new in reached(context.new).get(target, ()))
            for old in filters
        )
    ]
    if gone:
        verb = "is" if context.type == BUCKETS else "are"
        yield context.risk(
            Level.MEDIUM,
            DATA_LOSS,
            f"{subject} {verb} no longer replicated, or only in part, to {listed(gone)}.",
            context.change_text("rules" if context.type == BUCKETS else "replicationConfiguration"),
        )


def _of_bucket(inputs: Mapping[str, Any]) -> dict[str, list[str]]:
    """Returns destination -> the prefixes that are replicated there."""
    found: dict[str, list[str]] = {}
    for rule in objects(inputs.get("rules")):
        if rule.get("status") == "Enabled":
            target = str(at(rule, "destination.bucket")).rpartition(":")[2]
            found.setdefault(target, []).append(_prefix(rule))
    return found


def _prefix(rule: Mapping[str, Any]) -> str:
    """Returns the prefix of a rule; with tags, a text that is the beginning of no
    other."""
    found = [at(rule, f"filter.{path}") for path in ("prefix", "and.prefix")]
    prefix = next((text for text in found if isinstance(text, str)), "")
    tags = [at(rule, f"filter.{path}") for path in ("tag", "and.tags")]
    return f"{prefix}\0{tags}" if any(isinstance(t, list | Mapping) for t in tags) else prefix


def _of_images(inputs: Mapping[str, Any]) -> dict[str, list[str]]:
    """Returns region -> the prefixes of repositories that are replicated there."""
    found: dict[str, list[str]] = {}
    for rule in objects(at(inputs, "replicationConfiguration.rules")):
        prefixes = [str(f.get("filter")) for f in objects(rule.get("repositoryFilters"))] or [""]
        for destination in objects(rule.get("destinations")):
            found.setdefault(str(destination.get("region")), []).extend(prefixes)
    return found
