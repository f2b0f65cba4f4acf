"""Instance types: what AWS states of each.

`ec2-instances.csv` is what its API says (`groundplan facts refresh` renews it),
`ec2-documented.csv` what only its documents say, and `sagemaker-instances.csv` what
SageMaker endpoints can run on. Each names its source and date. Prices are not facts of
a type but of a region: `prices`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from groundplan.facts import table
from groundplan.problems import Problem, one_of


@dataclass(frozen=True)
class Instance:
    """One EC2 instance type."""

    name: str
    vcpus: int
    memory_mib: int
    architecture: str
    """`x86_64` or `arm64`, as EC2 spells it."""
    accelerator_manufacturer: str
    """`nvidia`, `aws` (Trainium, Inferentia), `amd`, `qualcomm`, `habana`; empty
    without accelerator."""
    accelerator_name: str
    """`h100`, `trainium2`, `rtx-pro-server-6000`; empty without accelerator."""
    accelerator_count: int
    """Whole accelerators: 0 where the type has a fraction of one, as g6f does."""
    accelerator_memory_mib: int
    """Memory of one accelerator, or of its fraction; 0 where it isn't known."""
    local_nvme_gb: int
    """All local NVMe disks together, in GB (10^9 bytes); 0 without any."""
    network_cards: int
    efa_interfaces: int
    """The most EFA interfaces, one a card; 0 where the type has no EFA."""
    network_mbps: int
    """Baseline bandwidth of all cards together, in Mbit/s; 0 where it isn't known."""
    interface_limit: int
    """The most network interfaces, on all cards together; 0 where it isn't known."""
    ipv4_per_interface: int
    """The most IPv4 addresses of one interface; 0 where it isn't known."""
    max_pods: int
    """Pods that get an address of their own from the VPC CNI, without prefix
    delegation."""

    @property
    def family(self) -> str:
        """What comes before the size: `p5`, `p6-b300`."""
        return self.name.split(".", 1)[0]

    @property
    def has_gpu(self) -> bool:
        return self.accelerator_manufacturer == "nvidia"

    @property
    def has_neuron(self) -> bool:
        return self.accelerator_manufacturer == "aws"


@cache
def _ec2() -> Mapping[str, Instance]:
    documented = {row["instance_type"]: row for row in table.rows("ec2-documented.csv")}
    stated = (
        _corrected(row, documented.get(row["instance_type"], {}))
        for row in table.rows("ec2-instances.csv")
    )
    return {row["instance_type"]: _instance(row) for row in stated}


def _corrected(row: Mapping[str, str], documented: Mapping[str, str]) -> Mapping[str, str]:
    return {**row, **{column: value for column, value in documented.items() if value}}


def _instance(row: Mapping[str, str]) -> Instance:
    def number(column: str) -> int:
        return int(float(row[column] or 0))

    return Instance(
        name=row["instance_type"],
        vcpus=number("vcpu"),
        memory_mib=number("memory_mib"),
        architecture={"amd64": "x86_64"}.get(row["arch"], row["arch"]),
        accelerator_manufacturer=row["accelerator_manufacturer"].lower(),
        accelerator_name=row["accelerator_name"],
        accelerator_count=number("accelerator_count"),
        accelerator_memory_mib=number("accelerator_memory_mib"),
        local_nvme_gb=number("local_nvme_gb"),
        network_cards=number("network_cards") or 1,
        efa_interfaces=number("efa_interfaces"),
        network_mbps=number("network_mbps"),
        interface_limit=number("max_network_interfaces"),
        ipv4_per_interface=number("ipv4_per_interface"),
        max_pods=number("pods"),
    )


@cache
def _sagemaker() -> frozenset[str]:
    return frozenset(row["instance_type"] for row in table.rows("sagemaker-instances.csv"))


def every() -> Mapping[str, Instance]:
    """Returns all EC2 instance types by name, in the order of the table."""
    return _ec2()


def find(name: str) -> Instance | None:
    """Returns the facts of an EC2 instance type, or of the one behind a SageMaker type
    (`ml.g5.xlarge`); `None` if unknown."""
    return _ec2().get(name.removeprefix("ml."))


def ec2_problems(key: str, name: object) -> list[Problem]:
    """Returns whether an EC2 instance type exists."""
    return one_of(key, name, _ec2())


def sagemaker_problems(key: str, name: object) -> list[Problem]:
    """Returns whether a SageMaker endpoint can run on an instance type."""
    return one_of(key, name, sorted(_sagemaker()))
