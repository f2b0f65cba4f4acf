"""What scales a variant, by the metric that is right for the kind of endpoint.

- Real-time: instances, by requests a minute or by requests at once.
- Asynchronous: instances, by the queue; from zero, by an alarm, as a queue over no
  instances has no average.
- Serverless: the capacity that is kept warm, by how busy it is. Without such capacity
  SageMaker scales by itself.

Sources: SageMaker AI Developer Guide, "Automatic scaling of Amazon SageMaker AI
models", "Autoscale an asynchronous endpoint", "Automatically scale Provisioned
Concurrency for a serverless endpoint".
"""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan.serving.model_endpoint import capacity, serverless
from groundplan.serving.model_endpoint.alarm_metrics import INVOCATIONS, PERIOD
from groundplan.serving.model_endpoint.capacity import ScalingArgs
from groundplan.serving.model_endpoint.kinds import EndpointKind
from groundplan.serving.model_endpoint.serverless import ServerlessArgs

INSTANCE_COUNT = "sagemaker:variant:DesiredInstanceCount"
PROVISIONED_CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"
IN_SECONDS, OUT_SECONDS = 300, 60

Tracking = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs
Predefined = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs
Customized = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs
Dimension = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgs


class VariantScaling:
    """What scales one variant of an endpoint, between `limits`. `name` is what the
    names of its resources begin with."""

    def __init__(
        self,
        name: str,
        endpoint: aws.sagemaker.Endpoint,
        variant: str,
        dimension: str,
        limits: tuple[int, int],
        tracking: Tracking,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        low, high = limits
        self.target = aws.appautoscaling.Target(
            f"{name}-scaling",
            service_namespace="sagemaker",
            scalable_dimension=dimension,
            resource_id=pulumi.Output.concat("endpoint/", endpoint.name, f"/variant/{variant}"),
            min_capacity=low,
            max_capacity=high,
            tags=tags,
            opts=opts,
        )
        self.policy = aws.appautoscaling.Policy(
            f"{name}-scaling-policy",
            policy_type="TargetTrackingScaling",
            service_namespace=self.target.service_namespace,
            scalable_dimension=self.target.scalable_dimension,
            resource_id=self.target.resource_id,
            target_tracking_scaling_policy_configuration=tracking,
            opts=opts,
        )


class Waking:
    """What starts the first instance of an asynchronous endpoint `name` that has none,
    once a request is in its queue."""

    def __init__(
        self,
        name: str,
        endpoint_name: str,
        target: aws.appautoscaling.Target,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        self.policy = aws.appautoscaling.Policy(
            f"{name}-wake-policy",
            policy_type="StepScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            step_scaling_policy_configuration=aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgs(
                adjustment_type="ChangeInCapacity",
                metric_aggregation_type="Average",
                cooldown=300,
                step_adjustments=[
                    aws.appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustmentArgs(
                        metric_interval_lower_bound="0", scaling_adjustment=1
                    )
                ],
            ),
            opts=opts,
        )
        self.alarm = aws.cloudwatch.MetricAlarm(
            f"{name}-wake",
            name=f"{endpoint_name}-wake",
            alarm_description=f"Requests wait in the queue of endpoint {endpoint_name}, which has no instance: it starts one. "
            "Runbook: docs/runbooks/endpoint-backlog.md",
            namespace=INVOCATIONS,
            metric_name="HasBacklogWithoutCapacity",
            dimensions={"EndpointName": endpoint_name},
            statistic="Average",
            period=PERIOD,
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=1,
            evaluation_periods=2,
            datapoints_to_alarm=2,
            treat_missing_data="missing",
            alarm_actions=[self.policy.arn],
            tags=tags,
            opts=opts,
        )


def by_instances(kind: EndpointKind, endpoint_name: str, scaling: ScalingArgs) -> Tracking:
    """What an instance-based variant is scaled by."""
    target: float
    metric: dict[str, Any]
    if kind is EndpointKind.ASYNCHRONOUS:
        target = scaling.get("backlog_per_instance", capacity.BACKLOG_PER_INSTANCE)
        metric = {
            "customized_metric_specification": Customized(
                namespace=INVOCATIONS,
                metric_name="ApproximateBacklogSizePerInstance",
                dimensions=[Dimension(name="EndpointName", value=endpoint_name)],
                statistic="Average",
            )
        }
    elif "concurrent_requests_per_instance" in scaling:
        target = scaling["concurrent_requests_per_instance"]
        metric = _predefined("SageMakerVariantConcurrentRequestsPerModelHighResolution")
    else:
        target = scaling.get("invocations_per_instance", capacity.INVOCATIONS_PER_INSTANCE)
        metric = _predefined("SageMakerVariantInvocationsPerInstance")
    return Tracking(
        **metric,
        target_value=float(target),
        scale_in_cooldown=scaling.get("scale_in_cooldown_seconds", IN_SECONDS),
        scale_out_cooldown=scaling.get("scale_out_cooldown_seconds", OUT_SECONDS),
    )


def by_concurrency(given: ServerlessArgs) -> Tracking:
    """What the warm capacity of a serverless variant is scaled by."""
    return Tracking(
        **_predefined("SageMakerVariantProvisionedConcurrencyUtilization"),
        target_value=given.get("target_utilization_percent", serverless.UTILIZATION_PERCENT) / 100,
        scale_in_cooldown=IN_SECONDS,
        scale_out_cooldown=OUT_SECONDS,
    )


def _predefined(metric: str) -> dict[str, Any]:
    return {"predefined_metric_specification": Predefined(predefined_metric_type=metric)}
