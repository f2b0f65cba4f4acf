"""The `DeploymentConfig` of an endpoint, as Pulumi's provider takes it, and as the API
does.

Both are in one module, so that a model that the release runtime releases rolls out as
one that Pulumi releases.
"""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan.serving.model_endpoint.choices import RolloutStrategy
from groundplan.serving.model_endpoint.rollout import Rollout


def size(rollout: Rollout) -> tuple[str, int]:
    """Returns `Type` and `Value` of a step's `CapacitySize`."""
    return (
        ("CAPACITY_PERCENT", rollout.percent)
        if rollout.instances is None
        else ("INSTANCE_COUNT", rollout.instances)
    )


def api_shape(rollout: Rollout, alarm_names: Sequence[pulumi.Input[str]]) -> dict[str, Any]:
    """Returns the `DeploymentConfig` as `UpdateEndpoint` takes it."""
    rollback = {
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarm_names]}
    }
    unit, value = size(rollout)
    step = {"Type": unit, "Value": value}
    if rollout.strategy is RolloutStrategy.ROLLING:
        policy: dict[str, Any] = {
            "MaximumBatchSize": step,
            "WaitIntervalInSeconds": rollout.wait_seconds,
        }
        policy["MaximumExecutionTimeoutInSeconds"] = rollout.timeout_seconds
        if rollout.rollback_percent is not None:
            policy["RollbackMaximumBatchSize"] = {
                "Type": "CAPACITY_PERCENT",
                "Value": rollout.rollback_percent,
            }
        return {"RollingUpdatePolicy": policy, **rollback}
    routing: dict[str, Any] = {
        "Type": rollout.strategy.name,
        "WaitIntervalInSeconds": rollout.wait_seconds,
    }
    if rollout.strategy is RolloutStrategy.CANARY:
        routing["CanarySize"] = step
    if rollout.strategy is RolloutStrategy.LINEAR:
        routing["LinearStepSize"] = step
    blue_green = {
        "TrafficRoutingConfiguration": routing,
        "TerminationWaitInSeconds": rollout.termination_wait_seconds,
        "MaximumExecutionTimeoutInSeconds": rollout.timeout_seconds,
    }
    return {"BlueGreenUpdatePolicy": blue_green, **rollback}


def arguments(
    rollout: Rollout, alarm_names: Sequence[pulumi.Input[str]]
) -> aws.sagemaker.EndpointDeploymentConfigArgs:
    """Returns the `deployment_config` as Pulumi's provider takes it."""
    return aws.sagemaker.EndpointDeploymentConfigArgs(
        blue_green_update_policy=None
        if rollout.strategy is RolloutStrategy.ROLLING
        else _blue_green(rollout),
        rolling_update_policy=_rolling(rollout)
        if rollout.strategy is RolloutStrategy.ROLLING
        else None,
        auto_rollback_configuration=aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationArgs(
            alarms=[
                aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationAlarmArgs(
                    alarm_name=name
                )
                for name in alarm_names
            ]
        ),
    )


def _blue_green(
    rollout: Rollout,
) -> aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyArgs:
    unit, value = size(rollout)
    canary = linear = None
    if rollout.strategy is RolloutStrategy.CANARY:
        canary = aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationCanarySizeArgs(  # noqa: E501
            type=unit, value=value
        )
    if rollout.strategy is RolloutStrategy.LINEAR:
        linear = aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationLinearStepSizeArgs(  # noqa: E501
            type=unit, value=value
        )
    return aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyArgs(
        traffic_routing_configuration=aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationArgs(
            type=rollout.strategy.name,
            wait_interval_in_seconds=rollout.wait_seconds,
            canary_size=canary,
            linear_step_size=linear,
        ),
        termination_wait_in_seconds=rollout.termination_wait_seconds,
        maximum_execution_timeout_in_seconds=rollout.timeout_seconds,
    )


def _rolling(rollout: Rollout) -> aws.sagemaker.EndpointDeploymentConfigRollingUpdatePolicyArgs:
    unit, value = size(rollout)
    back = None
    if rollout.rollback_percent is not None:
        back = (
            aws.sagemaker.EndpointDeploymentConfigRollingUpdatePolicyRollbackMaximumBatchSizeArgs(
                type="CAPACITY_PERCENT", value=rollout.rollback_percent
            )
        )
    return aws.sagemaker.EndpointDeploymentConfigRollingUpdatePolicyArgs(
        maximum_batch_size=aws.sagemaker.EndpointDeploymentConfigRollingUpdatePolicyMaximumBatchSizeArgs(
            type=unit, value=value
        ),
        wait_interval_in_seconds=rollout.wait_seconds,
        maximum_execution_timeout_in_seconds=rollout.timeout_seconds,
        rollback_maximum_batch_size=back,
    )
