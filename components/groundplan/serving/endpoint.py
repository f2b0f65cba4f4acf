"""ModelEndpoint: a SageMaker real-time endpoint that scales with its load, rolls out in steps, and rolls back by itself."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.serving import alarms, capacity, model_data, role, rollout
from groundplan.serving.endpoint_args import ModelEndpointArgs, capture_percent, capture_prefix, problems
from groundplan.serving.rollout import RolloutStrategy

VARIANT = "primary"
"""Name of the one production variant. It never changes: SageMaker rolls out in steps only between variants of one name."""


class RolledBack(pulumi.RunError):
    """SageMaker went back to the old model after an alarm, which the AWS provider takes for success."""

    def __init__(self, wanted: str, live: str) -> None:
        super().__init__(
            f"SageMaker rolled the endpoint back: it runs {live}, not {wanted}, because an alarm went off or the new "
            "instances did not start. See docs/runbooks/endpoint-errors.md; the next deployment tries again."
        )


def verified(arn: str, wanted: str, live: str) -> str:
    """`arn`, if the endpoint runs the configuration that it should. Raises `RolledBack` otherwise.

    The AWS provider waits until an endpoint is in service again, and never asks with what: terraform-provider-aws #48997.
    """
    if wanted != live:
        raise RolledBack(wanted, live)
    return arn


class ModelEndpoint(pulumi.ComponentResource):
    """A SageMaker real-time endpoint with autoscaling, rollouts in steps, and alarms that roll a bad model back.

    Each change of the model makes a new model and a new endpoint configuration, and moves the endpoint to it. The old ones
    stay in AWS, where they cost nothing: a fleet that is rolled back starts its instances from them.
    """

    endpoint_name: pulumi.Output[str]
    """Name of the endpoint, by which clients call it."""
    endpoint_arn: pulumi.Output[str]
    """ARN of the endpoint. Fails if SageMaker rolled the endpoint back."""
    role_arn: pulumi.Output[str]
    """ARN of the execution role, made or handed in."""
    alarm_names: pulumi.Output[Sequence[str]]
    """Names of the two alarms: errors, latency."""
    variant_name: pulumi.Output[str]
    """Name of the production variant, as metrics know it."""

    def __init__(self, name: str, args: ModelEndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundplan:index:ModelEndpoint", name, {}, opts)
        checked, found = arguments.read(ModelEndpointArgs, args)
        # The name is fixed: the endpoint needs its alarms to exist, and the alarms need to know the endpoint's name.
        endpoint_name = checked.get("endpoint_name", f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}")
        arguments.require("ModelEndpoint", name, found + problems(checked, name, endpoint_name))
        count = checked.get("instance_count", 2)
        labels = tags.merged(name, checked.get("tags"))
        child = pulumi.ResourceOptions(parent=self)

        self.log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/sagemaker/Endpoints/{endpoint_name}",  # where SageMaker writes: else it makes it, without retention
            retention_in_days=checked.get("log_retention_days", 90),
            kms_key_id=checked.get("log_kms_key_arn"),
            tags=labels,
            opts=child,
        )
        # The alarms' names are fixed too: the provider replaces an endpoint whose rollback alarms get other names.
        limits = checked.get("alarms", {})
        self.error_alarm = alarms.error_alarm(f"{name}-errors", endpoint_name, VARIANT, limits, labels, child)
        self.latency_alarm = alarms.latency_alarm(f"{name}-latency", endpoint_name, VARIANT, limits, labels, child)
        self._make_role(name, checked, endpoint_name, labels)
        self._make_network(name, checked, labels)
        self.model = self._make_model(name, checked, labels)
        self.configuration = self._make_configuration(name, checked, count, labels)
        self.endpoint = aws.sagemaker.Endpoint(
            f"{name}-endpoint",
            name=endpoint_name,
            endpoint_config_name=self.configuration.name,
            deployment_config=self._deployment(rollout.resolve(count, checked.get("rollout", {}))),
            tags=labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.log_group]),
        )
        self._make_scaling(name, checked, count, labels)

        self.endpoint_name = self.endpoint.name
        self.endpoint_arn = pulumi.Output.all(
            self.endpoint.arn, self.configuration.name, self.endpoint.endpoint_config_name
        ).apply(lambda known: verified(*known))
        self.alarm_names = pulumi.Output.all(self.error_alarm.name, self.latency_alarm.name)
        self.variant_name = pulumi.Output.from_input(VARIANT)
        self.register_outputs(
            {
                "endpointName": self.endpoint_name,
                "endpointArn": self.endpoint_arn,
                "roleArn": self.role_arn,
                "alarmNames": self.alarm_names,
                "variantName": self.variant_name,
            }
        )

    def _make_role(self, name: str, args: ModelEndpointArgs, endpoint_name: str, labels: tags.Tags) -> None:
        self.role: aws.iam.Role | None = None
        self.role_policy: aws.iam.RolePolicy | None = None
        if "execution_role_arn" in args:
            self.role_arn = pulumi.Output.from_input(args["execution_role_arn"])
            return
        invoke = pulumi.InvokeOptions(parent=self)
        statements = role.image_statements(args["image"], invoke)
        statements += role.telemetry_statements(self.log_group.arn, [self.error_alarm.arn, self.latency_alarm.arn])
        if "artifacts" in args:
            # SageMaker puts what it captures into a folder of the endpoint's own.
            captured = f"{capture_prefix(args)}{endpoint_name}/" if capture_percent(args) else None
            statements += role.data_statements(args["artifacts"], args.get("model_data"), captured)
        if "kms_key_arn" in args:
            statements += role.volume_statements(args["kms_key_arn"])
        if "network" in args:
            statements += role.network_statements(args["network"]["vpc_id"], invoke)
        self.role = aws.iam.Role(
            f"{name}-role",
            description=f"What endpoint {endpoint_name} may do",
            assume_role_policy=role.trust(invoke),
            tags=labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.role_policy = aws.iam.RolePolicy(
            f"{name}-role-policy",
            role=self.role.name,
            policy=iam.document(statements),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.role_arn = self.role.arn

    def _make_network(self, name: str, args: ModelEndpointArgs, labels: tags.Tags) -> None:
        self.security_group: aws.ec2.SecurityGroup | None = None
        self.egress: aws.vpc.SecurityGroupEgressRule | None = None
        if "network" not in args:
            return
        # Requests come through SageMaker, not through the VPC: nothing has to come in.
        self.security_group = aws.ec2.SecurityGroup(
            f"{name}-security-group",
            description=f"Endpoint {name}: HTTPS out, nothing in",
            vpc_id=args["network"]["vpc_id"],
            tags=labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.egress = aws.vpc.SecurityGroupEgressRule(
            f"{name}-egress",
            security_group_id=self.security_group.id,
            description="HTTPS, to S3 and AWS APIs",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags=labels,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _make_model(self, name: str, args: ModelEndpointArgs, labels: tags.Tags) -> aws.sagemaker.Model:
        source = None
        if "model_data" in args:
            data_type, compression = model_data.s3_type(args["model_data"])
            bucket = args["artifacts"]["bucket_name"]
            source = aws.sagemaker.ModelPrimaryContainerModelDataSourceArgs(
                s3_data_sources=[
                    aws.sagemaker.ModelPrimaryContainerModelDataSourceS3DataSourceArgs(
                        s3_uri=pulumi.Output.concat("s3://", bucket, "/", args["model_data"]),
                        s3_data_type=data_type,
                        compression_type=compression,
                    )
                ]
            )
        vpc = None
        if self.security_group is not None:
            vpc = aws.sagemaker.ModelVpcConfigArgs(
                subnets=args["network"]["subnet_ids"], security_group_ids=[self.security_group.id]
            )
        return aws.sagemaker.Model(
            f"{name}-model",
            execution_role_arn=self.role_arn,
            primary_container=aws.sagemaker.ModelPrimaryContainerArgs(
                image=args["image"], environment=args.get("environment"), model_data_source=source
            ),
            enable_network_isolation=args.get("network_isolation", True),
            vpc_config=vpc,
            tags=labels,
            opts=pulumi.ResourceOptions(
                parent=self,
                # SageMaker uses the role and the network as soon as there is an endpoint.
                depends_on=[resource for resource in (self.role_policy, self.egress) if resource is not None],
                # The provider plans another network as an update, and SageMaker can't update a model: nothing would happen.
                replace_on_changes=["vpcConfig"],
                retain_on_delete=True,
            ),
        )

    def _make_configuration(
        self, name: str, args: ModelEndpointArgs, count: int, labels: tags.Tags
    ) -> aws.sagemaker.EndpointConfiguration:
        capture = None
        if capture_percent(args):
            capture = aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs(
                enable_capture=True,
                initial_sampling_percentage=capture_percent(args),
                # Without a slash at its end, as in AWS's own examples: SageMaker joins the endpoint's name to it, and the role
                # may not write to `capture//`, nor does Model Monitor find it (aws/amazon-sagemaker-examples issue 1938).
                destination_s3_uri=pulumi.Output.concat(
                    "s3://", args["artifacts"]["bucket_name"], f"/{capture_prefix(args)}".rstrip("/")
                ),
                kms_key_id=args["artifacts"]["kms_key_arn"],
                capture_options=[
                    aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureOptionArgs(capture_mode=mode)
                    for mode in ("Input", "Output")
                ],
                # Content of any other type would be kept as base64.
                capture_content_type_header=aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureContentTypeHeaderArgs(
                    csv_content_types=["text/csv"], json_content_types=["application/json"]
                ),
            )
        # Named by Pulumi: a configuration can't be changed, so each change makes a new one first. The old one is kept, like
        # the old model: after a rollback SageMaker goes on with it, unseen by the provider (terraform-provider-aws #48997).
        return aws.sagemaker.EndpointConfiguration(
            f"{name}-config",
            production_variants=[
                aws.sagemaker.EndpointConfigurationProductionVariantArgs(
                    variant_name=VARIANT,
                    model_name=self.model.name,
                    instance_type=args["instance_type"],
                    initial_instance_count=count,
                    initial_variant_weight=1.0,
                    container_startup_health_check_timeout_in_seconds=args.get("health_check_timeout_seconds"),
                )
            ],
            data_capture_config=capture,
            kms_key_arn=args.get("kms_key_arn"),  # never with local NVMe: see `capacity.has_local_nvme`
            tags=labels,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )

    def _deployment(self, plan: rollout.Rollout) -> aws.sagemaker.EndpointDeploymentConfigArgs:
        canary = linear = None
        if plan.strategy is RolloutStrategy.CANARY:
            canary = aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationCanarySizeArgs(
                type="CAPACITY_PERCENT", value=plan.percent
            )
        if plan.strategy is RolloutStrategy.LINEAR:
            linear = aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationLinearStepSizeArgs(
                type="CAPACITY_PERCENT", value=plan.percent
            )
        return aws.sagemaker.EndpointDeploymentConfigArgs(
            blue_green_update_policy=aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyArgs(
                traffic_routing_configuration=aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationArgs(
                    type=plan.strategy.name,
                    wait_interval_in_seconds=plan.wait_seconds,
                    canary_size=canary,
                    linear_step_size=linear,
                ),
                termination_wait_in_seconds=plan.termination_wait_seconds,
                maximum_execution_timeout_in_seconds=plan.timeout_seconds,
            ),
            auto_rollback_configuration=aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationArgs(
                alarms=[
                    aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationAlarmArgs(alarm_name=alarm.name)
                    for alarm in (self.error_alarm, self.latency_alarm)
                ]
            ),
        )

    def _make_scaling(self, name: str, args: ModelEndpointArgs, count: int, labels: tags.Tags) -> None:
        scaling = args.get("scaling", {})
        low, high = capacity.limits(count, scaling)
        self.scaling_target: aws.appautoscaling.Target | None = None
        self.scaling_policy: aws.appautoscaling.Policy | None = None
        if low == high:
            return
        self.scaling_target = aws.appautoscaling.Target(
            f"{name}-scaling",
            service_namespace="sagemaker",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            resource_id=pulumi.Output.concat("endpoint/", self.endpoint.name, f"/variant/{VARIANT}"),
            min_capacity=low,
            max_capacity=high,
            tags=labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.scaling_policy = aws.appautoscaling.Policy(
            f"{name}-scaling-policy",
            policy_type="TargetTrackingScaling",
            service_namespace=self.scaling_target.service_namespace,
            scalable_dimension=self.scaling_target.scalable_dimension,
            resource_id=self.scaling_target.resource_id,
            target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type="SageMakerVariantInvocationsPerInstance"
                ),
                target_value=float(scaling.get("invocations_per_instance", capacity.INVOCATIONS_PER_INSTANCE)),
                scale_in_cooldown=scaling.get("scale_in_cooldown_seconds", 300),
                scale_out_cooldown=scaling.get("scale_out_cooldown_seconds", 60),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
