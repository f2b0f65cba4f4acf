"""Deploys a manifest: each resource becomes what it is in the account in memory.

Types that no call of a rehearsal reaches, such as subnets and dashboards, have names
and IDs only: `UNREACHED`. A type that is neither there nor here stops the deployment:
nothing is left out without a word.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource
from groundplan.retraining.engine.settings import EXPORTED

from rehearsal.account import api_deployment, api_file, delivered_logs
from rehearsal.account.account import Account
from rehearsal.account.api_spelling import spelled, training_request
from rehearsal.account.events import Rule, Target, seconds
from rehearsal.account.functions import Function, LogFilter
from rehearsal.account.names import ACCOUNT, Names
from rehearsal.expectations import NotRehearsed
from rehearsal.life.pipelines import passed_roles, provider_needs
from rehearsal.permissions.guard import Principal, acting, person
from rehearsal.permissions.policies import Need
from rehearsal.stack import ROOT

UNREACHED = (
    "appautoscaling.",
    "ec2.",
    "ecr.LifecyclePolicy",
    "vpc.",
    "cloudwatch.Dashboard",
    "kms.Alias",
    "s3.BucketLifecycleConfiguration",
    "s3.BucketLogging",
    "s3.BucketOwnershipControls",
    "sns.TopicSubscription",
)
POLICIES = (
    "ecr.RepositoryPolicy",
    "iam.Role",
    "iam.Policy",
    "iam.RolePolicy",
    "iam.RolePolicyAttachment",
    "kms.Key",
    "lambda.Permission",
    "s3.BucketPolicy",
    "sns.TopicPolicy",
    "sqs.QueuePolicy",
)
"""Types that `policies` reads."""
DEPLOYER = person("ci", "deploy")


class Deployment:
    """A manifest on its way into an account."""

    def __init__(
        self,
        manifest: Manifest,
        names: Names,
        account: Account,
        by: Principal = DEPLOYER,
        files: Mapping[str, str] | None = None,
    ) -> None:
        """`files`: what components pack beside code, where the plan does not export the
        same."""
        self._files = files or {}
        self.manifest, self.names, self.account, self.by = manifest, names, account, by
        self._schedules: dict[str, tuple[int, Rule]] = {}

    def run(self) -> int:
        """Deploys everything, in the order of `_ORDER`; returns how many resources."""
        custom = [r for r in self.manifest if r.custom and not r.type.startswith("pulumi:")]
        known = (*_ORDER, *POLICIES)
        for resource in custom:
            key = catalog.key(resource.type)
            if key not in known and not key.startswith(UNREACHED):
                raise NotRehearsed(f"{resource.name}: {key} is not rehearsed")
            if key == "ec2.Subnet":
                subnet = self.names.value(f"${{{resource.name}.id}}")
                self.account.subnets[subnet] = self.names.value(resource.inputs["vpcId"])
        with acting(self.by):
            self.account.guard.require(*provider_needs(self.manifest, self.names))
            self.account.guard.require(*passed_roles(self.manifest, self.names))
            for key, create in _ORDER.items():
                for resource in custom:
                    if catalog.key(resource.type) == key:
                        inputs = self.names.value(resource.inputs)
                        create(self, resource, inputs)
        for interval, rule in self._schedules.values():
            self._repeat(interval, rule)
        return len(custom)

    def _repeat(self, interval: int, rule: Rule) -> None:
        account = self.account

        def fire() -> None:
            event = {
                "id": f"{rule.name}-{account.clock.now.isoformat()}",
                "source": "aws.events",
                "detail-type": "Scheduled Event",
                "time": account.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "detail": {},
            }
            account.bus.fire(rule, event)

        account.clock.every(interval, fire)

    # One method for each type.

    def bucket(self, resource: Resource, _inputs: Mapping[str, Any]) -> None:
        place = {"LocationConstraint": self.names.region}
        self._client("s3").create_bucket(
            Bucket=self.names.name(resource), CreateBucketConfiguration=place
        )

    def versioning(self, _resource: Resource, inputs: Mapping[str, Any]) -> None:
        status = {"Status": inputs["versioningConfiguration"]["status"]}
        self._client("s3").put_bucket_versioning(
            Bucket=inputs["bucket"], VersioningConfiguration=status
        )

    def encryption(self, _resource: Resource, inputs: Mapping[str, Any]) -> None:
        rules = []
        for rule in inputs["rules"]:
            default = rule["applyServerSideEncryptionByDefault"]
            key = default.get("kmsMasterKeyId")
            if key:
                self._keys().buckets[inputs["bucket"]] = key
            found = {"SSEAlgorithm": default["sseAlgorithm"], "KMSMasterKeyID": key}
            applied = {name: value for name, value in found.items() if value}
            rules.append({"ApplyServerSideEncryptionByDefault": applied})
        self._client("s3").put_bucket_encryption(
            Bucket=inputs["bucket"], ServerSideEncryptionConfiguration={"Rules": rules}
        )

    def public_access(self, _resource: Resource, inputs: Mapping[str, Any]) -> None:
        ways = {key: value for key, value in inputs.items() if key != "bucket"}
        self._client("s3").put_public_access_block(
            Bucket=inputs["bucket"], PublicAccessBlockConfiguration=spelled(ways)
        )

    def repository(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        self._client("ecr").create_repository(
            repositoryName=self.names.name(resource),
            imageTagMutability=inputs["imageTagMutability"],
        )

    def notification(self, _resource: Resource, inputs: Mapping[str, Any]) -> None:
        if inputs.get("eventbridge"):
            self.account.notifying_buckets.add(inputs["bucket"])

    def topic(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        self._client("sns").create_topic(Name=self.names.name(resource))
        if inputs.get("kmsMasterKeyId"):
            self._keys().others[self.names.arn(resource)] = self._key(inputs["kmsMasterKeyId"])

    def queue(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        self._client("sqs").create_queue(QueueName=self.names.name(resource))
        if inputs.get("kmsMasterKeyId"):
            self._keys().others[self.names.arn(resource)] = self._key(inputs["kmsMasterKeyId"])

    def log_group(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        context = {"kms:EncryptionContext:aws:logs:arn": self.names.arn(resource)}
        logs = Principal(f"logs.{self.names.region}.amazonaws.com")
        if key := inputs.get("kmsKeyId"):
            need = Need("kms:GenerateDataKey", key, context)
            self.account.guard.require(need, principal=logs)

    def alarm(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        inputs = {**inputs, "name": self.names.name(resource)}
        self.account.metrics.add(inputs, self.names.arn(resource))

    def log_filter(self, _resource: Resource, inputs: Mapping[str, Any]) -> None:
        metric = inputs["metricTransformation"]
        found = LogFilter(
            inputs["logGroupName"],
            inputs["pattern"],
            metric["namespace"],
            metric["name"],
            float(metric["value"]),
        )
        self.account.filters.append(found)

    def function(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        archive = inputs["code"]["archive"]
        arn = self.names.arn(resource)
        self.account.functions[arn] = Function(
            self.names.name(resource),
            arn,
            inputs["role"],
            inputs["handler"],
            inputs.get("environment", {}).get("variables", {}),
            {name: self._text(resource, name) for name in archive if name.endswith(".json")},
            frozenset(archive),
            inputs["loggingConfig"]["logGroup"],
        )

    def invoke_config(self, _resource: Resource, inputs: Mapping[str, Any]) -> None:
        arn = f"arn:aws:lambda:{self.names.region}:{ACCOUNT}:function:{inputs['functionName']}"
        function = self.account.functions[arn]
        function.retries = int(inputs["maximumRetryAttempts"])
        target = inputs.get("destinationConfig", {}).get("onFailure", {})
        function.queue_arn = target.get("destination", "")

    def machine(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        self._client("stepfunctions").create_state_machine(
            name=self.names.name(resource),
            definition=inputs["definition"],
            roleArn=inputs["roleArn"],
        )
        if key := inputs.get("encryptionConfiguration", {}).get("kmsKeyId"):
            self._keys().others[self.names.arn(resource)] = key
        delivered_logs.of_machine(self.account, inputs)

    def flow_log(self, _resource: Resource, inputs: Mapping[str, Any]) -> None:
        delivered_logs.of_network(self.account, inputs)

    def rule(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        pattern = json.loads(inputs["eventPattern"]) if "eventPattern" in inputs else None
        rule = Rule(self.names.name(resource), self.names.arn(resource), pattern)
        self.account.bus.rules.append(rule)
        if "scheduleExpression" in inputs:
            self._schedules[rule.name] = seconds(inputs["scheduleExpression"]), rule

    def target(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        rules = [rule for rule in self.account.bus.rules if rule.name == inputs["rule"]]
        if not rules:
            raise NotRehearsed(f"{resource.name}: there is no rule {inputs['rule']}")
        rules[0].targets.append(_target(inputs))

    def schedule(self, _resource: Resource, inputs: Mapping[str, Any]) -> None:
        target, account = inputs["target"], self.account
        account.schedules.append(target)

        def call() -> None:
            now = account.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
            text = target.get("input", "{}").replace("<aws.scheduler.scheduled-time>", now)
            role = account.guard.require_assumed(target["roleArn"], "scheduler.amazonaws.com")
            with acting(role):
                account.require_invoke(target["arn"])
            account.invoke_later(target["arn"], json.loads(text))

        account.clock.every(seconds(inputs["scheduleExpression"]), call)

    def group(self, resource: Resource, _inputs: Mapping[str, Any]) -> None:
        self.account.sagemaker.groups.add(self.names.name(resource))

    def model(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        self._client("sagemaker").create_model(
            ModelName=self.names.name(resource),
            PrimaryContainer={"Image": inputs["primaryContainer"]["image"]},
            ExecutionRoleArn=inputs["executionRoleArn"],
            EnableNetworkIsolation=inputs.get("enableNetworkIsolation", False),
        )

    def configuration(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        self._client("sagemaker").create_endpoint_config(
            EndpointConfigName=self.names.name(resource),
            ProductionVariants=[spelled(variant) for variant in inputs["productionVariants"]],
        )

    def endpoint(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        name = self.names.name(resource)
        self.account.endpoints.create(name, inputs["endpointConfigName"])

    def object(self, _resource: Resource, inputs: Mapping[str, Any]) -> None:
        # Of an archive, the manifest has the paths: they are what the object has.
        archive = inputs.get("source", {}).get("archive", {})
        self._client("s3").put_object(
            Bucket=inputs["bucket"],
            Key=inputs["key"],
            Body=inputs.get("content", "\n".join(archive)).encode(),
            ServerSideEncryption=inputs.get("serverSideEncryption", "aws:kms"),
            SSEKMSKeyId=inputs["kmsKeyId"],
        )

    def glue_encryption(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        name = self.names.name(resource)
        self.account.glue.encryption[name] = inputs["encryptionConfiguration"]

    def glue_connection(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        name = self.names.name(resource)
        self.account.glue.networks[name] = inputs["physicalConnectionRequirements"]

    def glue_job(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        self.account.glue.jobs[self.names.name(resource)] = inputs

    def mlflow_app(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        self.account.tracking.create(
            self.names.arn(resource), inputs["artifactStoreUri"], inputs["roleArn"]
        )

    def training_job(self, _resource: Resource, inputs: Mapping[str, Any]) -> None:
        self._client("sagemaker").create_training_job(**training_request(inputs))

    # What they share.

    def _client(self, service: str) -> Any:
        return self.account.client(service)

    def _keys(self) -> Any:
        return self.account.keys

    def _key(self, named: str) -> str:
        """A key's ARN, by its ARN or its ID."""
        base = f"arn:aws:kms:{self.names.region}:{ACCOUNT}:key/"
        return named if named.startswith("arn:") else f"{base}{named}"

    def _text(self, function: Resource, name: str) -> str:
        """The text of a file that a component packs beside a function's code. The
        manifest has its digest only; the component exports the same as an output."""
        if name in self._files:
            return self._files[name]
        if name == api_file.FILE:
            environment = ROOT / f"Pulumi.{self.manifest.stack}.yaml"
            return str(self.names.value(api_file.text(self.manifest, function, environment)))
        parent = self.manifest.by_urn[str(function.parent)]
        for output in _FILES.get(name, ()):
            if output in parent.outputs:
                found = self.names.value(parent.outputs[output])
                return json.dumps({k: v for k, v in found.items() if k not in EXPORTED})
        raise NotRehearsed(f"{function.name}: the content of {name} is not exported")


_FILES = {"targets.json": ("releaseTargets",), "retraining.json": ("settings",)}
"""File of an archive -> the output of the component that has the same."""


def _target(inputs: Mapping[str, Any]) -> Target:
    return Target(
        inputs["arn"],
        inputs.get("roleArn", ""),
        json.loads(inputs["input"]) if "input" in inputs else None,
        inputs.get("inputTransformer", {}),
        int(inputs.get("retryPolicy", {}).get("maximumRetryAttempts", 0)),
        inputs.get("deadLetterConfig", {}).get("arn", ""),
    )


_ORDER: dict[str, Callable[[Deployment, Resource, Mapping[str, Any]], None]] = {
    "s3.Bucket": Deployment.bucket,
    "s3.BucketVersioning": Deployment.versioning,
    "s3.BucketServerSideEncryptionConfiguration": Deployment.encryption,
    "s3.BucketPublicAccessBlock": Deployment.public_access,
    "s3.BucketNotification": Deployment.notification,
    "ecr.Repository": Deployment.repository,
    "sns.Topic": Deployment.topic,
    "sqs.Queue": Deployment.queue,
    "cloudwatch.MetricAlarm": Deployment.alarm,
    "cloudwatch.LogGroup": Deployment.log_group,
    "cloudwatch.LogMetricFilter": Deployment.log_filter,
    "lambda.Function": Deployment.function,
    "lambda.FunctionEventInvokeConfig": Deployment.invoke_config,
    "apigatewayv2.Api": api_deployment.api,
    "apigatewayv2.Integration": api_deployment.integration,
    "apigatewayv2.Authorizer": api_deployment.authorizer,
    "apigatewayv2.Route": api_deployment.route,
    "apigatewayv2.Stage": api_deployment.stage,
    "glue.SecurityConfiguration": Deployment.glue_encryption,
    "glue.Connection": Deployment.glue_connection,
    "glue.Job": Deployment.glue_job,
    "ec2.FlowLog": Deployment.flow_log,
    "sfn.StateMachine": Deployment.machine,
    "cloudwatch.EventRule": Deployment.rule,
    "cloudwatch.EventTarget": Deployment.target,
    "scheduler.Schedule": Deployment.schedule,
    "sagemaker.ModelPackageGroup": Deployment.group,
    "sagemaker.MlflowApp": Deployment.mlflow_app,
    "sagemaker.Model": Deployment.model,
    "sagemaker.EndpointConfiguration": Deployment.configuration,
    "sagemaker.Endpoint": Deployment.endpoint,
    "s3.BucketObjectv2": Deployment.object,
    "sagemaker.TrainingJob": Deployment.training_job,
}
"""Type -> what creates it, in the order of their creation."""
