"""The validation of serverless capacity.

Limits: botocore, sagemaker service-2.json, `ProductionVariantServerlessConfig`.
"""

from typing import Any

from groundplan.problems import Problem, whole_number
from groundplan.serving.model_endpoint.advice import change, either
from groundplan.serving.model_endpoint.capacity import ServerlessCapacity, serverless_capacity
from groundplan.serving.model_endpoint.inference_args import ServerlessArgs

MEMORY_SIZES = (1024, 2048, 3072, 4096, 5120, 6144)
MAX_CONCURRENCY = 200
MEMORY = "serverless.memory_mb"
CONCURRENCY = "serverless.max_concurrency"
PROVISIONED = "serverless.provisioned_concurrency"
MAX_PROVISIONED = "serverless.max_provisioned_concurrency"
UTILIZATION = "serverless.target_utilization_percent"


def problems(args: ServerlessArgs) -> list[Problem]:
    """Returns what SageMaker would refuse. The keys begin with `serverless.`."""
    capacity = serverless_capacity(args)
    problems = []
    if capacity.memory_mb not in MEMORY_SIZES:
        size = next((size for size in MEMORY_SIZES if size >= capacity.memory_mb), MEMORY_SIZES[-1])
        allowed = "1024 to 6144 megabytes in steps of 1024"
        problems.append(Problem(MEMORY, capacity.memory_mb, allowed, change({MEMORY: size})))
    problems += whole_number(
        CONCURRENCY, capacity.max_concurrency, 1, MAX_CONCURRENCY, "concurrent requests"
    )
    utilization = args.get("target_utilization_percent")
    problems += whole_number(UTILIZATION, utilization, 10, 90, "percent")
    if capacity.scaling is None:
        return problems + _without_provisioned(args)
    return problems + _provisioned(capacity)


def _without_provisioned(args: ServerlessArgs) -> list[Problem]:
    allowed = f"nothing without {PROVISIONED}, which it scales"
    own: dict[str, Any] = {f"serverless.{key}": value for key, value in args.items()}
    return [
        Problem(key, own[key], allowed, f"remove {key}, or set {PROVISIONED}")
        for key in (MAX_PROVISIONED, UTILIZATION)
        if key in own
    ]


def _provisioned(capacity: ServerlessCapacity) -> list[Problem]:
    most, scaling = max(capacity.max_concurrency, 1), capacity.scaling
    if scaling is None:
        return []
    low, high = scaling.min_capacity, scaling.max_capacity
    if not 1 <= low <= most:
        raised = change({CONCURRENCY: low}) if most < low <= MAX_CONCURRENCY else ""
        fix = either(change({PROVISIONED: min(max(low, 1), most)}), raised)
        return [Problem(PROVISIONED, low, f"1 to {most}, the max_concurrency", fix)]
    if not low <= high <= most:
        allowed = f"{low} to {most}: from the provisioned_concurrency to the max_concurrency"
        fix = change({MAX_PROVISIONED: min(max(high, low), most)})
        return [Problem(MAX_PROVISIONED, high, allowed, fix)]
    return []
