"""The vCPUs that run in an account, by the quota that they count against."""

from collections.abc import Collection, Mapping
from typing import Any

from groundplan.facts import instances, service_quotas
from groundplan.operations.preflight.reader import Reader, entries

OWNERS = ("eks:cluster-name", "aws:autoscaling:groupName")
"""Tags of instances: of managed node groups and Karpenter's pools, of groups."""


def used(account: Reader, region: str, own: Collection[str] = ()) -> Mapping[str, int]:
    """Quota code -> vCPUs that run, without those of the stack: `own` has the names of
    its clusters and groups, and the IDs of its instances."""
    answer = account.read(
        "ec2",
        "describe_instances",
        region=region,
        Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}],
    )
    found: dict[str, int] = {}
    for reservation in entries(answer, "Reservations"):
        for entry in entries(reservation, "Instances"):
            tags = {str(tag["Key"]): str(tag["Value"]) for tag in entries(entry, "Tags")}
            lifecycle = entry.get("InstanceLifecycle")
            names = {entry.get("InstanceId"), *(tags.get(key) for key in OWNERS)}
            if names & set(own) or lifecycle == "capacity-block":
                continue
            kind = str(entry.get("InstanceType"))
            quota = service_quotas.of_instance(kind, lifecycle == "spot")
            if quota:
                found[quota.code] = found.get(quota.code, 0) + _vcpus(entry, kind)
    return found


def _vcpus(entry: Mapping[str, Any], kind: str) -> int:
    """Returns the vCPUs of an instance: as EC2 states them, or of its type."""
    options = entry.get("CpuOptions") or {}
    stated = int(options.get("CoreCount") or 0) * int(options.get("ThreadsPerCore") or 0)
    known = instances.find(kind)
    return stated or (known.vcpus if known else 0)
