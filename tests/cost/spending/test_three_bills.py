"""Three environments whose bills are computed by hand: the estimate before, the
comparison, and the estimate that has learned of the bill.

All prices are those of us-east-1 in groundplan/facts/prices; hours are 730 a month.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pulumi_aws as aws
import pytest
from groundplan import ArtifactBucket, ContainerRegistry, ModelEndpoint, Network
from groundplan.cost.assumptions import Assumptions
from groundplan.cost.estimate import estimate
from groundplan.cost.spending.bill import Bill, Line, Period
from groundplan.cost.spending.comparison import compare
from groundplan.cost.spending.measurement import Measured, measure
from groundplan.manifest.model import Manifest
from groundplan.testing import deploy

TAGS = {"environment": "dev"}
OCTOBER = Period(datetime.date(2026, 10, 1), datetime.date(2026, 11, 1))
ROLE = "arn:aws:iam::123456789012:role/r"


def network() -> None:
    Network("network", {"zone_count": 2, "nat_gateways": "single", "tags": TAGS})
    ContainerRegistry("images", {"repositories": ["train"], "tags": TAGS})


def serving() -> None:
    artifacts = ArtifactBucket("artifacts", {"tags": TAGS})
    endpoint: Any = {
        "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1",
        "instance_type": "ml.m5.large",
        "instance_count": 2,
        "artifacts": artifacts.access,
        "tags": TAGS,
    }
    ModelEndpoint("churn", endpoint)


def training() -> None:
    tags = {"groundplan:component": "training", **TAGS}
    subnets: Any = {"subnet_ids": ["subnet-1"]}
    cluster = aws.eks.Cluster("training", role_arn=ROLE, vpc_config=subnets, tags=tags)
    sizes: Any = {"min_size": 0, "max_size": 4, "desired_size": 1}
    aws.eks.NodeGroup(
        "training-gpu-nodes",
        cluster_name=cluster.name,
        node_role_arn=ROLE,
        subnet_ids=["subnet-1"],
        instance_types=["g5.xlarge"],
        scaling_config=sizes,
        tags=tags,
    )
    aws.sqs.Queue("training-queue", tags=tags)


@dataclass(frozen=True)
class Case:
    """An environment, its bill, and what both come to by hand."""

    program: Callable[[], None]
    lines: tuple[tuple[str, str, str, float, float], ...]
    """Tag, service, usage type, amount, USD a unit."""
    estimated: dict[str, float]
    billed: dict[str, float]
    unattributed: float = 0.0
    untagged: tuple[str, ...] = ()


S3, KMS = "Amazon Simple Storage Service", "AWS Key Management Service"
STORED_MONTHS = 90 / (365 / 12)
"""Months of logs that a retention of 90 days stores."""
CASES = {
    "network": Case(
        network,
        (
            ("network", "EC2 - Other", "NatGateway-Hours", 730, 0.045),  # 32.85
            ("network", "EC2 - Other", "NatGateway-Bytes", 400, 0.045),  # 18.00
            ("network", "Amazon Virtual Private Cloud", "VpcEndpoint-Hours", 8760, 0.01),  # 87.60
            ("network", "Amazon Virtual Private Cloud", "VpcEndpoint-Bytes", 300, 0.01),  # 3.00
            ("network", "Amazon Virtual Private Cloud", "PublicIPv4:InUseAddress", 730, 0.005),
            ("network", "AmazonCloudWatch", "USE1-VendedLog-Bytes", 10, 0.5),  # 5.00
            ("network", "AmazonCloudWatch", "TimedStorage-ByteHrs", 10 * STORED_MONTHS, 0.03),
            ("network-flow-logs", KMS, "KMS-Keys", 1, 1.0),
            ("network-flow-logs", KMS, "KMS-Requests", 20_000, 3e-6),
            ("images", KMS, "KMS-Keys", 1, 1.0),
            ("images", KMS, "KMS-Requests", 5_000, 3e-6),  # 0.015
            ("images", "Amazon EC2 Container Registry (ECR)", "TimedStorage-ByteHrs", 60, 0.1),
        ),
        # NAT: 730 x 0.045 + 100 x 0.045 = 37.35; address: 730 x 0.005 = 3.65; six
        # endpoints in two zones: 6 x (2 x 730 x 0.01 + 10 x 0.01) = 88.20; flow logs:
        # 10 x 0.50 + 10 x 2.959 x 0.03 = 5.89; key: 1 + 20,000 x 0.000003 = 1.06.
        {"network": 136.15, "images": 1.06 + 10 * 0.1},
        # 32.85 + 18.00 + 87.60 + 3.00 + 3.65 + 5.00 + 0.89 + 1.06, and 1.015 + 6.00.
        {"network": 152.05, "images": 7.015},
    ),
    "serving": Case(
        serving,
        (
            ("artifacts", S3, "TimedStorage-INT-FA-ByteHrs", 500, 0.023),
            ("artifacts", S3, "Monitoring-Automation-INT", 1e4, 2.5e-6),
            ("artifacts", S3, "Requests-INT-Tier1", 200_000, 5e-6),
            ("artifacts", S3, "Requests-INT-Tier2", 3_000_000, 4e-7),
            ("artifacts-logs", S3, "TimedStorage-ByteHrs", 10, 0.023),
            ("artifacts-logs", S3, "Requests-Tier1", 1_000, 5e-6),
            ("artifacts-key", KMS, "KMS-Keys", 1, 1.0),
            ("artifacts-key", KMS, "KMS-Requests", 100_000, 3e-6),
            ("churn", "Amazon SageMaker", "Host:ml.m5.large", 2 * 730, 0.115),  # 167.90
            ("churn", "AmazonCloudWatch", "DataProcessing-Bytes", 4, 0.5),  # 2.00
            ("churn", "AmazonCloudWatch", "TimedStorage-ByteHrs", 4 * STORED_MONTHS, 0.03),  # 0.36
            ("churn", "AmazonCloudWatch", "CW:AlarmMonitorUsage", 5, 0.1),  # 0.50
            ("churn-key", KMS, "KMS-Keys", 1, 1.0),
            ("churn-key", KMS, "KMS-Requests", 20_000, 3e-6),
            # Alarms that Application Auto Scaling creates have no tags.
            ("", "AmazonCloudWatch", "CW:AlarmMonitorUsage", 2, 0.1),
        ),
        # 100 x 0.023 + 10,000 x 0.0000025 + 100,000 x 0.000005 + 1,000,000 x 0.0000004
        # = 3.225; the log bucket the same without monitoring, 3.20; key 1.06. 2 x 730 x
        # 0.115 = 167.90; logs 0.50 + 2.959 x 0.03 = 0.589; 5 + 2 alarms x 0.10; key
        # 1.06.
        {"artifacts": 7.485, "churn": 167.9 + 0.5888 + 0.7 + 1.06},
        # 11.50 + 0.025 + 1.00 + 1.20, 0.23 + 0.005, 1.30; 167.90 + 2.00 + 0.355 + 0.50
        # + 1.06.
        {"artifacts": 15.26, "churn": 171.815},
        0.2,
        ("churn-scaling-policy",),
    ),
    "training": Case(
        training,
        (
            ("training", "Amazon Elastic Container Service for Kubernetes",
             "AmazonEKS-Hours:perCluster", 730, 0.1),  # 73.00
            ("training", "Amazon Elastic Compute Cloud - Compute", "BoxUsage:g5.xlarge",
             1_000, 1.006),  # 1,006.00
            ("training", "EC2 - Other", "EBS:VolumeUsage.gp3", 20 * 1_000 / 730, 0.08),  # 2.19
            ("training", "Amazon Simple Queue Service", "Requests-Tier1", 5_000_000, 4e-7),
        ),
        # 730 x 0.10 = 73.00; nodes: 1 that always runs and 1 for 176 h: 906 h x 1.006 =
        # 911.436, and 906 / 730 x 20 GB x 0.08 = 1.986; 1,000,000 x 0.0000004 = 0.40.
        {"training": 986.82},
        {"training": 73 + 1006 + 2.192 + 2},
    ),
}  # fmt: skip


@cache
def manifest(name: str) -> Manifest:
    return deploy(CASES[name].program, project="ml", stack="dev", region="us-east-1").manifest


def bill(name: str) -> Bill:
    lines = tuple(
        Line(tag, service, amount * usd, kind, amount)
        for tag, service, kind, amount, usd in CASES[name].lines
    )
    return Bill(OCTOBER, lines, "by hand")


def measured(name: str, billed: Bill) -> Measured:
    return measure(manifest(name), estimate(manifest(name)), billed)


@pytest.mark.parametrize("name", CASES)
def test_the_estimate_and_the_bill_are_what_they_are_by_hand(name: str) -> None:
    case = CASES[name]
    found = compare(manifest(name), estimate(manifest(name)), bill(name))
    assert {row.component: row.estimated for row in found.rows} == pytest.approx(
        case.estimated, abs=0.005
    )
    assert {row.component: row.billed for row in found.rows} == pytest.approx(
        case.billed, abs=0.005
    )
    assert found.unattributed == pytest.approx(case.unattributed)
    assert found.untagged == case.untagged
    assert found.billed == pytest.approx(bill(name).usd)
    assert not any(row.unknown for row in found.rows)


@pytest.mark.parametrize("name", CASES)
def test_the_estimate_that_has_learned_is_the_bill(name: str) -> None:
    case = CASES[name]
    learned = Assumptions.from_data({"resources": measured(name, bill(name))})
    found = compare(manifest(name), estimate(manifest(name), learned), bill(name))
    # What has no tags is estimated with its component, and billed without one.
    assert found.estimated == pytest.approx(found.billed, abs=0.005)
    assert found.percent == pytest.approx(0.0, abs=0.01)
    assert sum(case.billed.values()) + case.unattributed == pytest.approx(found.billed, abs=0.01)


def test_a_part_of_a_month_is_compared_with_a_part_of_the_estimate() -> None:
    period = Period(datetime.date(2026, 11, 1), datetime.date(2026, 11, 16))
    half = tuple(
        Line(line.component, line.service, line.usd / 2, line.usage_type, line.amount / 2)
        for line in bill("training").lines
    )
    found = compare(manifest("training"), estimate(manifest("training")), Bill(period, half, ""))
    assert found.estimated == pytest.approx(986.82 / 2, abs=0.005)
    learned = measured("training", Bill(period, half, ""))
    assert learned == measured("training", bill("training"))


def test_nodes_beyond_a_month_of_hours_are_more_nodes() -> None:
    lines = (Line("training", "AmazonEC2", 0.0, "EUC1-SpotUsage:g5.xlarge", 730 + 1095.0),)
    found = measured("training", Bill(OCTOBER, lines, ""))
    assert found == {"training-gpu-nodes": {"working_hours": 548.0, "working_nodes": 2.0}}


def test_what_the_plan_does_not_have_is_named() -> None:
    lines = (Line("old", "AmazonS3", 5.0), Line("training", "AmazonEKS", 73.0))
    found = compare(manifest("training"), estimate(manifest("training")), Bill(OCTOBER, lines, ""))
    assert found.foreign == {"old": 5.0}
    assert found.billed == 78.0
