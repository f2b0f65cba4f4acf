"""DeliveryApi: a REST API of models, their releases and retraining, and datasets."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.api.component import alarms, layer, package
from groundplan.api.component.args import DeliveryApiArgs
from groundplan.api.component.gateway import LOG_FOLDER, STAGE, Gateway
from groundplan.api.component.role_policies import RolePolicies
from groundplan.api.component.spec import DeliveryApiSpec, resolve
from groundplan.api.component.validation import validate
from groundplan.api.routes import ApiOperation, of_operations
from groundplan.api.settings import IAM, JWT, VARIABLE, ApiSettings
from groundplan.component import Component
from groundplan.context import Context
from groundplan.lambda_functions import event_function, function_role
from groundplan.release.component import targets as release_targets

TIMEOUT_SECONDS = 29
"""One less than API Gateway waits: the function's own error is in its logs."""


class DeliveryApi(Component):
    """A REST API: start training, register, approve, release, roll back, and what there
    is of endpoints, runs and dataset versions.

    API Gateway authorizes callers by IAM, or by tokens of an OpenID Connect issuer,
    and limits their requests. A Lambda function acts through the engines of releases
    and retraining, in the name of the caller.
    """

    url: pulumi.Output[str]
    """URL of the API, without a slash at its end."""
    api_id: pulumi.Output[str]
    """ID of the HTTP API."""
    invoke_arns: pulumi.Output[Mapping[str, Sequence[str]]]
    """Operation -> ARNs of its routes, for IAM policies of callers
    (`execute-api:Invoke`)."""
    function_name: pulumi.Output[str]
    """Name of the function."""
    role_arn: pulumi.Output[str]
    """ARN of the function's role."""
    domain_target: pulumi.Output[str]
    """What a DNS record of `domain` points to; empty without one."""

    def __init__(
        self, name: str, args: DeliveryApiArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:DeliveryApi", name, {}, opts)
        context = Context.of(name, opts)
        valid = arguments.validated("DeliveryApi", DeliveryApiArgs, args, validate, context)
        spec = resolve(valid)
        resource_tags = tags.merged(name, spec.tags)
        self._endpoints = frozenset(spec.targets)
        self._create_logs(name, spec)
        self._create_role(name, spec)
        self._create_function(name, spec)
        self.gateway = Gateway(
            name,
            spec,
            function=self.function,
            log_group=self.access_logs,
            resource_tags=resource_tags,
            parent=self,
        )
        api = self.gateway.api
        self.throttled_requests, metric = alarms.refused_requests(name, self.access_logs, self)
        self.alarms = alarms.create(
            name,
            spec,
            api_id=api.id,
            throttled=metric,
            resource_tags=resource_tags,
            parent=self,
        )
        """By what they watch: errors, latency, throttled."""

        self.url = (
            api.api_endpoint
            if spec.domain is None
            else pulumi.Output.from_input(f"https://{spec.domain['name']}")
        )
        self.api_id, self.function_name = api.id, self.function.name
        self.role_arn = self.role.arn
        self.invoke_arns = api.execution_arn.apply(_invoke_arns)
        self.domain_target = self._domain_target()
        self.register_outputs(
            {
                "url": self.url,
                "apiId": self.api_id,
                "invokeArns": self.invoke_arns,
                "functionName": self.function_name,
                "roleArn": self.role_arn,
                "domainTarget": self.domain_target,
            }
        )

    def grant_invoke(
        self,
        name: str,
        role: aws.iam.Role | pulumi.Input[str],
        *operations: str,
        endpoints: Sequence[str] = (),
    ) -> aws.iam.RolePolicy:
        """Allows a role to call operations: `read`, `train`, `register`, `approve`,
        `release`. The policy is named after the API and `name`; `role` is the role or
        its name. `endpoints` names those that it is about, such as a team's: then
        neither other endpoints nor datasets are read. Default: all."""
        wanted = [ApiOperation(operation) for operation in operations]
        unknown = sorted(set(endpoints) - self._endpoints)
        if unknown:
            raise ValueError(
                f"The API {self.pulumi_resource_name} has no endpoint {', '.join(unknown)}. "
                f"Endpoints: {', '.join(sorted(self._endpoints))}"
            )

        def document(execution_arn: str) -> str:
            resources = [
                arn
                for operation in wanted
                for arn in _route_arns(execution_arn, operation, endpoints)
            ]
            return iam.document_text([iam.allow("CallApi", ["execute-api:Invoke"], resources)])

        return aws.iam.RolePolicy(
            f"{self.pulumi_resource_name}-{name}-invoke",
            role=role.name if isinstance(role, aws.iam.Role) else role,
            policy=self.gateway.api.execution_arn.apply(document),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_logs(self, name: str, spec: DeliveryApiSpec) -> None:
        self.key, self._key_arn = event_function.create_key(
            name,
            spec,
            contents="Logs",
            services=["logs"],
            parent=self,
        )
        more: dict[str, Any] = {
            "retention_in_days": spec.log_retention_days,
            "kms_key_id": self._key_arn,
            "tags": tags.merged(name, spec.tags),
            "opts": pulumi.ResourceOptions(parent=self),
        }
        self.log_group = aws.cloudwatch.LogGroup(f"{name}-logs", **more)
        self.access_logs = aws.cloudwatch.LogGroup(
            f"{name}-access-logs", name_prefix=f"{LOG_FOLDER}{name}-", **more
        )

    def _create_role(self, name: str, spec: DeliveryApiSpec) -> None:
        self.role = function_role.create_role(
            name, spec, description=f"What the API {name} may do", parent=self
        )
        self._policies = RolePolicies(
            name,
            spec,
            role=self.role,
            served=self._served(spec),
            log_group=self.log_group,
            parent=self,
        )

    def _create_function(self, name: str, spec: DeliveryApiSpec) -> None:
        place = function_role.place(self)
        powertools = spec.powertools_layer_arn
        if powertools is None:
            powertools = pulumi.Output.all(*place[:2]).apply(lambda known: layer.arn(*known))
        self.function = event_function.create_plain_function(
            name,
            spec,
            description="Answers the API of models and their releases",
            handler=package.HANDLER,
            code=self._settings(spec, place[1]).apply(package.archive),
            memory_mb=spec.memory_mb,
            timeout_seconds=TIMEOUT_SECONDS,
            environment={VARIABLE: package.SETTINGS_FILE, "POWERTOOLS_SERVICE_NAME": name},
            log_group=self.log_group,
            policies=self._policies.all,
            role=self.role,
            parent=self,
            layers=[powertools],
            reserved_concurrent_executions=spec.reserved_concurrency,
        )

    def _served(self, spec: DeliveryApiSpec) -> dict[str, Any]:
        """Returns targets and pipelines as the engines read them."""
        name = self.pulumi_resource_name
        return {
            "targets": {
                each: release_targets.readable(f"{name}.{each}", target)
                for each, target in spec.targets.items()
            },
            "pipelines": {
                each: pulumi.Output.from_input(pipeline).apply(release_targets.plain)
                for each, pipeline in spec.pipelines.items()
            },
        }

    def _settings(
        self, spec: DeliveryApiSpec, region: pulumi.Output[str]
    ) -> pulumi.Output[ApiSettings]:
        needed = {**self._served(spec), "region": region, "bucket": spec.artifacts["bucket_name"]}
        return pulumi.Output.all(**needed).apply(
            lambda known: ApiSettings(
                region=known["region"],
                bucket=known["bucket"],
                authorization=IAM if spec.tokens is None else JWT,
                targets=known["targets"],
                pipelines=known["pipelines"],
                datasets=tuple(spec.datasets),
                callers=dict(spec.callers),
                scopes={} if spec.tokens is None else dict(spec.tokens.scopes),
            )
        )

    def _domain_target(self) -> pulumi.Output[str]:
        domain = self.gateway.domain
        if domain is None:
            return pulumi.Output.from_input("")
        return domain.domain_name_configuration.apply(
            lambda known: str(known.target_domain_name or "")
        )


def _invoke_arns(execution_arn: str) -> dict[str, list[str]]:
    """Returns the ARNs of each operation's routes."""
    return {
        operation.value: _route_arns(execution_arn, operation, ()) for operation in ApiOperation
    }


def _route_arns(execution_arn: str, operation: ApiOperation, endpoints: Sequence[str]) -> list[str]:
    """Returns the ARNs of an operation's routes: of these endpoints, or all if there
    are none."""
    routes = of_operations([operation])
    paths = [
        route.arn_path_of(endpoint)
        for route in routes
        if route.is_of_endpoint
        for endpoint in endpoints
    ]
    return [
        f"{execution_arn}/{STAGE}/{path}" for path in paths or (route.arn_path for route in routes)
    ]
