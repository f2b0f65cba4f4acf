"""FSx file systems that nobody reads and writes, and those that are nearly full."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.operations.utilization import costs, thresholds
from groundplan.operations.utilization.account import tags_of
from groundplan.operations.utilization.inspection import Inspection, Situation
from groundplan.operations.utilization.metrics import Metric, Summary
from groundplan.operations.utilization.resources import (
    HEALTHY,
    Cost,
    Judgement,
    Kind,
    Resource,
    Setting,
    Verdict,
    not_enough,
)
from groundplan.operations.utilization.scope import COMPONENT, team

LUSTRE = "LUSTRE"
GIB = 2**30
MINUTES = 60
"""The sum of an hour is that of 60 minutes, each the sum over the storage targets
(Amazon FSx for Lustre User Guide, "Amazon FSx for Lustre metrics and dimensions")."""
STEP_GIB = 2400
"""Capacities are 1200 GiB and multiples of this (Amazon FSx for Lustre User Guide,
"Managing storage capacity")."""


def listed(situation: Situation) -> Iterator[Resource]:
    """Yields the file systems in the environment's VPC."""
    for entry in situation.account.pages("fsx", "describe_file_systems", "FileSystems"):
        tags = tags_of(entry)
        if not situation.scope.has(tags, str(entry.get("VpcId") or "")):
            continue
        component = tags.get(COMPONENT, "")
        yield Resource(
            Kind.FILE_SYSTEM,
            str(entry["FileSystemId"]),
            f"{entry['FileSystemId']} ({component})" if component else str(entry["FileSystemId"]),
            _cost(entry, situation),
            team(tags),
            entry["CreationTime"],
            {
                "gib": int(entry.get("StorageCapacity") or 0),
                "type": str(entry["FileSystemType"]),
                "key": f"training.fileSystems.{component}" if component else "",
            },
        )


def _cost(entry: Mapping[str, Any], situation: Situation) -> Cost:
    lustre = entry.get("LustreConfiguration") or {}
    is_priced = entry["FileSystemType"] == LUSTRE and entry.get("StorageType", "SSD") == "SSD"
    throughput = lustre.get("PerUnitStorageThroughput") if is_priced else None
    capacity = float(entry.get("StorageCapacity") or 0)
    return costs.lustre(situation.prices, capacity, throughput)


def metrics(resource: Resource) -> Sequence[Metric]:
    """Returns what is read and written, and of Lustre what is free."""
    dimensions = {"FileSystemId": resource.id}
    found = [Metric("AWS/FSx", n, dimensions, "Sum") for n in ("DataReadBytes", "DataWriteBytes")]
    if resource.facts["type"] == LUSTRE:
        found.append(Metric("AWS/FSx", "FreeDataStorageCapacity", dimensions, "Sum"))
    return found


def judged(
    resource: Resource, found: Sequence[Summary], situation: Situation
) -> Sequence[Judgement]:
    """Returns whether a file system idles, or is nearly full."""
    hours = max(found[0].hours, found[1].hours)
    days = min(hours / 24, situation.window.days_since(resource.created))
    if days < thresholds.value("enough-data"):
        return [not_enough(f"{hours} hours of metrics; judged from {thresholds.ENOUGH_HOURS} on")]
    judgements = [*_full(resource, found)]
    daily = (found[0].total + found[1].total) / days
    if daily < thresholds.value("file-system-idle"):
        judgements.append(
            Judgement(
                Verdict.IDLE,
                f"{daily:.3g} bytes a day read and written, over {days:.3g} days",
                "export what is not in the bucket, then remove it from the settings",
                saving_usd=resource.cost.usd,
                threshold="file-system-idle",
            )
        )
    return judgements or [HEALTHY]


def _full(resource: Resource, found: Sequence[Summary]) -> Iterator[Judgement]:
    if len(found) < 3 or found[2].lowest is None or not resource.facts["gib"]:
        return
    gib, key = resource.facts["gib"], resource.facts["key"]
    full = 100 * (1 - found[2].lowest / MINUTES / (gib * GIB))
    if full > thresholds.value("disk"):
        larger = (gib // STEP_GIB + 1) * STEP_GIB
        setting = Setting(f"{key}.capacityGib", gib, larger) if key else None
        advice = "enlarge it, or release files that are in the bucket"
        yield Judgement(Verdict.TOO_SMALL, f"{full:.3g} % full", advice, setting, threshold="disk")


INSPECTION = Inspection(Kind.FILE_SYSTEM, listed, metrics, judged)
