"""What a bill says of usage that no program states: the quantities of the estimate's
assumptions, measured.

AWS bills by component and usage type. Where a component has several resources of one
kind, each gets an equal share.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groundplan.cost.assumptions import HOURS
from groundplan.cost.estimate import Estimate
from groundplan.cost.spending import attribution
from groundplan.cost.spending.bill import Bill, Line
from groundplan.cost.usage_types import CODES
from groundplan.manifest.model import Manifest, Resource

PREFIX = re.compile(rf"(?:{'|'.join(sorted({c for codes in CODES.values() for c in codes}))})-")
S3 = ("Amazon Simple Storage Service", "AmazonS3")
EC2 = ("EC2 - Other", "AmazonEC2")
COMPUTE = ("Amazon Elastic Compute Cloud - Compute", "AmazonEC2")
NODES = "aws:eks/nodeGroup:NodeGroup"
NODE = re.compile(r"(?:BoxUsage|SpotUsage):(?P<type>[a-z0-9-]+\.[a-z0-9-]+)")
BUCKETS = "aws:s3/bucket:Bucket"


@dataclass(frozen=True)
class Driver:
    """A usage type that measures a quantity."""

    quantity: str
    """Of `groundplan.cost.assumptions`."""
    services: tuple[str, ...]
    """In Cost Explorer, and in reports."""
    usage_type: str
    """A regular expression of it, without the region's code."""
    token: str
    """The type of the resources that it is measured for."""


DRIVERS = (
    Driver("nat_gb", EC2, r"NatGateway-Bytes", "aws:ec2/natGateway:NatGateway"),
    Driver(
        "interface_endpoint_gb",
        ("Amazon Virtual Private Cloud", "AmazonVPC"),
        r"VpcEndpoint-Bytes",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
    ),
    Driver("bucket_gb", S3, r"TimedStorage-(?:INT-\w+-)?ByteHrs", BUCKETS),
    Driver("bucket_writes", S3, r"Requests-(?:INT-)?Tier1", BUCKETS),
    Driver("bucket_reads", S3, r"Requests-(?:INT-)?Tier2", BUCKETS),
    Driver(
        "log_gb",
        ("AmazonCloudWatch",),
        r"DataProcessing-Bytes",
        "aws:cloudwatch/logGroup:LogGroup",
    ),
    Driver("flow_log_gb", ("AmazonCloudWatch",), r"VendedLog-Bytes", "aws:ec2/flowLog:FlowLog"),
    Driver(
        "repository_gb",
        ("Amazon EC2 Container Registry (ECR)", "AmazonECR"),
        r"TimedStorage-ByteHrs",
        "aws:ecr/repository:Repository",
    ),
    Driver(
        "key_requests", ("AWS Key Management Service", "awskms"), r"KMS-Requests", "aws:kms/key:Key"
    ),
    Driver(
        "function_requests",
        ("AWS Lambda", "AWSLambda"),
        r"Request(?:-ARM)?",
        "aws:lambda/function:Function",
    ),
    Driver(
        "queue_requests",
        ("Amazon Simple Queue Service", "AWSQueueService"),
        r"Requests(?:-\w+)?",
        "aws:sqs/queue:Queue",
    ),
    Driver(
        "glue_dpu_hours", ("AWS Glue", "AWSGlue"), r"ETL-(?:Flex-)?DPU-Hour", "aws:glue/job:Job"
    ),
)
"""Usage types: those of the lookups of facts/price-list.json."""

SERVICES = tuple(sorted({name for driver in DRIVERS for name in (*driver.services, *COMPUTE)}))
"""Services whose usage types measure something."""

Measured = dict[str, dict[str, float]]
"""Resource -> quantity -> its measured value a month."""


def measure(manifest: Manifest, estimate: Estimate, bill: Bill) -> Measured:
    """Returns the quantities that an estimate assumes and a bill measures, for a month
    of the estimate's 730 hours."""
    found: Measured = {}
    for line in bill.lines:
        for driver in DRIVERS:
            if line.service in driver.services and line.usage_type:
                # What the service bills and does not name was not used.
                amount = line.amount if _matches(driver, line) else 0.0
                used = estimate.used.get(driver.quantity, frozenset())
                own = [
                    resource.name
                    for resource in attribution.tagged(manifest, line.component)
                    if resource.name in used and resource.type == driver.token
                ]
                _share(found, driver.quantity, own, amount / bill.period.share)
    for name, quantities in _pools(manifest, bill):
        found.setdefault(name, {}).update(quantities)
    rounded = {
        name: {quantity: _rounded(value) for quantity, value in sorted(quantities.items())}
        for name, quantities in found.items()
    }
    return dict(sorted(rounded.items()))


def _matches(driver: Driver, line: Line) -> bool:
    return re.fullmatch(driver.usage_type, _without_region(line.usage_type)) is not None


def _without_region(usage_type: str) -> str:
    return PREFIX.sub("", usage_type, count=1) if PREFIX.match(usage_type) else usage_type


def _share(found: Measured, quantity: str, names: Sequence[str], amount: float) -> None:
    """Adds an amount to the resources that it may be of, in equal shares."""
    for name in names:
        quantities = found.setdefault(name, {})
        quantities[quantity] = quantities.get(quantity, 0.0) + amount / len(names)


def _pools(manifest: Manifest, bill: Bill) -> Iterator[tuple[str, dict[str, float]]]:
    """Yields what pools that scale ran beside their desired size: their nodes' hours
    are billed by instance type."""
    hours: dict[tuple[str, str], float] = {}
    for line in bill.lines:
        match = NODE.fullmatch(_without_region(line.usage_type))
        if match and line.service in COMPUTE:
            key = (line.component, match["type"])
            hours[key] = hours.get(key, 0.0) + line.amount
    for (component, kind), billed in sorted(hours.items()):
        own = [
            pool
            for pool in attribution.tagged(manifest, component)
            if pool.type == NODES and pool.inputs.get("instanceTypes") == [kind]
        ]
        for pool in own:
            extra = billed / len(own) / bill.period.share - _desired(pool) * HOURS
            yield pool.name, _working(max(0.0, extra))


def _working(hours: float) -> dict[str, float]:
    """Node hours as so many nodes for so many hours of a month."""
    nodes = max(1, math.ceil(hours / HOURS))
    return {"working_nodes": float(nodes), "working_hours": hours / nodes}


def _desired(pool: Resource) -> float:
    sizes = pool.inputs.get("scalingConfig") or {}
    desired = sizes.get("desiredSize", 0) if isinstance(sizes, dict) else 0
    return float(desired) if isinstance(desired, int | float) else 0.0


def _rounded(value: float) -> float:
    """Three digits: a measurement of last month is no more exact for the next."""
    return float(f"{value:.3g}") if value else 0.0
