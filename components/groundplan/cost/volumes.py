"""EBS volumes: size, IOPS and throughput, for standalone volumes and for the disks of
instances."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.cost.estimation import Charge, Context, Estimator, Span, Unknown, number
from groundplan.manifest.model import Resource

GP3_IOPS, GP3_MIBPS = 3000, 125
"""What the price of a gp3 volume's size includes (AWS documentation, "General Purpose
SSD volumes")."""


def disks(
    ctx: Context, settings: Mapping[str, Any], count: Span, default_type: str = "gp2"
) -> Iterator[Charge]:
    """`count` volumes of the size, type, IOPS and throughput that `settings` gives in
    the provider's camelCase."""
    kind = str(settings.get("volumeType") or settings.get("type") or default_type)
    size = number(settings.get("volumeSize", settings.get("size")))
    if size is None:
        yield Unknown("a disk whose size isn't known")
        return
    yield ctx.charge(f"ebs-{kind}-gb-month", count.times(size), f"{count} x {size:g} GB {kind}")
    iops = number(settings.get("iops")) or 0
    extra = max(0.0, iops - GP3_IOPS) if kind == "gp3" else iops if kind in ("io1", "io2") else 0
    if extra:
        yield ctx.charge(
            f"ebs-{kind}-iops-month", count.times(extra), f"{count} x {extra:g} IOPS {kind}"
        )
    throughput = number(settings.get("throughput")) or 0
    if kind == "gp3" and throughput > GP3_MIBPS:
        more = throughput - GP3_MIBPS
        yield ctx.charge(
            "ebs-gp3-mibps-month", count.times(more), f"{count} x {more:g} MiB/s over {GP3_MIBPS}"
        )


def volume(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A standalone volume. One from a snapshot may leave its size to that."""
    yield from disks(ctx, resource.inputs, Span.exactly(1))


ESTIMATORS: Mapping[str, Estimator] = {"ebs-volume": volume}
