"""ModelEndpoint: a SageMaker endpoint that scales with its load, rolls out in steps,
and rolls back by itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.serving.model_endpoint import (
    alarms,
    asynchronous,
    capacity,
    configuration,
    deployment,
    model,
    release,
    rollout,
    scaling,
    serverless,
    variants,
)
from groundplan.serving.model_endpoint.alarms import EVALUATION_MINUTES
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.execution_role import ExecutionRole
from groundplan.serving.model_endpoint.kinds import EndpointKind, kind_of
from groundplan.serving.model_endpoint.network import EndpointNetwork
from groundplan.serving.model_endpoint.scaling import VariantScaling, Waking
from groundplan.serving.model_endpoint.validation import fleet, validate


class RolledBack(pulumi.RunError):
    """SageMaker went back to the old model after an alarm, which the AWS provider takes
    for success."""

    def __init__(self, wanted: str, live: str) -> None:
        super().__init__(
            f"SageMaker rolled the endpoint back: it runs {live}, not {wanted}, because an alarm went off or the new "
            "instances did not start. See docs/runbooks/endpoint-errors.md; the next deployment tries again."
        )


def verified(arn: str, wanted: str, live: str) -> str:
    """`arn`, if the endpoint runs the configuration that it should. Raises `RolledBack`
    otherwise.

    The AWS provider waits until an endpoint is in service again, and never asks with
    what: terraform-provider-aws #48997.
    """
    if wanted != live:
        raise RolledBack(wanted, live)
    return arn


class ModelEndpoint(Component):
    """A SageMaker endpoint with autoscaling, rollouts in steps, and alarms that roll a
    bad model back.

    Real-time, with one or several variants or a shadow; serverless; or asynchronous.
    Each change of the model makes a new model and a new endpoint configuration, and
    moves the endpoint to it. The old ones stay in AWS, where they cost nothing: a fleet
    that is rolled back starts its instances from them.
    """

    endpoint_name: pulumi.Output[str]
    """Name of the endpoint, by which clients call it."""
    endpoint_arn: pulumi.Output[str]
    """ARN of the endpoint. Fails if SageMaker rolled the endpoint back, but where the
    registry releases."""
    role_arn: pulumi.Output[str]
    """ARN of the execution role, made or handed in."""
    alarm_names: pulumi.Output[Sequence[str]]
    """Names of the alarms that roll back: errors, latency, disk, memory, and what else
    there is."""
    variant_name: pulumi.Output[str]
    """Name of the production variant, as metrics know it; of several, the first by
    name."""
    variant_names: pulumi.Output[Sequence[str]]
    """Names of all production variants."""
    kind: pulumi.Output[str]
    """`real-time`, `serverless` or `asynchronous`."""
    configuration_name: pulumi.Output[str]
    """Name of the configuration that this program made; the live one, unless the
    registry releases."""
    request_uri: pulumi.Output[str]
    """Folder in S3 from which an asynchronous endpoint may read requests; empty for
    others."""
    response_uri: pulumi.Output[str]
    """Folder in S3 to which an asynchronous endpoint writes responses, and failures
    below it; empty for others."""
    release_target: pulumi.Output[Mapping[str, Any]]
    """What `groundplan release deploy` needs to release a version from the registry;
    empty where this program releases. What is null in it isn't used."""

    def __init__(
        self, name: str, args: ModelEndpointArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:ModelEndpoint", name, {}, opts)
        context = Context.of(name, opts)
        checked = arguments.validated("ModelEndpoint", ModelEndpointArgs, args, validate, context)
        # The name is fixed: the endpoint needs its alarms to exist, and the alarms need to
        # know the endpoint's name.
        endpoint_name = checked.get("endpoint_name", context.qualified_name)
        labels = tags.merged(name, checked.get("tags"))

        self.log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/sagemaker/Endpoints/{endpoint_name}",  # where SageMaker writes: else it makes it, without retention
            retention_in_days=checked.get("log_retention_days", 90),
            kms_key_id=checked.get("log_kms_key_arn"),
            tags=labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._make_alarms(name, checked, endpoint_name, labels)
        self._make_role(name, checked, endpoint_name, labels)
        self._make_models(name, checked, labels)
        self.configuration = configuration.configuration(
            name, checked, endpoint_name, self.models, labels, self
        )
        self._make_endpoint(name, checked, endpoint_name, labels)
        self._make_scaling(name, checked, endpoint_name, labels)
        self._tell(checked, endpoint_name, labels)

    def _make_alarms(
        self, name: str, args: ModelEndpointArgs, endpoint_name: str, labels: tags.Tags
    ) -> None:
        kind, limits = kind_of(args), args.get("alarms", {})
        minutes = limits.get("evaluation_minutes", EVALUATION_MINUTES)
        # A serverless endpoint can't be rolled back: its alarms are for people only.
        wanted = kind is not EndpointKind.SERVERLESS or limits.get("actions")
        specified = (
            alarms.rollback_alarms(endpoint_name, kind, variants.production(args), limits)
            if wanted
            else []
        )
        self.alarms = {
            alarm.role: aws.cloudwatch.MetricAlarm(
                f"{name}-{alarm.role}",
                # Fixed too: the provider replaces an endpoint whose rollback alarms get
                # other names.
                name=f"{endpoint_name}-{alarm.role}",
                alarm_description=alarm.says,
                comparison_operator="GreaterThanThreshold",
                evaluation_periods=minutes,
                datapoints_to_alarm=minutes,
                treat_missing_data="notBreaching",  # without requests, or instances, nothing is wrong
                alarm_actions=limits.get("actions"),
                ok_actions=limits.get("actions"),
                tags=labels,
                opts=pulumi.ResourceOptions(parent=self),
                **alarm.settings,
            )
            for alarm in specified
        }
        self.error_alarm = self.alarms.get("errors")
        self.latency_alarm = self.alarms.get("latency")

    def _make_role(
        self, name: str, args: ModelEndpointArgs, endpoint_name: str, labels: tags.Tags
    ) -> None:
        self.role: aws.iam.Role | None = None
        self.role_policy: aws.iam.RolePolicy | None = None
        if "execution_role_arn" in args:
            self.role_arn = pulumi.Output.from_input(args["execution_role_arn"])
            return
        guards = (
            []
            if kind_of(args) is EndpointKind.SERVERLESS
            else [alarm.arn for alarm in self.alarms.values()]
        )
        made = ExecutionRole(name, args, endpoint_name, self.log_group.arn, guards, labels, self)
        self.role, self.role_policy, self.role_arn = made.role, made.policy, made.role.arn

    def _make_models(self, name: str, args: ModelEndpointArgs, labels: tags.Tags) -> None:
        self.security_group: aws.ec2.SecurityGroup | None = None
        self.egress: aws.vpc.SecurityGroupEgressRule | None = None
        if "network" in args:
            network = EndpointNetwork(
                name, args["network"]["vpc_id"], labels, pulumi.ResourceOptions(parent=self)
            )
            self.security_group, self.egress = network.security_group, network.egress
        needs = [resource for resource in (self.role_policy, self.egress) if resource is not None]
        self.models = {
            variant.name: model.model(
                name, variant, args, self.role_arn, self.security_group, labels, self, needs
            )
            for variant in variants.every(args)
        }
        self.model = next(iter(self.models.values()))

    def _make_endpoint(
        self, name: str, args: ModelEndpointArgs, endpoint_name: str, labels: tags.Tags
    ) -> None:
        self._alarm_names = [alarm.name for alarm in self.alarms.values()]
        self._rollout = rollout.resolve(fleet(args), args.get("rollout", {}))
        guarded = kind_of(args) is not EndpointKind.SERVERLESS
        # An update of the deployment would take the endpoint back to the configuration
        # that Pulumi knows, so it is the runtime's too: it gives each release the one
        # of `release_target`.
        left_alone = (
            ["endpointConfigName", "deploymentConfig"] if release.from_registry(args) else None
        )
        self.endpoint = aws.sagemaker.Endpoint(
            f"{name}-endpoint",
            name=endpoint_name,
            endpoint_config_name=self.configuration.name,
            deployment_config=deployment.arguments(self._rollout, self._alarm_names)
            if guarded
            else None,
            tags=labels,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[self.log_group], ignore_changes=left_alone
            ),
        )

    def _make_scaling(
        self, name: str, args: ModelEndpointArgs, endpoint_name: str, labels: tags.Tags
    ) -> None:
        kind, child = kind_of(args), pulumi.ResourceOptions(parent=self)
        self.scaling: dict[str, VariantScaling] = {}
        self.waking: Waking | None = None
        for variant in variants.every(args):
            begin = variants.prefix(name, variant.name)
            if kind is EndpointKind.SERVERLESS:
                limits = serverless.provisioned_limits(args["serverless"])
                dimension, tracking = (
                    scaling.PROVISIONED_CONCURRENCY,
                    scaling.by_concurrency(args["serverless"]),
                )
            else:
                limits = capacity.limits(variant.instance_count, variant.scaling, kind)
                dimension = scaling.INSTANCE_COUNT
                tracking = scaling.by_instances(kind, endpoint_name, variant.scaling)
            if limits is None or limits[0] == limits[1]:
                continue
            made = VariantScaling(
                begin, self.endpoint, variant.name, dimension, limits, tracking, labels, child
            )
            self.scaling[variant.name] = made
            if limits[0] == 0:
                self.waking = Waking(begin, endpoint_name, made.target, labels, child)
        first = next(iter(self.scaling.values()), None)
        self.scaling_target = first.target if first else None
        self.scaling_policy = first.policy if first else None

    def _tell(self, args: ModelEndpointArgs, endpoint_name: str, labels: tags.Tags) -> None:
        names = [variant.name for variant in variants.production(args)]
        queue, registry = args.get("asynchronous"), release.from_registry(args)
        requests = responses = pulumi.Output.from_input("")
        if queue is not None:
            requests = configuration.uri(args, asynchronous.input_folder(queue, endpoint_name))
            responses = configuration.uri(args, asynchronous.output_folder(queue, endpoint_name))
        self.endpoint_name = self.endpoint.name
        # Which configuration is live is the runtime's to say, where it is the runtime
        # that releases.
        self.endpoint_arn = self.endpoint.arn if registry else self._verified()
        self.alarm_names = pulumi.Output.all(*self._alarm_names)
        self.variant_name = pulumi.Output.from_input(names[0])
        self.variant_names = pulumi.Output.from_input(names)
        self.kind = pulumi.Output.from_input(kind_of(args).value)
        self.configuration_name = self.configuration.name
        self.request_uri, self.response_uri = requests, responses
        nothing: pulumi.Output[Mapping[str, Any]] = pulumi.Output.from_input({})
        self.release_target = self._target(args, endpoint_name, labels) if registry else nothing
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

    def _verified(self) -> pulumi.Output[str]:
        known = pulumi.Output.all(
            self.endpoint.arn, self.configuration.name, self.endpoint.endpoint_config_name
        )
        return known.apply(lambda all_of_it: verified(*all_of_it))

    def _target(
        self, args: ModelEndpointArgs, endpoint_name: str, labels: tags.Tags
    ) -> pulumi.Output[Mapping[str, Any]]:
        return release.release_target(
            args,
            endpoint=self.endpoint.name,
            region=iam.region(pulumi.InvokeOptions(parent=self)),
            role_arn=self.role_arn,
            security_groups=[self.security_group.id] if self.security_group else [],
            variant=configuration.api_variant(args),
            asynchronous=configuration.api_asynchronous(args, endpoint_name),
            plan=self._rollout,
            alarm_names=self._alarm_names,
            tags=labels,
        )
