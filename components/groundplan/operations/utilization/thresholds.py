"""The limits of all judgements, in one table, each with its source.

AWS's were compared on 2026-11-28 with copies of the checks of Trusted Advisor and of
the idle criteria of Compute Optimizer, those of G and P instances and of endpoints as
AWS repeats them where spend limits pause idle resources.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TRUSTED_ADVISOR = 'AWS Support User Guide, "Cost optimization" checks of Trusted Advisor'
OPTIMIZER = "AWS Compute Optimizer User Guide"


@dataclass(frozen=True)
class Threshold:
    """A limit of a judgement."""

    value: float
    unit: str
    meaning: str
    source: str


TABLE: Mapping[str, Threshold] = {
    "lookback": Threshold(
        14, "days", "what is measured by default", f"{OPTIMIZER}, default lookback period"
    ),
    "enough-data": Threshold(
        7,
        "days",
        "with fewer hours of data, or younger, a resource is not judged",
        "a week has every weekday once; Trusted Advisor's shortest window is 7 days",
    ),
    "endpoint-idle": Threshold(
        100,
        "requests a day and instance",
        "an endpoint with fewer requests is idle",
        f"{TRUSTED_ADVISOR}, idle load balancers: fewer than 100 requests a day; "
        "Compute Optimizer calls an endpoint idle without any in 14 days",
    ),
    "endpoint-busiest-hour": Threshold(
        20,
        "% of CPU and GPU",
        "an endpoint that uses less in its busiest hour is too large",
        "this library's: half as many instances would use less than 40 %",
    ),
    "headroom": Threshold(
        80,
        "% of CPU, GPU or memory",
        "an endpoint with more in the busiest 5 % of the hours is too small",
        f"{OPTIMIZER}, rightsizing preferences: 20 % headroom by default",
    ),
    "busy-hours": Threshold(
        5,
        "% of the hours",
        "what is too small for fewer hours is a peak",
        f"{OPTIMIZER}, rightsizing preferences: P95, of P90, P95 and P99.5",
    ),
    "disk": Threshold(
        85,
        "% of the disk",
        "a disk or file system that was fuller is too small",
        "this library's: the alarm on an endpoint's disk is at 90 %",
    ),
    "node-idle": Threshold(
        10,
        "% of CPU",
        "nodes without GPUs that use less in their busiest hour are idle",
        f"{TRUSTED_ADVISOR}, low utilization EC2 instances: a daily average of 10 % or less",
    ),
    "gpu-idle": Threshold(
        5,
        "% of the time",
        "GPUs that ran kernels in less of the time are idle",
        "this library's; Compute Optimizer calls G and P instances idle below 1 % of the time",
    ),
    "queue-wait": Threshold(
        30,
        "minutes",
        "a queue whose jobs waited longer, one in ten, is too small",
        "the alert on waiting jobs, `max_wait_minutes` of a MonitoringStack",
    ),
    "queue-idle": Threshold(
        0,
        "admitted jobs",
        "a queue that admitted no job is idle",
        "this library's: Kueue's metric kueue_admitted_active_workloads",
    ),
    "volume-idle": Threshold(
        1,
        "operations a day",
        "an attached volume with fewer is idle; one that is not attached is, too",
        f"{TRUSTED_ADVISOR}, underutilized EBS volumes: less than 1 IOPS per day for 7 days",
    ),
    "address-idle": Threshold(
        0,
        "associations",
        "an address that is not associated is idle; AWS does not say since when",
        f"{TRUSTED_ADVISOR}, unassociated Elastic IP addresses",
    ),
    "nat-ports": Threshold(
        0,
        "connections without a port",
        "a NAT gateway that had no port for more connections is too small",
        'Amazon VPC User Guide, "NAT gateway metrics": ErrorPortAllocation',
    ),
    "nat-idle": Threshold(
        0,
        "bytes",
        "a NAT gateway that sent nothing is idle",
        f"{TRUSTED_ADVISOR}, inactive NAT gateways: no data processed in 30 days",
    ),
    "file-system-idle": Threshold(
        1_000_000,
        "bytes a day",
        "a file system that reads and writes less is idle",
        "this library's: a client that has mounted it and does nothing reads less",
    ),
    "log-group-idle": Threshold(
        0,
        "bytes",
        "a log group that received nothing and that no filter reads is idle",
        "CloudWatch Logs charges its storage until the events expire",
    ),
    "notebook-idle": Threshold(
        7,
        "days",
        "a running notebook whose Jupyter logged nothing for longer is idle",
        'SageMaker AI Developer Guide, "Log groups and streams": jupyter.log',
    ),
    "concurrency-idle": Threshold(
        10,
        "% of the provisioned concurrency",
        "provisioned concurrency that is used less in its busiest hour is idle",
        "this library's: the Lambda Developer Guide adds 10 % to the peak, so that a use of "
        "90 % is meant",
    ),
    "throttles": Threshold(
        1,
        "% of the invocations",
        "a function whose invocations are throttled more often is too small",
        "the default of an endpoint's error alarm, 1 %",
    ),
}


def value(name: str) -> float:
    """Returns a limit of the table."""
    return TABLE[name].value


ENOUGH_HOURS = int(TABLE["enough-data"].value * 24)
"""Hours of data below which nothing is judged."""
