"""The autoscaling of a variant, by the metric that suits the kind of endpoint.

- Real-time: instances, by requests per minute or by concurrent requests.
- Asynchronous: instances, by the queue; from zero, by an alarm, as the average backlog
  of no instances is undefined.
- Serverless: the provisioned concurrency, by its utilization. Without it, SageMaker
  scales by itself.

Sources: SageMaker AI Developer Guide, "Automatic scaling of Amazon SageMaker AI
models", "Autoscale an asynchronous endpoint", "Automatically scale Provisioned
Concurrency for a serverless endpoint".
"""

from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import runbooks
from groundplan.serving.model_endpoint.alarm_metrics import INVOCATIONS, PERIOD
from groundplan.serving.model_endpoint.capacity import Scaling, ScalingMetric
from groundplan.serving.model_endpoint.spec import EndpointSpec
from groundplan.serving.model_endpoint.variants import Variant

INSTANCE_COUNT = "sagemaker:variant:DesiredInstanceCount"
PROVISIONED_CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"

Tracking = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs
Predefined = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs  # noqa: E501
Customized = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs  # noqa: E501
Dimension = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgs  # noqa: E501

PREDEFINED = {
    ScalingMetric.INVOCATIONS: "SageMakerVariantInvocationsPerInstance",
    ScalingMetric.CONCURRENT_REQUESTS: "SageMakerVariantConcurrentRequestsPerModelHighResolution",
    ScalingMetric.PROVISIONED_CONCURRENCY: "SageMakerVariantProvisionedConcurrencyUtilization",
}
"""Predefined metric types; the backlog has none."""


class VariantScaling:
    """The scalable target of a variant, and its target-tracking policy."""

    def __init__(
        self,
        spec: EndpointSpec,
        variant: Variant,
        scaling: Scaling,
        endpoint: aws.sagemaker.Endpoint,
        parent: pulumi.Resource,
    ) -> None:
        name, opts = variant.prefix(spec.name), pulumi.ResourceOptions(parent=parent)
        self.target = aws.appautoscaling.Target(
            f"{name}-scaling",
            service_namespace="sagemaker",
            scalable_dimension=PROVISIONED_CONCURRENCY if variant.serverless else INSTANCE_COUNT,
            resource_id=pulumi.Output.concat(
                "endpoint/", endpoint.name, f"/variant/{variant.name}"
            ),
            min_capacity=scaling.min_capacity,
            max_capacity=scaling.max_capacity,
            tags=spec.tags,
            opts=opts,
        )
        self.policy = aws.appautoscaling.Policy(
            f"{name}-scaling-policy",
            policy_type="TargetTrackingScaling",
            service_namespace=self.target.service_namespace,
            scalable_dimension=self.target.scalable_dimension,
            resource_id=self.target.resource_id,
            target_tracking_scaling_policy_configuration=_tracking(spec, scaling),
            opts=opts,
        )


def _tracking(spec: EndpointSpec, scaling: Scaling) -> Tracking:
    """Returns the target-tracking configuration of a variant."""
    metric: dict[str, Any]
    if scaling.metric is ScalingMetric.BACKLOG:
        metric = {
            "customized_metric_specification": Customized(
                namespace=INVOCATIONS,
                metric_name="ApproximateBacklogSizePerInstance",
                dimensions=[Dimension(name="EndpointName", value=spec.endpoint_name)],
                statistic="Average",
            )
        }
    else:
        predefined = Predefined(predefined_metric_type=PREDEFINED[scaling.metric])
        metric = {"predefined_metric_specification": predefined}
    return Tracking(
        **metric,
        target_value=scaling.target,
        scale_in_cooldown=scaling.scale_in_cooldown_seconds,
        scale_out_cooldown=scaling.scale_out_cooldown_seconds,
    )


class ScaleFromZero:
    """The alarm and the step-scaling policy that start the first instance of an
    asynchronous endpoint once a request is in its queue."""

    def __init__(
        self,
        spec: EndpointSpec,
        variant: Variant,
        target: aws.appautoscaling.Target,
        parent: pulumi.Resource,
    ) -> None:
        name, opts = variant.prefix(spec.name), pulumi.ResourceOptions(parent=parent)
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
            name=f"{spec.endpoint_name}-wake",
            alarm_description=f"Requests wait in the queue of endpoint {spec.endpoint_name}, "
            "which has no instance: it starts one. "
            f"{runbooks.note('endpoint-backlog.md', spec.alarms.runbooks_url)}",
            namespace=INVOCATIONS,
            metric_name="HasBacklogWithoutCapacity",
            dimensions={"EndpointName": spec.endpoint_name},
            statistic="Average",
            period=PERIOD,
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=1,
            evaluation_periods=2,
            datapoints_to_alarm=2,
            treat_missing_data="missing",
            alarm_actions=[self.policy.arn],
            tags=spec.tags,
            opts=opts,
        )
