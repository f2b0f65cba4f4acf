"""CostGuard: budgets, and what may be stopped to keep to them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.cost_guard.component import billing, package, permissions
from groundplan.cost_guard.component.args import CostGuardArgs
from groundplan.cost_guard.component.spec import CostGuardSpec, resolve
from groundplan.cost_guard.component.validation import validate
from groundplan.eventbridge.queue_policy import create_queue_policy
from groundplan.lambda_functions import event_function, function_role
from groundplan.lambda_functions.alarms import create_alarms, errors, undelivered
from groundplan.lambda_functions.permissions import Place
from groundplan.lambda_functions.scheduled_function import (
    Access,
    Code,
    Schedule,
    create_scheduled_function,
)

RUNBOOK = "cost-guard.md"
MAX_AGE_SECONDS = 3600
"""An older event says nothing: the next run decides by what is then."""


class CostGuard(Component):
    """Budgets of an environment, its teams and models, with forecasts and anomaly
    detection; and a function that stops what may be stopped: at a ceiling, at a spent
    budget, at closing time, after the environment's last day.

    It stops nothing by default. What it does is announced, recorded in the bucket, and
    undone when its reason ends. Data is never touched.
    """

    topic_arn: pulumi.Output[str]
    """ARN of the topic that AWS Budgets and Cost Anomaly Detection publish to."""
    function_name: pulumi.Output[str]
    """Name of the function."""
    role_arn: pulumi.Output[str]
    """ARN of the function's role."""
    queue_url: pulumi.Output[str]
    """URL of the queue of events that were given up."""
    budget_names: pulumi.Output[dict[str, str]]
    """Scope (`environment`, `team:search`, `model:churn`) -> name of its budget."""

    def __init__(
        self, name: str, args: CostGuardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:CostGuard", name, {}, opts)
        context = Context.of(name, opts)
        valid = arguments.validated("CostGuard", CostGuardArgs, args, validate, context)
        spec = resolve(valid, context)
        resource_tags = tags.merged(name, spec.tags)

        self._create_stores(name, spec)
        self._create_topic(name, resource_tags)
        self._create_billing(name, spec)
        self._create_function(name, spec)
        self._create_topic_subscription(name)
        self.alarms = create_alarms(
            name,
            {
                "errors": errors(
                    f"A run of {name} ended with an error: something may run that should not.",
                    RUNBOOK,
                    self.function.name,
                ),
                "undelivered": undelivered(
                    f"A run of {name} was given up: its queue is not empty.",
                    RUNBOOK,
                    self.queue.name,
                ),
            },
            spec,
            self,
        )
        """By what they watch: errors, undelivered."""

        self.topic_arn, self.function_name = self.topic.arn, self.function.name
        self.role_arn, self.queue_url = self.role.arn, self.queue.url
        names = {scope: budget.name for scope, budget in self.budgets.items()}
        self.budget_names = pulumi.Output.all(**names)
        self.register_outputs(
            {
                "topicArn": self.topic_arn,
                "functionName": self.function_name,
                "roleArn": self.role_arn,
                "queueUrl": self.queue_url,
                "budgetNames": self.budget_names,
            }
        )

    def _create_stores(self, name: str, spec: CostGuardSpec) -> None:
        """Creates the key, the log group and the queue of events that failed."""
        self._stores = event_function.create_stores(
            name,
            spec,
            services=["logs", "budgets", "costalerts"],
            parent=self,
        )
        self.key, self.log_group = self._stores.key, self._stores.log_group
        self.queue = self._stores.queue
        self.queue_policy = create_queue_policy(name, self.queue, [], self)

    def _create_topic(self, name: str, resource_tags: tags.Tags) -> None:
        child = pulumi.ResourceOptions(parent=self)
        self.topic = aws.sns.Topic(
            f"{name}-topic", kms_master_key_id=self._stores.key_arn, tags=resource_tags, opts=child
        )
        account = iam.account_id(pulumi.InvokeOptions(parent=self))
        self.topic_policy = aws.sns.TopicPolicy(
            f"{name}-topic-policy",
            arn=self.topic.arn,
            policy=billing.topic_policy(self.topic.arn, account),
            opts=child,
        )

    def _create_billing(self, name: str, spec: CostGuardSpec) -> None:
        self.allocation_tags = billing.create_allocation_tags(name, spec, self)
        # The policy's ARN is the topic's, once AWS may publish to it.
        topic_arn = self.topic_policy.arn
        self.budgets = billing.create_budgets(name, spec, topic_arn, self)
        """By scope: environment, team:search, model:churn."""
        anomalies = billing.create_anomalies(name, spec, topic_arn, self)
        self.anomaly_monitor = anomalies[0] if anomalies else None
        self.anomaly_subscription = anomalies[1] if anomalies else None
        self.data_export = billing.create_export(name, spec, self)

    def _create_function(self, name: str, spec: CostGuardSpec) -> None:
        """Creates the function, its role and its schedule."""
        region = iam.region(pulumi.InvokeOptions(parent=self))
        code = pulumi.Output.all(self._settings(spec), region).apply(
            lambda known: package.archive(*known)
        )
        created = create_scheduled_function(
            name,
            spec,
            access=Access(
                f"What the cost guard {name} may stop",
                self._needed(spec),
                partial(_statements, spec),
            ),
            code=Code(
                "Stops what may be stopped to keep to the budget",
                package.HANDLER,
                code,
                spec.memory_mb,
                {package.VARIABLE: package.SETTINGS_FILE},
            ),
            schedule=Schedule(
                f"rate({spec.interval_minutes} minutes)", f"the cost guard {name}", MAX_AGE_SECONDS
            ),
            stores=self._stores,
            parent=self,
        )
        self.role, self.policy = created.role, created.policy
        self.function, self.failed_events = created.function, created.failed_events
        self.schedule, self.schedule_role = created.schedule, created.schedule_role
        self.schedule_policy = created.schedule_policy

    def _needed(self, spec: CostGuardSpec) -> Mapping[str, Any]:
        """Returns what the policy is written from."""
        return {
            "place": function_role.place(self),
            "bucket": [spec.bucket["bucket_arn"], spec.bucket["kms_key_arn"]],
            "topic": [spec.topic_arn, spec.topic_key_arn],
            "budgets": [budget.arn for budget in self.budgets.values()],
            "cluster": spec.cluster_name,
            "node_groups": list(spec.node_groups.values()),
            "endpoints": list(spec.endpoints.values()),
            "endpoint_keys": list(spec.endpoint_key_arns),
            "tags": dict(spec.tags),
        }

    def _settings(self, spec: CostGuardSpec) -> pulumi.Output[Mapping[str, Any]]:
        """Returns the settings of the function (`engine.settings.Settings`)."""
        percent = float(spec.stops["at_percent"])
        known: Mapping[str, Any] = {
            **spec.plain,
            "account_id": iam.account_id(pulumi.InvokeOptions(parent=self)),
            "bucket": spec.bucket["bucket_name"],
            "kms_key_arn": spec.bucket["kms_key_arn"],
            "topic_arn": spec.topic_arn or "",
            "tags": dict(spec.tags),
            "cluster": spec.cluster_name,
            "pools": dict(spec.node_groups),
            "endpoints": dict(spec.endpoints),
            "budgets": [
                {"budget": budget.name, "scope": scope, "percent": percent}
                for scope, budget in self.budgets.items()
            ],
        }
        return pulumi.Output.from_input(known)

    def _create_topic_subscription(self, name: str) -> None:
        """Creates what invokes the function beside its schedule: the topic."""
        child = pulumi.ResourceOptions(parent=self)
        self.topic_permission = aws.lambda_.Permission(
            f"{name}-topic-permission",
            action="lambda:InvokeFunction",
            function=self.function.name,
            principal="sns.amazonaws.com",
            source_arn=self.topic.arn,
            opts=child,
        )
        self.topic_subscription = aws.sns.TopicSubscription(
            f"{name}-topic-subscription",
            topic=self.topic.arn,
            protocol="lambda",
            endpoint=self.function.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.topic_permission]),
        )


def _statements(spec: CostGuardSpec, known: Mapping[str, Any]) -> list[iam.Statement]:
    place, dry_run = Place(*known["place"]), spec.dry_run
    return [
        *permissions.journal_statements(*known["bucket"], prefix=spec.journal_prefix),
        *permissions.topic_statements(*known["topic"]),
        *permissions.budget_statements(known["budgets"]),
        *permissions.pool_statements(
            place, known["cluster"], known["node_groups"], dry_run=dry_run
        ),
        *permissions.endpoint_statements(
            place, known["endpoints"], known["endpoint_keys"], dry_run=dry_run
        ),
        *permissions.job_statements(place, spec.stops, known["tags"], dry_run=dry_run),
        *permissions.studio_statements(place, spec.stops["studio_domains"], dry_run=dry_run),
        *permissions.idle_statements(place, idle=spec.stops["idle"]),
    ]
