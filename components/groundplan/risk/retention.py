"""Data that would be lost later: buckets that forget sooner, versions and locks that
are given up, copies that end."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.diff.changes import Kind
from groundplan.risk.context import Case, at, number, objects
from groundplan.risk.risk import Danger, Level
from groundplan.risk.wording import count, moved, text

DATA_LOSS = "data-loss"


@dataclass(frozen=True)
class Expiry:
    """When a lifecycle rule deletes."""

    id: str
    prefix: str
    narrowed: str
    """What else than the prefix narrows the rule, as text."""
    days: float | None
    """Days until objects go; `None` for never."""
    noncurrent: float | None
    """Days until old versions go; `None` for never."""

    def includes(self, other: "Expiry") -> bool:
        """Whether this rule is about all objects that the other is about."""
        return other.prefix.startswith(self.prefix) and self.narrowed in ("", other.narrowed)


def lifecycle(case: Case) -> Iterator[Danger]:
    """Objects and old versions that a bucket's lifecycle deletes sooner than before."""
    if case.type not in ("s3.BucketLifecycleConfiguration", "s3.Bucket") or not case.new:
        return
    if case.owner("bucket") in (Kind.CREATE, Kind.REPLACE) or (
        case.type == "s3.Bucket" and case.kind is not Kind.UPDATE
    ):
        return
    old, new = expiries(case.old), expiries(case.new)
    for rule in new:
        of = [other for other in old if other.includes(rule)]
        what = f"objects below {spoken_prefix(rule.prefix)}" if rule.prefix else "objects"
        then, now = _soonest(other.days for other in of), rule.days
        if now is not None and (then is None or now < then):
            instead = (
                f" in place of {count(then)}" if then is not None else ", which were kept for good"
            )
            words = f"{_whose(case)} deletes {what} after {count(now)} days{instead}."
            yield case.danger(
                Level.HIGH,
                DATA_LOSS,
                words,
                f"rule {rule.id}: " + moved("expiration.days", then, now),
            )
        then, now = _soonest(other.noncurrent for other in of), rule.noncurrent
        if now is not None and (then is None or now < then):
            instead = (
                f" in place of {count(then)}" if then is not None else ", which were kept for good"
            )
            words = (
                f"{_whose(case)} deletes old versions of {what} after {count(now)} days{instead}."
            )
            because = f"rule {rule.id}: " + moved(
                "noncurrentVersionExpiration.noncurrentDays", then, now
            )
            yield case.danger(Level.MEDIUM, DATA_LOSS, words, because)


def versioning(case: Case) -> Iterator[Danger]:
    """A bucket that stops to keep old versions."""
    if case.type != "s3.BucketVersioning" or not _stays(case):
        return
    path = "versioningConfiguration.status"
    old, new = case.both(path)
    if old == "Enabled" and new != "Enabled":
        words = f"{_whose(case)} no longer keeps old versions: what is overwritten or deleted from now on is lost."
        yield case.danger(Level.MEDIUM, DATA_LOSS, words, _gone(case) or case.moved(path))


def object_lock(case: Case) -> Iterator[Danger]:
    """A bucket whose objects are locked for a shorter time, or less firmly."""
    if case.type != "s3.BucketObjectLockConfiguration" or not _stays(case):
        return
    path = "rule.defaultRetention"
    old, new = (side if isinstance(side, Mapping) else {} for side in case.both(path))
    then, now = (
        (number(side.get("days")) or 0) + 365 * (number(side.get("years")) or 0)
        for side in (old, new)
    )
    weaker = old.get("mode") == "COMPLIANCE" and new.get("mode") != "COMPLIANCE"
    if now < then or weaker:
        words = f"{_whose(case)} locks new objects against deletion less firmly than before."
        yield case.danger(Level.MEDIUM, DATA_LOSS, words, _gone(case) or case.moved(path))


COPIES = {
    "s3.BucketReplicationConfig": ("bucket", "is no longer copied to another bucket"),
    "backup.Plan": ("", "is gone: no further backups are made by it"),
    "backup.Selection": ("", "is gone: what it selected is no longer backed up"),
    "dynamodb.TableReplica": ("globalTableArn", "is gone, the copy of the table in another region"),
    "efs.ReplicationConfiguration": (
        "sourceFileSystemId",
        "is gone: the file system is no longer copied",
    ),
    "dlm.LifecyclePolicy": ("", "is gone: no further snapshots are made by it"),
}
"""Type of what makes copies -> the input that names what it copies, and what its end
means."""


def copies(case: Case) -> Iterator[Danger]:
    """Copies and backups that are no longer made."""
    found = COPIES.get(case.type)
    if (
        found is None
        or case.kind is not Kind.DELETE
        or case.was("retainOnDelete")
        or case.owner(found[0]) is Kind.DELETE
    ):
        return
    subject = _whose(case) if found[0] == "bucket" else case.told
    yield case.danger(
        Level.MEDIUM, DATA_LOSS, f"{subject} {found[1]}.", "it is no longer in the program"
    )


def images(case: Case) -> Iterator[Danger]:
    """Container images that a repository deletes by a rule that is new or another."""
    if (
        case.type != "ecr.LifecyclePolicy"
        or not case.new
        or case.owner("repository") is Kind.CREATE
    ):
        return
    old, new = (_rules(side.get("policy")) for side in (case.old, case.new))
    for rule in new:
        if rule not in old:
            words = f"The image repository of {case.name} deletes images by a rule that it did not have before."
            yield case.danger(Level.LOW, DATA_LOSS, words, text(rule))


def expiries(inputs: Mapping[str, Any]) -> list[Expiry]:
    """The lifecycle rules of a bucket that are on, in the provider's present or its
    former shape."""
    found = []
    for rule in objects(inputs.get("rules")) + objects(inputs.get("lifecycleRules")):
        if rule.get("status") != "Enabled" and rule.get("enabled") is not True:
            continue
        where = dict(next(iter(objects(rule.get("filter"))), {}))
        where |= dict(next(iter(objects(where.pop("and", None))), {}))
        prefix = str(where.pop("prefix", None) or rule.get("prefix") or "")
        rest = {**where, **({"tags": rule["tags"]} if rule.get("tags") else {})}
        found.append(
            Expiry(
                str(rule.get("id", "")),
                prefix,
                json.dumps(rest, sort_keys=True, default=str) if rest else "",
                number(at(rule, "expiration.days")),
                number(at(rule, "noncurrentVersionExpiration.noncurrentDays"))
                or number(at(rule, "noncurrentVersionExpiration.days")),
            )
        )
    return found


def spoken_prefix(prefix: str) -> str:
    return prefix if len(prefix) <= 60 else prefix[:59] + "…"


def _soonest(days: Any) -> float | None:
    return min((day for day in days if day is not None), default=None)


def _rules(policy: Any) -> list[Any]:
    try:
        found = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return []
    rules = found.get("rules") if isinstance(found, Mapping) else None
    return rules if isinstance(rules, list) else []


def _stays(case: Case) -> bool:
    """Whether the bucket stays, while a setting of it may go."""
    if not case.old or case.owner("bucket") in (Kind.DELETE, Kind.REPLACE):
        return False
    return not (case.kind is Kind.DELETE and case.was("retainOnDelete"))


def _gone(case: Case) -> str:
    return f"{case.name} is no longer in the program" if case.kind is Kind.DELETE else ""


def _whose(case: Case) -> str:
    """The bucket that a setting belongs to, by its name in the program."""
    if case.type == "s3.Bucket":
        return case.told
    return f"the bucket {bucket_of(case)}"


def bucket_of(case: Case) -> str:
    """The name of the bucket that a setting belongs to."""
    value = str(case.change.resource.inputs.get("bucket", case.name))
    return (
        value[2:].split(".")[0].rstrip("}")
        if value.startswith("${") and "unknown" not in value
        else value
    )
