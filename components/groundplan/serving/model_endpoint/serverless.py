"""Serverless endpoints: memory and concurrency in place of instances.

Limits: botocore, sagemaker service-2.json, `ProductionVariantServerlessConfig`.
"""

from typing import NotRequired, TypedDict

from groundplan.problems import Problem, whole_number

MEMORY_SIZES = (1024, 2048, 3072, 4096, 5120, 6144)
MAX_CONCURRENCY = 200
MEMORY_MB = 2048
CONCURRENCY = 20
"""Of the 500 to 1000 that an account's serverless endpoints share in a region
(Developer Guide, "Concurrent invocations")."""
UTILIZATION_PERCENT = 70
"""Leaves warm capacity for a burst while more is made ready, like AWS Lambda's example
for provisioned concurrency."""


class ServerlessArgs(TypedDict):
    """The capacity of a serverless endpoint. Changing any of it but the scaling rolls
    the endpoint out anew."""

    memory_mb: NotRequired[int]
    """Megabytes of memory: 1024, 2048, 3072, 4096, 5120 or 6144. Processors come in
    proportion. Default: 2048."""
    max_concurrency: NotRequired[int]
    """The most requests at once, 1 to 200; what comes on top is throttled. Default: 20."""
    provisioned_concurrency: NotRequired[int]
    """Requests at once for which capacity is kept warm, and paid for, from 1 to
    `max_concurrency`. Default: none; the first request after a pause waits for a cold
    start."""
    max_provisioned_concurrency: NotRequired[int]
    """The most that autoscaling keeps warm. Default: twice `provisioned_concurrency`,
    at most `max_concurrency`. Equal to `provisioned_concurrency`, it turns autoscaling
    off. Updates in place."""
    target_utilization_percent: NotRequired[int]
    """Share of the warm capacity that should be busy, in percent; above it, more is
    kept warm. Default: 70. Updates in place."""


def provisioned_limits(serverless: ServerlessArgs) -> tuple[int, int] | None:
    """The least and the most concurrency that is kept warm; `None` if there is none."""
    low = serverless.get("provisioned_concurrency")
    if low is None:
        return None
    most = serverless.get("max_concurrency", CONCURRENCY)
    return low, serverless.get("max_provisioned_concurrency", max(low, min(2 * low, most)))


def problems(serverless: ServerlessArgs) -> list[Problem]:
    """What SageMaker would refuse. The keys begin with `serverless.`."""
    memory, most = (
        serverless.get("memory_mb", MEMORY_MB),
        serverless.get("max_concurrency", CONCURRENCY),
    )
    found = []
    if memory not in MEMORY_SIZES:
        fix = f"use {next((size for size in MEMORY_SIZES if size >= memory), MEMORY_SIZES[-1])}"
        found.append(
            Problem("serverless.memory_mb", memory, "1024 to 6144 megabytes in steps of 1024", fix)
        )
    found += whole_number(
        "serverless.max_concurrency", most, 1, MAX_CONCURRENCY, "requests at once"
    )
    utilization = serverless.get("target_utilization_percent")
    found += whole_number("serverless.target_utilization_percent", utilization, 10, 90, "percent")
    limits = provisioned_limits(serverless)
    if limits is None:
        for key in ("max_provisioned_concurrency", "target_utilization_percent"):
            if key in serverless:
                allowed = "nothing without serverless.provisioned_concurrency, which it scales"
                value = serverless[key]
                found.append(
                    Problem(
                        f"serverless.{key}",
                        value,
                        allowed,
                        "remove it or give provisioned_concurrency",
                    )
                )
        return found
    low, high = limits
    if not 1 <= low <= most:
        fix = "lower it or raise max_concurrency"
        allowed = f"1 to {most}, the max_concurrency"
        found.append(Problem("serverless.provisioned_concurrency", low, allowed, fix))
    elif not low <= high <= most:
        allowed = f"{low} to {most}: from the provisioned_concurrency to the max_concurrency"
        found.append(
            Problem(
                "serverless.max_provisioned_concurrency",
                high,
                allowed,
                "use a number between the two",
            )
        )
    return found
