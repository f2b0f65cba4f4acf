"""RDS: hours of the instance, its storage, and the secret that AWS creates for
its password."""

from collections.abc import Iterator, Mapping

from groundplan.cost.estimation import Charge, Context, Estimator, Span, Unknown, is_true, number
from groundplan.manifest.model import Resource


def database(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A PostgreSQL instance, in one zone or with a standby in another, and its storage
    up to its autoscaling limit."""
    engine, kind = resource.inputs.get("engine"), resource.inputs.get("instanceClass")
    multi_az = is_true(resource.inputs.get("multiAz"))
    if is_true(resource.inputs.get("manageMasterUserPassword")):
        yield ctx.charge("secret-month", 1, "the secret of its password")
    if engine != "postgres" or not isinstance(kind, str) or "${" in kind:
        yield Unknown(
            f"no price for databases of the engine {engine}"
            if engine != "postgres"
            else "its class isn't known"
        )
        return
    zones = "in two zones" if multi_az else "in one zone"
    yield ctx.always_on(ctx.prices.postgres_hour(kind, multi_az), 1, f"1 x {kind} {zones}")
    yield _storage(resource, multi_az, zones, ctx)
    if number(resource.inputs.get("iops")):
        yield Unknown("no price for IOPS that are provisioned")
    if number(resource.inputs.get("backupRetentionPeriod")) != 0:
        ctx.note("database backups", "no larger than the database, which AWS doesn't charge for")


def _storage(resource: Resource, multi_az: bool, zones: str, ctx: Context) -> Charge:
    kind, size = (
        resource.inputs.get("storageType") or "gp2",
        number(resource.inputs.get("allocatedStorage")),
    )
    if size is None:
        return Unknown("its storage isn't known")
    if kind != "gp3":
        return Unknown(f"no price for storage of the type {kind}")
    span = Span.around(size, size, number(resource.inputs.get("maxAllocatedStorage")) or size)
    return ctx.charge(
        f"rds-postgres-{'multi-az-' if multi_az else ''}gp3-gb-month",
        span,
        f"{span} GB gp3 {zones}",
    )


ESTIMATORS: Mapping[str, Estimator] = {"rds-instance": database}
