"""What begins runs: new objects, publications of other datasets, and a schedule, each
with the queue of what was not delivered."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.data.datasets import publications
from groundplan.data.pipeline import permissions
from groundplan.data.pipeline.spec import DataPipelineSpec
from groundplan.lambda_functions import queue_policy
from groundplan.lambda_functions.event_function import Stores
from groundplan.lambda_functions.schedule import RETRIES, SCHEDULED_TIME

MAX_AGE_SECONDS = 21_600


class PipelineTriggering:
    """The rules, the schedule, and the roles that start executions."""

    def __init__(
        self,
        spec: DataPipelineSpec,
        *,
        machine: aws.sfn.StateMachine,
        stores: Stores,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._spec, self._machine, self._stores = spec, machine, stores
        self._tags, self._parent = resource_tags, parent
        self._child = pulumi.ResourceOptions(parent=parent)
        self.rules = {
            role: aws.cloudwatch.EventRule(
                f"{spec.name}-{role}",
                description=f"Begins runs of {spec.name}",
                event_pattern=pattern,
                tags=resource_tags,
                opts=self._child,
            )
            for role, pattern in self._patterns().items()
        }
        self.queue_policy = aws.sqs.QueuePolicy(
            f"{spec.name}-queue-policy",
            queue_url=stores.queue.url,
            policy=queue_policy.document(
                stores.queue.arn, [rule.arn for rule in self.rules.values()]
            ),
            opts=self._child,
        )
        if self.rules:
            self._create_targets()
        self.schedule: aws.scheduler.Schedule | None = None
        """None without one."""
        if spec.triggers.schedule_expression:
            self._create_schedule(spec.triggers.schedule_expression)

    def _patterns(self) -> dict[str, pulumi.Output[str]]:
        """Returns the event patterns by role."""
        spec, bucket = self._spec, self._spec.bucket["bucket_name"]
        found: dict[str, pulumi.Output[str]] = {}
        if spec.triggers.objects:
            keys = [{"prefix": folder} for folder in sorted(set(spec.inputs.values()))]
            found["objects"] = publications.created(bucket, keys)
        if spec.triggers.datasets:
            references = (reference.partition(":") for reference in spec.triggers.datasets)
            moved = [publications.key(dataset, tag) for dataset, _, tag in references]
            found["datasets"] = publications.created(bucket, sorted(set(moved)))
        return found

    def _create_role(self, role: str, service: str, **more: Any) -> Any:
        created = aws.iam.Role(
            f"{self._spec.name}-{role}-role",
            description=f"Starts runs of {self._spec.name}",
            assume_role_policy=iam.account_trust(
                service, pulumi.InvokeOptions(parent=self._parent)
            ),
            tags=self._tags,
            opts=self._child,
        )
        needed: Any = {"machine": self._machine.arn, "key": self._stores.key_arn, **more}

        def policy(known: Mapping[str, str]) -> str:
            return iam.document_text(permissions.start_statements(known))

        return created, aws.iam.RolePolicy(
            f"{self._spec.name}-{role}-policy",
            role=created.name,
            policy=pulumi.Output.all(**needed).apply(policy),
            opts=self._child,
        )

    def _create_targets(self) -> None:
        role, policy = self._create_role("events", "events.amazonaws.com")
        for name, rule in self.rules.items():
            aws.cloudwatch.EventTarget(
                f"{self._spec.name}-{name}-target",
                rule=rule.name,
                arn=self._machine.arn,
                role_arn=role.arn,
                retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=MAX_AGE_SECONDS, maximum_retry_attempts=RETRIES
                ),
                dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(
                    arn=self._stores.queue.arn
                ),
                opts=pulumi.ResourceOptions(
                    parent=self._parent, depends_on=[policy, self.queue_policy]
                ),
            )

    def _create_schedule(self, expression: str) -> None:
        queue = self._stores.queue
        role, policy = self._create_role("schedule", "scheduler.amazonaws.com", queue=queue.arn)
        self.schedule = aws.scheduler.Schedule(
            f"{self._spec.name}-schedule",
            description=f"Begins runs of {self._spec.name}",
            schedule_expression=expression,
            schedule_expression_timezone="UTC",
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=aws.scheduler.ScheduleTargetArgs(
                arn=self._machine.arn,
                role_arn=role.arn,
                input=json.dumps({"time": SCHEDULED_TIME}),
                retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=MAX_AGE_SECONDS, maximum_retry_attempts=RETRIES
                ),
                dead_letter_config=aws.scheduler.ScheduleTargetDeadLetterConfigArgs(arn=queue.arn),
            ),
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=[policy]),
        )
