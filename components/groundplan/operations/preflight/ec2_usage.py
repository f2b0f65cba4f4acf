"""The vCPUs that run in an account, by the quota that they count against."""

from collections.abc import Collection, Mapping

from groundplan.facts import instances, service_quotas
from groundplan.operations.preflight.reader import Reader, entries

OWNER = "eks:cluster-name"
"""The tag of instances of managed node groups and of Karpenter's pools."""


def used(account: Reader, region: str, own_clusters: Collection[str] = ()) -> Mapping[str, int]:
    """Quota code -> vCPUs that run, without those of the stack's own clusters."""
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
            if tags.get(OWNER) in own_clusters or lifecycle == "capacity-block":
                continue
            kind = str(entry.get("InstanceType"))
            quota = service_quotas.of_instance(kind, lifecycle == "spot")
            known = instances.find(kind)
            if quota and known:
                found[quota.code] = found.get(quota.code, 0) + known.vcpus
    return found
