"""Shorter retention of data, backups and logs, by the inputs that configure it."""

from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.risk.context import ChangeContext, at, number
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


_BACKUPS = "keeps its backups for"
_DATABASE = Limit("backupRetentionPeriod", _BACKUPS)

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
    "iam.AccountPasswordPolicy": Limit(
        "minimumPasswordLength",
        "asks for passwords of",
        "characters",
        kind="protection",
        level=Level.LOW,
    ),
    "kinesis.Stream": Limit("retentionPeriod", "keeps its records for", "hours", 24),
    "kms.Key": Limit(
        "deletionWindowInDays", "can be recovered after a deletion for", default=30, level=Level.LOW
    ),
    "lambda.Function": Limit("timeout", "may run for", "seconds", 3, 0, "downtime", Level.LOW),
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


def _value(limit: Limit, raw: object) -> float | None:
    value = number(raw)
    if value is None:
        return limit.default
    return limit.zero if value == 0 else value
