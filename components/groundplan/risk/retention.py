"""Data loss over time: shorter lifecycles, no versioning, weaker object locks, no
replicas or backups."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.diff.changes import Kind
from groundplan.risk.context import ChangeContext, at, number, objects
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text, count, text

DATA_LOSS = "data-loss"


@dataclass(frozen=True)
class Expiry:
    """The expiry of a lifecycle rule."""

    id: str
    prefix: str
    narrowed: str
    """The other filters of the rule, as text."""
    days: float | None
    """Days until objects expire; `None` for never."""
    noncurrent: float | None
    """Days until noncurrent versions expire; `None` for never."""

    def includes(self, other: "Expiry") -> bool:
        """Returns whether this rule applies to all objects of the other."""
        return other.prefix.startswith(self.prefix) and self.narrowed in ("", other.narrowed)


def lifecycle(context: ChangeContext) -> Iterator[Risk]:
    """Objects and old versions that a bucket's lifecycle deletes sooner than before."""
    if context.type not in ("s3.BucketLifecycleConfiguration", "s3.Bucket") or not context.new:
        return
    if context.owner_change("bucket") in (Kind.CREATE, Kind.REPLACE) or (
        context.type == "s3.Bucket" and context.kind is not Kind.UPDATE
    ):
        return
    old, new = expiries(context.old), expiries(context.new)
    for rule in new:
        of = [other for other in old if other.includes(rule)]
        what = f"objects below {shortened_prefix(rule.prefix)}" if rule.prefix else "objects"
        then, now = _soonest(other.days for other in of), rule.days
        if now is not None and (then is None or now < then):
            instead = (
                f" in place of {count(then)}" if then is not None else ", where they never expired"
            )
            words = f"{_whose(context)} deletes {what} after {count(now)} days{instead}."
            yield context.risk(
                Level.HIGH,
                DATA_LOSS,
                words,
                f"rule {rule.id}: " + change_text("expiration.days", then, now),
            )
        then, now = _soonest(other.noncurrent for other in of), rule.noncurrent
        if now is not None and (then is None or now < then):
            instead = (
                f" in place of {count(then)}" if then is not None else ", where they never expired"
            )
            words = (
                f"{_whose(context)} deletes old versions of {what} after {count(now)} "
                f"days{instead}."
            )
            because = f"rule {rule.id}: " + change_text(
                "noncurrentVersionExpiration.noncurrentDays", then, now
            )
            yield context.risk(Level.MEDIUM, DATA_LOSS, words, because)


def versioning(context: ChangeContext) -> Iterator[Risk]:
    """A bucket whose versioning is suspended or removed."""
    if context.type != "s3.BucketVersioning" or not _stays(context):
        return
    path = "versioningConfiguration.status"
    old, new = context.values(path)
    if old == "Enabled" and new != "Enabled":
        words = (
            f"{_whose(context)} no longer keeps old versions: what is overwritten or deleted "
            "from now on is lost."
        )
        yield context.risk(
            Level.MEDIUM, DATA_LOSS, words, _gone(context) or context.change_text(path)
        )


def object_lock(context: ChangeContext) -> Iterator[Risk]:
    """A bucket with a shorter or weaker default retention."""
    if context.type != "s3.BucketObjectLockConfiguration" or not _stays(context):
        return
    path = "rule.defaultRetention"
    old, new = (side if isinstance(side, Mapping) else {} for side in context.values(path))
    then, now = (
        (number(side.get("days")) or 0) + 365 * (number(side.get("years")) or 0)
        for side in (old, new)
    )
    weaker = old.get("mode") == "COMPLIANCE" and new.get("mode") != "COMPLIANCE"
    if now < then or weaker:
        words = f"{_whose(context)} locks new objects against deletion less firmly than before."
        yield context.risk(
            Level.MEDIUM, DATA_LOSS, words, _gone(context) or context.change_text(path)
        )


COPIES = {
    "s3.BucketReplicationConfig": ("bucket", "is no longer replicated to another bucket"),
    "backup.Plan": ("", "is deleted: it takes no further backups"),
    "backup.Selection": ("", "is deleted: what it selected is no longer backed up"),
    "dynamodb.TableReplica": (
        "globalTableArn",
        ("is deleted, the replica of the table in another region"),
    ),
    "ecr.ReplicationConfiguration": (
        "",
        "is deleted: images are no longer copied to another region",
    ),
    "rds.InstanceAutomatedBackupsReplication": (
        "sourceDbInstanceArn",
        "is deleted: backups of the database are no longer copied to another region",
    ),
    "efs.ReplicationConfiguration": (
        "sourceFileSystemId",
        "is deleted: the file system is no longer replicated",
    ),
    "dlm.LifecyclePolicy": ("", "is deleted: it takes no further snapshots"),
}
"""Type of replicas and backups -> the input with their source, and what their deletion
means."""


def copies(context: ChangeContext) -> Iterator[Risk]:
    """Replicas and backups that are deleted."""
    copy = COPIES.get(context.type)
    if (
        copy is None
        or context.kind is not Kind.DELETE
        or context.old_option("retainOnDelete")
        or context.owner_change(copy[0]) is Kind.DELETE
    ):
        return
    subject = _whose(context) if copy[0] == "bucket" else context.subject
    yield context.risk(
        Level.MEDIUM, DATA_LOSS, f"{subject} {copy[1]}.", "it is no longer in the program"
    )


def images(context: ChangeContext) -> Iterator[Risk]:
    """Container images that a repository deletes by a new or changed rule."""
    if (
        context.type != "ecr.LifecyclePolicy"
        or not context.new
        or context.owner_change("repository") is Kind.CREATE
    ):
        return
    old, new = (_rules(side.get("policy")) for side in (context.old, context.new))
    for rule in new:
        then, now = _kept_images(old, rule)
        if (
            then is not None
            and now is not None
            and now >= then
            and _but_count(rule) in [_but_count(other) for other in old]
        ):
            continue
        if then is not None and now is not None and now < then:
            days = at(rule, "selection.countType") == "sinceImagePushed"
            what = "images for {} days" if days else "{} images"
            words = (
                f"The image repository of {context.name} keeps {what.format(count(now))} in place "
                f"of {count(then)}."
            )
            because = change_text("selection.countNumber", then, now)
            yield context.risk(Level.MEDIUM, DATA_LOSS, words, because)
        elif rule not in old:
            words = (
                f"The image repository of {context.name} deletes images by a rule that it did "
                "not have before."
            )
            yield context.risk(Level.LOW, DATA_LOSS, words, text(rule))


def _kept_images(old: list[Any], rule: Any) -> tuple[float | None, float | None]:
    """Returns how much a rule keeps: before, where it is the same but for that, and
    now."""
    same = [other for other in old if _but_count(other) == _but_count(rule)]
    counts = [number(at(each, "selection.countNumber")) for each in (*same[:1], rule)]
    return (counts[0], counts[-1]) if same else (None, counts[-1])


def _but_count(rule: Any) -> str:
    selection = {k: v for k, v in _mapping(at(rule, "selection")).items() if k != "countNumber"}
    named = ("description", "selection", "rulePriority")
    rest = {key: value for key, value in _mapping(rule).items() if key not in named}
    return json.dumps([selection, rest], sort_keys=True, default=str)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


REPLICAS = {
    "dynamodb.Table": ("regionName", "all items in it"),
    "secretsmanager.Secret": ("region", "the copy of its value"),
    "ssmincidents.ReplicationSet": ("name", "the incidents in it"),
}
"""Type -> the field of a replica with its region, and what is in one."""


def replicas(context: ChangeContext) -> Iterator[Risk]:
    """Replicas in other regions that are removed from a resource."""
    field, contents = REPLICAS.get(context.type, ("", ""))
    if not field or context.kind is not Kind.UPDATE:
        return
    old, new = (
        {str(each.get(field)) for each in objects(side.get("replicas"))}
        for side in (context.old, context.new)
    )
    for region in sorted(old - new):
        words = f"the replica of {context.subject} in {region} is deleted, with {contents}."
        yield context.risk(Level.MEDIUM, DATA_LOSS, words, f"- replica in {region}")


def backups(context: ChangeContext) -> Iterator[Risk]:
    """Backups that a plan deletes sooner than before, or no longer takes."""
    if context.type != "backup.Plan" or context.kind is not Kind.UPDATE:
        return
    new = {str(rule.get("ruleName")): rule for rule in objects(context.new.get("rules"))}
    for rule in objects(context.old.get("rules")):
        name, path = str(rule.get("ruleName")), "lifecycle.deleteAfter"
        if name not in new:
            words = f"{context.subject} no longer takes the backups of its rule {name}."
            yield context.risk(Level.MEDIUM, DATA_LOSS, words, f"- rule {name}")
            continue
        then, now = (number(at(side, path)) for side in (rule, new[name]))
        if now is not None and (then is None or now < then):
            instead = "for ever" if then is None else count(then)
            words = (
                f"{context.subject} keeps its backups for {count(now)} days in place of {instead}."
            )
            because = f"rule {name}: " + change_text(path, then, now)
            yield context.risk(Level.MEDIUM, DATA_LOSS, words, because)


def expiries(inputs: Mapping[str, Any]) -> list[Expiry]:
    """Returns the enabled lifecycle rules of a bucket, in the shapes of the provider's
    versions."""
    expiries_ = []
    for rule in objects(inputs.get("rules")) + objects(inputs.get("lifecycleRules")):
        if rule.get("status") != "Enabled" and rule.get("enabled") is not True:
            continue
        where = dict(next(iter(objects(rule.get("filter"))), {}))
        where |= dict(next(iter(objects(where.pop("and", None))), {}))
        prefix = str(where.pop("prefix", None) or rule.get("prefix") or "")
        rest = {**where, **({"tags": rule["tags"]} if rule.get("tags") else {})}
        expiries_.append(
            Expiry(
                str(rule.get("id", "")),
                prefix,
                json.dumps(rest, sort_keys=True, default=str) if rest else "",
                number(at(rule, "expiration.days")),
                number(at(rule, "noncurrentVersionExpiration.noncurrentDays"))
                or number(at(rule, "noncurrentVersionExpiration.days")),
            )
        )
    return expiries_


def shortened_prefix(prefix: str) -> str:
    return prefix if len(prefix) <= 60 else prefix[:59] + "…"


def _soonest(days: Any) -> float | None:
    return min((day for day in days if day is not None), default=None)


def _rules(policy: Any) -> list[Any]:
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return []
    rules = document.get("rules") if isinstance(document, Mapping) else None
    return rules if isinstance(rules, list) else []


def _stays(context: ChangeContext) -> bool:
    """Returns whether the bucket stays, while a setting of it may be removed."""
    if not context.old or context.owner_change("bucket") in (Kind.DELETE, Kind.REPLACE):
        return False
    return not (context.kind is Kind.DELETE and context.old_option("retainOnDelete"))


def _gone(context: ChangeContext) -> str:
    return f"{context.name} is no longer in the program" if context.kind is Kind.DELETE else ""


def _whose(context: ChangeContext) -> str:
    """Returns the bucket that a setting belongs to, by its name in the program."""
    if context.type == "s3.Bucket":
        return context.subject
    return f"the bucket {bucket_of(context)}"


def bucket_of(context: ChangeContext) -> str:
    """Returns the name of the bucket that a setting belongs to."""
    value = str(context.change.resource.inputs.get("bucket", context.name))
    return (
        value[2:].split(".")[0].rstrip("}")
        if value.startswith("${") and "unknown" not in value
        else value
    )
