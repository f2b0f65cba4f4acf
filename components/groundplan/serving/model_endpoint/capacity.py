"""The capacity of a variant: serverless capacity, and the limits, the metric and the
target of autoscaling, resolved."""

from dataclasses import dataclass
from enum import Enum

from groundplan.arguments import with_defaults
from groundplan.serving.model_endpoint.choices import EndpointKind
from groundplan.serving.model_endpoint.inference_args import ServerlessArgs
from groundplan.serving.model_endpoint.variant_args import SCALING_DEFAULTS, ScalingArgs


class ScalingMetric(Enum):
    """The metric that target tracking keeps at its target."""

    INVOCATIONS = "invocations"
    """Requests per minute and instance."""
    CONCURRENT_REQUESTS = "concurrent-requests"
    """Concurrent requests per instance."""
    BACKLOG = "backlog"
    """Queued requests per instance."""
    PROVISIONED_CONCURRENCY = "provisioned-concurrency"
    """Utilization of the provisioned concurrency."""


@dataclass(frozen=True)
class Scaling:
    """The autoscaling of a variant."""

    metric: ScalingMetric
    target: float
    min_capacity: int
    """Instances; concurrency of a serverless variant."""
    max_capacity: int
    scale_in_cooldown_seconds: int
    scale_out_cooldown_seconds: int

    @property
    def enabled(self) -> bool:
        """Whether the capacity can change."""
        return self.min_capacity != self.max_capacity

    @property
    def from_zero(self) -> bool:
        """Whether the variant scales to zero, and needs an alarm to scale out again:
        the average backlog of no instances is undefined."""
        return self.enabled and self.min_capacity == 0


@dataclass(frozen=True)
class ServerlessCapacity:
    """The capacity of a serverless variant."""

    memory_mb: int
    max_concurrency: int
    provisioned_concurrency: int | None
    """None without provisioned concurrency."""
    scaling: Scaling | None
    """The autoscaling of the provisioned concurrency. Without it, SageMaker scales by
    itself."""


def instance_scaling(instance_count: int, args: ScalingArgs, kind: EndpointKind) -> Scaling:
    """Returns the autoscaling of a variant with instances."""
    metric, key = _metric(args, kind)
    low = 0 if kind is EndpointKind.ASYNCHRONOUS else instance_count
    own = with_defaults(ScalingArgs, args)
    return Scaling(
        metric=metric,
        target=float(own[key]),
        min_capacity=args.get("min_instances", low),
        max_capacity=args.get("max_instances", 2 * instance_count),
        scale_in_cooldown_seconds=own["scale_in_cooldown_seconds"],
        scale_out_cooldown_seconds=own["scale_out_cooldown_seconds"],
    )


def _metric(args: ScalingArgs, kind: EndpointKind) -> tuple[ScalingMetric, str]:
    """Returns the metric, and the argument of its target."""
    if kind is EndpointKind.ASYNCHRONOUS:
        return ScalingMetric.BACKLOG, "backlog_per_instance"
    if "concurrent_requests_per_instance" in args:
        return ScalingMetric.CONCURRENT_REQUESTS, "concurrent_requests_per_instance"
    return ScalingMetric.INVOCATIONS, "invocations_per_instance"


def serverless_capacity(args: ServerlessArgs) -> ServerlessCapacity:
    """Returns the capacity of a serverless variant."""
    own = with_defaults(ServerlessArgs, args)
    low, most = args.get("provisioned_concurrency"), own["max_concurrency"]
    scaling = None
    if low is not None:
        scaling = Scaling(
            metric=ScalingMetric.PROVISIONED_CONCURRENCY,
            target=own["target_utilization_percent"] / 100,
            min_capacity=low,
            max_capacity=args.get("max_provisioned_concurrency", max(low, min(2 * low, most))),
            scale_in_cooldown_seconds=SCALING_DEFAULTS["scale_in_cooldown_seconds"],
            scale_out_cooldown_seconds=SCALING_DEFAULTS["scale_out_cooldown_seconds"],
        )
    return ServerlessCapacity(own["memory_mb"], most, low, scaling)
