"""What begins runs: new objects, publications of other datasets, and a schedule, each
with the queue of what was not delivered."""

from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.data.datasets import publications
from groundplan.data.pipeline.spec import DataPipelineSpec
from groundplan.eventbridge.queue_policy import create_queue_policy
from groundplan.eventbridge.rule_target import create_target
from groundplan.eventbridge.schedule import SCHEDULED_TIME, create_schedule
from groundplan.lambda_functions.event_function import Stores
from groundplan.state_machines.starter import create_starter

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
        self._parent = parent
        self._started: Any = {
            "machine": machine,
            "key_arn": stores.key_arn,
            "tags": resource_tags,
            "parent": parent,
        }
        self.rules = {
            role: aws.cloudwatch.EventRule(
                f"{spec.name}-{role}",
                description=f"Begins runs of {spec.name}",
                event_pattern=pattern,
                tags=resource_tags,
                opts=pulumi.ResourceOptions(parent=parent),
            )
            for role, pattern in self._patterns().items()
        }
        self.queue_policy = create_queue_policy(
            spec.name, stores.queue, list(self.rules.values()), parent
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

    def _create_targets(self) -> None:
        role, policy = create_starter(
            self._spec.name, "events", "events.amazonaws.com", **self._started
        )
        for name, rule in self.rules.items():
            create_target(
                f"{self._spec.name}-{name}",
                rule,
                self._machine.arn,
                role_arn=role.arn,
                max_age_seconds=MAX_AGE_SECONDS,
                queue=self._stores.queue,
                depends_on=[policy, self.queue_policy],
                parent=self._parent,
            )

    def _create_schedule(self, expression: str) -> None:
        name, queue = self._spec.name, self._stores.queue
        keep = iam.allow("KeepUndelivered", ["sqs:SendMessage"], [queue.arn])
        role, policy = create_starter(
            name, "schedule", "scheduler.amazonaws.com", further=[keep], **self._started
        )
        self.schedule = create_schedule(
            name,
            expression,
            self._machine.arn,
            description=f"Begins runs of {name}",
            event={"time": SCHEDULED_TIME},
            max_age_seconds=MAX_AGE_SECONDS,
            queue=queue,
            role=role,
            policy=policy,
            parent=self._parent,
        )
