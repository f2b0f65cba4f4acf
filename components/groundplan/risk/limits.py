"""Shorter retention of data, backups and logs, and disabled protection of data, by the
inputs that configure them."""

from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.risk.context import ChangeContext, at, flag, number
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import count

UNLIMITED = float("inf")


@dataclass(frozen=True)
class Limit:
    """A number whose decrease is a risk."""

    path: str
    words: str
    """The predicate of the sentence: `keeps its logs for`."""
    unit: str = "days"
    default: float | None = None
    """The default; `None` where it isn't known."""
    zero: float = 0
    """The meaning of 0."""
    kind: str = "data-loss"
    level: Level = Level.MEDIUM


@dataclass(frozen=True)
class Switch:
    """A boolean one value of which is a risk."""

    path: str
    bad: bool
    """The value that is a risk."""
    words: str
    """The predicate of the sentence."""
    default: bool | None = False
    """The default; `None` where it isn't known."""
    kind: str = "data-loss"
    level: Level = Level.MEDIUM


_BACKUPS = "keeps its backups for"
_DATABASE = Limit("backupRetentionPeriod", _BACKUPS)
_LAST_SNAPSHOT = Switch("skipFinalSnapshot", True, "would now be deleted without a final snapshot")

LIMITS = {
    "cloudwatch.LogGroup": Limit(
        "retentionInDays",
        "keeps its logs for",
        default=UNLIMITED,
        zero=UNLIMITED,
        kind="protection",
    ),
    "docdb.Cluster": _DATABASE,
    "elasticache.ReplicationGroup": Limit("snapshotRetentionLimit", _BACKUPS, default=0),
    "fsx.LustreFileSystem": Limit("automaticBackupRetentionDays", _BACKUPS, default=0),
    "fsx.OntapFileSystem": Limit("automaticBackupRetentionDays", _BACKUPS),
    "fsx.OpenZfsFileSystem": Limit("automaticBackupRetentionDays", _BACKUPS, default=0),
    "kinesis.Stream": Limit("retentionPeriod", "keeps its records for", "hours", 24),
    "kms.Key": Limit(
        "deletionWindowInDays", "can be recovered after a deletion for", default=30, level=Level.LOW
    ),
    "neptune.Cluster": _DATABASE,
    "rds.Cluster": _DATABASE,
    "rds.Instance": _DATABASE,
    "redshift.Cluster": Limit("automatedSnapshotRetentionPeriod", _BACKUPS, default=1),
    "secretsmanager.Secret": Limit(
        "recoveryWindowInDays", "can be recovered after a deletion for", default=30, level=Level.LOW
    ),
    "sqs.Queue": Limit("messageRetentionSeconds", "keeps its messages for", "seconds", 345600),
}
"""Type -> its retention. Defaults are the providers'."""

SWITCHES = {
    "backup.Vault": [Switch("forceDestroy", True, "would now be deleted with all backups in it")],
    "docdb.Cluster": [_LAST_SNAPSHOT],
    "dynamodb.Table": [
        Switch(
            "pointInTimeRecovery.enabled",
            False,
            "can no longer be restored to an earlier point in time",
            None,
        )
    ],
    "ecr.Repository": [
        Switch("forceDelete", True, "would now be deleted with all images in it"),
        Switch(
            "imageScanningConfiguration.scanOnPush",
            False,
            "no longer scans its images for vulnerabilities",
            kind="protection",
            level=Level.LOW,
        ),
    ],
    "fsx.LustreFileSystem": [
        Switch("skipFinalBackup", True, "would now be deleted without a final backup", None)
    ],
    "neptune.Cluster": [_LAST_SNAPSHOT],
    "rds.Cluster": [_LAST_SNAPSHOT],
    "rds.Instance": [_LAST_SNAPSHOT],
    "redshift.Cluster": [_LAST_SNAPSHOT],
    "route53.Zone": [Switch("forceDestroy", True, "would now be deleted with all names in it")],
    "s3.Bucket": [
        Switch(
            "forceDestroy",
            True,
            "would now be deleted with all objects in it",
        ),
        Switch(
            "versioning.enabled",
            False,
            "no longer keeps old versions: what is overwritten or deleted is lost",
            None,
        ),
        Switch("objectLockEnabled", False, "no longer locks objects against deletion", None),
    ],
}
"""Type -> its switches."""


def shortened(context: ChangeContext) -> Iterator[Risk]:
    """Retention that gets shorter."""
    limit = LIMITS.get(context.type)
    if limit is None or not (context.old and context.new) or not context.changed(limit.path):
        return
    old, new = (_value(limit, at(side, limit.path)) for side in (context.old, context.new))
    if old is None or new is None or new >= old:
        return
    then = "for ever" if old == UNLIMITED else count(old)
    if new == 0 and limit.words == _BACKUPS:
        words = (
            f"{context.subject} keeps no automatic backups any more, in place of {then} "
            f"{limit.unit} of them."
        )
    else:
        unit = limit.unit.removesuffix("s") if new == 1 else limit.unit
        words = f"{context.subject} {limit.words} {count(new)} {unit} in place of {then}."
    yield context.risk(limit.level, limit.kind, words, context.change_text(limit.path))


def switched(context: ChangeContext) -> Iterator[Risk]:
    """Switches that no longer prevent a loss."""
    for switch in SWITCHES.get(context.type, ()):
        if not (context.old and context.new) or not context.changed(switch.path):
            continue
        old, new = (flag(at(side, switch.path)) for side in (context.old, context.new))
        old, new = (switch.default if side is None else side for side in (old, new))
        turned = (
            old is not None
            and old is not switch.bad
            and (new is switch.bad or (new is None and not switch.bad))
        )
        if turned:
            yield context.risk(
                switch.level,
                switch.kind,
                (f"{context.subject} {switch.words}."),
                context.change_text(switch.path),
            )


def _value(limit: Limit, raw: object) -> float | None:
    value = number(raw)
    if value is None:
        return limit.default
    return limit.zero if value == 0 else value
