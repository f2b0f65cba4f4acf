"""FSx for Lustre: storage, at a price that grows with its throughput."""

from collections.abc import Iterator, Mapping

from groundplan.cost.estimation import Charge, Context, Estimator, Unknown, mapping, number
from groundplan.manifest.model import Resource

PERSISTENT = ("PERSISTENT_1", "PERSISTENT_2")


def lustre(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A persistent file system on SSD, charged by its capacity, whatever it
    stores."""
    inputs = resource.inputs
    size, throughput = (
        number(inputs.get("storageCapacity")),
        number(inputs.get("perUnitStorageThroughput")),
    )
    kind, disk = inputs.get("deploymentType") or "SCRATCH_1", inputs.get("storageType") or "SSD"
    if kind not in PERSISTENT or disk != "SSD":
        yield Unknown(f"no price for file systems of the type {kind} on {disk}")
    elif size is None or throughput is None:
        yield Unknown("its size, or its throughput, isn't known")
    else:
        yield ctx.at(
            ctx.prices.lustre_gb_month(throughput),
            size,
            f"{size:g} GB with {throughput:g} MB/s per TiB",
        )
    if mapping(inputs.get("metadataConfiguration")).get("mode") == "USER_PROVISIONED":
        yield Unknown("no price for metadata IOPS that are provisioned")
    if number(inputs.get("automaticBackupRetentionDays")):
        yield Unknown("no price for its backups")


ESTIMATORS: Mapping[str, Estimator] = {"fsx-lustre": lustre}
