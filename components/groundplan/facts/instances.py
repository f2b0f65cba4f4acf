"""Instance types: what AWS states of each (`ec2-instances.csv`, `sagemaker-instances.csv`)."""

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
    """`nvidia`, `aws` (Trainium, Inferentia), `amd`, `habana`; empty without accelerator."""
    accelerator_name: str
    accelerator_count: int
    accelerator_memory_mib: int
    """Memory of one accelerator."""
    local_nvme_gb: int
    network_cards: int
    efa_interfaces: int
    max_pods: int
    usd_per_hour: float | None
    """On-demand Linux price in us-east-1; `None` where it isn't known."""

    @property
    def has_gpu(self) -> bool:
        return self.accelerator_manufacturer == "nvidia"

    @property
    def has_neuron(self) -> bool:
        return self.accelerator_manufacturer == "aws"


@cache
def _ec2() -> Mapping[str, Instance]:
    return {row["instance_type"]: _instance(row) for row in table.rows("ec2-instances.csv")}


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
        max_pods=number("pods"),
        usd_per_hour=float(row["usd_per_hour_us_east_1"]) if row["usd_per_hour_us_east_1"] else None,
    )


@cache
def _sagemaker() -> frozenset[str]:
    return frozenset(row["instance_type"] for row in table.rows("sagemaker-instances.csv"))


def find(name: str) -> Instance | None:
    """The facts of an EC2 instance type, or of the one behind a SageMaker type (`ml.g5.xlarge`); `None` if unknown."""
    return _ec2().get(name.removeprefix("ml."))


def ec2_problems(key: str, name: object) -> list[Problem]:
    """Whether an EC2 instance type exists."""
    return one_of(key, name, _ec2())


def sagemaker_problems(key: str, name: object) -> list[Problem]:
    """Whether a SageMaker endpoint can run on an instance type."""
    return one_of(key, name, sorted(_sagemaker()))
