"""ModelEndpoint: a SageMaker endpoint with autoscaling, rollouts in steps, and
rollbacks by alarm."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.arguments import validated
from groundplan.component import Component
from groundplan.context import Context
from groundplan.serving.model_endpoint import alarms, configuration, deployment, model
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.artifact_uri import folder_uri
from groundplan.serving.model_endpoint.execution_role import ExecutionRole
from groundplan.serving.model_endpoint.network import EndpointNetwork
from groundplan.serving.model_endpoint.release_target import release_target
from groundplan.serving.model_endpoint.scaling import ScaleFromZero, VariantScaling
from groundplan.serving.model_endpoint.spec import EndpointSpec, resolve
from groundplan.serving.model_endpoint.validation import validate


class RolledBack(pulumi.RunError):
    """SageMaker rolled back to the old model after an alarm, which the AWS provider
    reports as success."""

    def __init__(self, expected: str, live: str) -> None:
        super().__init__(
            f"SageMaker rolled the endpoint back: it runs {live}, not {expected}, because an "
            "alarm went into ALARM state or the new instances did not start. See "
            "docs/runbooks/endpoint-errors.md; the next deployment starts the rollout again."
        )


def verified(arn: str, expected: str, live: str) -> str:
    """Returns `arn`, if the endpoint runs the expected configuration. Raises
    `RolledBack` otherwise.

    The AWS provider waits until an endpoint is in service again, and doesn't check its
    configuration: terraform-provider-aws #48997.
    """
    # As text: in a preview both are the same symbol, whose value isn't known.
    if str.__ne__(expected, live):
        raise RolledBack(expected, live)
    return arn


class ModelEndpoint(Component):
    """A SageMaker endpoint with autoscaling, rollouts in steps, and alarms that roll
    back a bad model.

    Real-time, with one or several variants or a shadow; serverless; or asynchronous.
    Each change of the model creates a new model and a new endpoint configuration, and
    updates the endpoint to it. The old ones are retained in AWS, where they cost
    nothing: after a rollback, SageMaker starts instances from them.
    """

    endpoint_name: pulumi.Output[str]
    """Name of the endpoint, which clients invoke."""
    endpoint_arn: pulumi.Output[str]
    """ARN of the endpoint. Fails if SageMaker rolled the endpoint back, unless the
    registry releases."""
    role_arn: pulumi.Output[str]
    """ARN of the execution role, created or existing."""
    alarm_names: pulumi.Output[Sequence[str]]
    """Names of the alarms that roll back: errors, latency, disk, memory, and others of
    the endpoint's kind."""
    variant_name: pulumi.Output[str]
    """Name of the production variant, a dimension of its metrics; of several, the first
    by name."""
    variant_names: pulumi.Output[Sequence[str]]
    """Names of all production variants."""
    kind: pulumi.Output[str]
    """`real-time`, `serverless` or `asynchronous`."""
    configuration_name: pulumi.Output[str]
    """Name of the configuration that this program created; the live one, unless the
    registry releases."""
    request_uri: pulumi.Output[str]
    """Folder in S3 from which an asynchronous endpoint may read requests; empty for
    others."""
    response_uri: pulumi.Output[str]
    """Folder in S3 to which an asynchronous endpoint writes responses, and failures
    below it; empty for others."""
    release_target: pulumi.Output[Mapping[str, Any]]
    """What `groundplan release deploy` needs to release a version from the registry;
    empty where this program releases. Null entries are not used."""

    def __init__(
        self, name: str, args: ModelEndpointArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:ModelEndpoint", name, {}, opts)
        context = Context.of(name, opts)
        spec = resolve(
            validated("ModelEndpoint", ModelEndpointArgs, args, validate, context), context
        )

        self.log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            # SageMaker writes to this name; without the group, it creates one without
            # retention.
            name=f"/aws/sagemaker/Endpoints/{spec.endpoint_name}",
            retention_in_days=spec.log_retention_days,
            kms_key_id=spec.log_kms_key_arn,
            tags=spec.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.alarms = alarms.create(spec, self)
        self.error_alarm = self.alarms.get("errors")
        self.latency_alarm = self.alarms.get("latency")
        self._create_role(spec)
        self._create_models(spec)
        self.configuration = configuration.create(spec, self.models, self)
        self._create_endpoint(spec)
        self._create_scaling(spec)
        self._export_outputs(spec)

    def _create_role(self, spec: EndpointSpec) -> None:
        self.role: aws.iam.Role | None = None
        self.role_policy: aws.iam.RolePolicy | None = None
        if spec.execution_role_arn is not None:
            self.role_arn = pulumi.Output.from_input(spec.execution_role_arn)
            return
        rollback = list(self.alarms.values()) if spec.is_guarded else []
        created = ExecutionRole(spec, self.log_group.arn, [alarm.arn for alarm in rollback], self)
        self.role, self.role_policy = created.role, created.policy
        self.role_arn = created.role.arn

    def _create_models(self, spec: EndpointSpec) -> None:
        self.security_group: aws.ec2.SecurityGroup | None = None
        self.egress: aws.vpc.SecurityGroupEgressRule | None = None
        if spec.network is not None:
            network = EndpointNetwork(spec, spec.network, self)
            self.security_group, self.egress = network.security_group, network.egress
        needs = [resource for resource in (self.role_policy, self.egress) if resource is not None]
        self.models = {
            variant.name: model.create(
                spec, variant, self.role_arn, self.security_group, self, needs
            )
            for variant in spec.all_variants
        }
        self.model = next(iter(self.models.values()))

    def _create_endpoint(self, spec: EndpointSpec) -> None:
        self._alarm_names = [alarm.name for alarm in self.alarms.values()]
        # An update of the deployment would return the endpoint to the configuration
        # that Pulumi knows, so the release runtime owns it too, and applies the one of
        # `release_target` to each release.
        ignored = ["endpointConfigName", "deploymentConfig"]
        self.endpoint = aws.sagemaker.Endpoint(
            f"{spec.name}-endpoint",
            name=spec.endpoint_name,
            endpoint_config_name=self.configuration.name,
            deployment_config=deployment.arguments(spec.rollout, self._alarm_names)
            if spec.rollout
            else None,
            tags=spec.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[self.log_group],
                ignore_changes=ignored if spec.release.from_registry else None,
            ),
        )

    def _create_scaling(self, spec: EndpointSpec) -> None:
        self.scaling: dict[str, VariantScaling] = {}
        self.scale_from_zero: ScaleFromZero | None = None
        for variant in spec.all_variants:
            if variant.scaling is None or not variant.scaling.enabled:
                continue
            created = VariantScaling(spec, variant, variant.scaling, self.endpoint, self)
            self.scaling[variant.name] = created
            if variant.scaling.from_zero:
                self.scale_from_zero = ScaleFromZero(spec, variant, created.target, self)
        first = next(iter(self.scaling.values()), None)
        self.scaling_target = first.target if first else None
        self.scaling_policy = first.policy if first else None

    def _export_outputs(self, spec: EndpointSpec) -> None:
        names = [variant.name for variant in spec.variants]
        self.endpoint_name = self.endpoint.name
        self.alarm_names = pulumi.Output.all(*self._alarm_names)
        self.variant_name = pulumi.Output.from_input(names[0])
        self.variant_names = pulumi.Output.from_input(names)
        self.kind = pulumi.Output.from_input(spec.kind.value)
        self.configuration_name = self.configuration.name
        self.request_uri = self.response_uri = pulumi.Output.from_input("")
        if spec.queue is not None and spec.artifacts is not None:
            self.request_uri = folder_uri(spec.artifacts, spec.queue.request_folder)
            self.response_uri = folder_uri(spec.artifacts, spec.queue.response_folder)
        if spec.release.from_registry:
            # The live configuration is the release runtime's.
            self.endpoint_arn = self.endpoint.arn
            self.release_target = self._release_target(spec)
        else:
            self.endpoint_arn = self._verified_arn()
            self.release_target = pulumi.Output.from_input({})
        self.register_outputs(
            {
                "endpointName": self.endpoint_name,
                "endpointArn": self.endpoint_arn,
                "roleArn": self.role_arn,
                "alarmNames": self.alarm_names,
                "variantName": self.variant_name,
                "variantNames": self.variant_names,
                "kind": self.kind,
                "configurationName": self.configuration_name,
                "requestUri": self.request_uri,
                "responseUri": self.response_uri,
                "releaseTarget": self.release_target,
            }
        )

    def _verified_arn(self) -> pulumi.Output[str]:
        outputs = pulumi.Output.all(
            self.endpoint.arn, self.configuration.name, self.endpoint.endpoint_config_name
        )
        return outputs.apply(lambda values: verified(*values))

    def _release_target(self, spec: EndpointSpec) -> pulumi.Output[Mapping[str, Any]]:
        return release_target(
            spec,
            endpoint=self.endpoint.name,
            region=iam.region(pulumi.InvokeOptions(parent=self)),
            role_arn=self.role_arn,
            security_groups=[self.security_group.id] if self.security_group else [],
            alarm_names=self._alarm_names,
        )
