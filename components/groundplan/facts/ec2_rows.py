"""What `DescribeInstanceTypes` says of an instance type, as a row of
`ec2-instances.csv`.

Source: Amazon EC2 API Reference, InstanceTypeInfo.
"""

import re
from collections.abc import Mapping
from typing import Any

COLUMNS = (
    "instance_type",
    "vcpu",
    "memory_mib",
    "arch",
    "accelerator_manufacturer",
    "accelerator_name",
    "accelerator_count",
    "accelerator_memory_mib",
    "efa_interfaces",
    "local_nvme_gb",
    "network_mbps",
    "max_network_interfaces",
    "ipv4_per_interface",
    "network_cards",
    "pods",
)

ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
"""EC2's architectures that run Linux, as the table spells them; Macs have others."""


def row(info: Mapping[str, Any]) -> dict[str, str] | None:
    """Returns the row of an instance type; what isn't known is empty. None
    for types that don't run Linux."""
    offered = info.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    architecture = next((ours for theirs, ours in ARCHITECTURES.items() if theirs in offered), None)
    if architecture is None:
        return None
    network = info.get("NetworkInfo", {})
    values = {
        "instance_type": info["InstanceType"],
        "vcpu": info.get("VCpuInfo", {}).get("DefaultVCpus"),
        "memory_mib": info.get("MemoryInfo", {}).get("SizeInMiB"),
        "arch": architecture,
        **_accelerator(info),
        "efa_interfaces": network.get("EfaInfo", {}).get("MaximumEfaInterfaces"),
        "local_nvme_gb": _nvme(info.get("InstanceStorageInfo", {})),
        "network_mbps": _mbps(network),
        "max_network_interfaces": network.get("MaximumNetworkInterfaces"),
        "ipv4_per_interface": network.get("Ipv4AddressesPerInterface"),
        "network_cards": network.get("MaximumNetworkCards"),
        "pods": _pods(network),
    }
    return {column: "" if values.get(column) is None else str(values[column]) for column in COLUMNS}


def order(row: Mapping[str, str]) -> tuple[str, int, bool, float, str]:
    """Returns the sort key of a row: families by name, their types by size, metal
    behind a virtual machine of the same size."""
    name = row["instance_type"]
    return name.split(".")[0], int(row["vcpu"]), "metal" in name, float(row["memory_mib"]), name


def _accelerator(info: Mapping[str, Any]) -> dict[str, Any]:
    # Inf1 is in both of the last two; only the last names a manufacturer.
    devices = [
        *info.get("GpuInfo", {}).get("Gpus", []),
        *(
            {"Manufacturer": "AWS", **device}
            for device in info.get("NeuronInfo", {}).get("NeuronDevices", [])
        ),
        *info.get("InferenceAcceleratorInfo", {}).get("Accelerators", []),
    ]
    if not devices:
        return {}
    device = devices[0]
    return {
        "accelerator_manufacturer": _spelled(device.get("Manufacturer", "")),
        "accelerator_name": _spelled(device.get("Name", "")),
        "accelerator_count": device.get("Count"),
        # 0 where EC2 returns none, as of dl2q.
        "accelerator_memory_mib": device.get("MemoryInfo", {}).get("SizeInMiB") or None,
    }


def _spelled(name: str) -> str:
    return "-".join(name.lower().split())


def _nvme(storage: Mapping[str, Any]) -> Any:
    """Returns all NVMe disks together; older disks are behind another bus, and no image
    joins them."""
    return (
        storage.get("TotalSizeInGB")
        if storage.get("NvmeSupport") in ("required", "supported")
        else None
    )


TOTAL = re.compile(r"(?:(\d+)x )?(\d+(?:\.\d+)?) Gigabit")
"""`NetworkPerformance` of an instance that has it all the time: `3200 Gigabit`, `16x
200 Gigabit`; not `Up to 10 Gigabit`."""


def _mbps(network: Mapping[str, Any]) -> int | None:
    # The cards' baselines add up only where the instance states no total: those of
    # c6in.32xlarge share theirs.
    total = TOTAL.fullmatch(network.get("NetworkPerformance", ""))
    if total:
        return round(int(total[1] or 1) * float(total[2]) * 1000)
    gbps: float = sum(
        card.get("BaselineBandwidthInGbps", 0) for card in network.get("NetworkCards", [])
    )
    return round(gbps * 1000) or None


def _pods(network: Mapping[str, Any]) -> int | None:
    """Pods with an address of their own: the VPC CNI puts interfaces on the default
    card, and keeps an address of each; two pods use the node's network (Amazon EKS User
    Guide, maximum pods)."""
    default = network.get("DefaultNetworkCardIndex", 0)
    cards = [
        card for card in network.get("NetworkCards", []) if card.get("NetworkCardIndex") == default
    ]
    addresses = network.get("Ipv4AddressesPerInterface")
    if not cards or not addresses:
        return None
    interfaces: int = cards[0]["MaximumNetworkInterfaces"]
    return interfaces * (int(addresses) - 1) + 2
