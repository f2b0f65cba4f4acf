"""What begins runs, and what wakes those that wait: rules of EventBridge and a
schedule, each with the queue for events that were not delivered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.lambda_functions import queue_policy
from groundplan.lambda_functions.event_function import Stores
from groundplan.lambda_functions.permissions import failed_event_statements
from groundplan.lambda_functions.schedule import RETRIES, SCHEDULED_TIME
from groundplan.release.engine.events import PACKAGE_EVENT, group_name
from groundplan.retraining.component import event_patterns
from groundplan.retraining.component.spec import RetrainingPipelineSpec
from groundplan.retraining.engine.names import LOOK, Kind

CLOCK = "rate(1 hour)"
"""How often the pipeline looks at triggers that wait, and at runs whose execution
stopped. EventBridge delivers at least once, but not every service promises to send each
event (Amazon EventBridge User Guide, "Events from AWS services")."""
MAX_AGE_SECONDS = 21_600


@dataclass(frozen=True)
class Targets:
    """What events reach."""

    machine: aws.sfn.StateMachine
    function: aws.lambda_.Function
    stores: Stores


class Triggers:
    """The rules and the schedule, with the role that starts executions."""

    def __init__(
        self,
        spec: RetrainingPipelineSpec,
        targets: Targets,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._targets = spec.name, targets
        self._tags, self._parent = resource_tags, parent
        self._child = pulumi.ResourceOptions(parent=parent)
        self.rules = self._create_rules(spec)
        # Before the rules have a target: an event that can't be delivered would find no
        # queue.
        self.queue_policy = aws.sqs.QueuePolicy(
            f"{spec.name}-queue-policy",
            queue_url=targets.stores.queue.url,
            policy=queue_policy.document(
                targets.stores.queue.arn, [rule.arn for rule in self.rules.values()]
            ),
            opts=self._child,
        )
        self.role, self.policy = self._create_role("events", "events.amazonaws.com", {})
        self.permission = aws.lambda_.Permission(
            f"{spec.name}-decisions-permission",
            action="lambda:InvokeFunction",
            function=targets.function.name,
            principal="events.amazonaws.com",
            source_arn=self.rules["decisions"].arn,
            opts=self._child,
        )
        self.targets = {role: self._create_target(role, rule) for role, rule in self.rules.items()}
        self.schedule_role: aws.iam.Role | None = None
        self.schedule: aws.scheduler.Schedule | None = None
        """The schedule of runs; None without one."""
        if spec.triggers.schedule_expression:
            self._create_schedule(spec.triggers.schedule_expression)

    def _create_rules(self, spec: RetrainingPipelineSpec) -> dict[str, aws.cloudwatch.EventRule]:
        """Creates the rules by role: those of the registry's decisions and the clock,
        and those of the triggers."""
        known = pulumi.Output.from_input(spec.release_target)
        group = known.apply(lambda target: group_name(target["model_package_group"]))
        rules = {
            "decisions": self._rule(
                "decisions",
                f"Decisions on versions that {spec.name} registered",
                event_pattern=group.apply(
                    lambda name: event_patterns.decisions(PACKAGE_EVENT, name)
                ),
            ),
            "clock": self._rule(
                "clock",
                f"A look of {spec.name} at triggers that wait and runs that stopped",
                schedule_expression=CLOCK,
            ),
        }
        if spec.monitor is not None and (spec.triggers.drift or spec.triggers.quality):
            monitor = pulumi.Output.from_input(spec.monitor)
            chosen = spec.triggers
            rules["checks"] = self._rule(
                "checks",
                f"Checks that begin runs of {spec.name}",
                event_pattern=monitor.apply(
                    lambda name: event_patterns.checks(
                        name, drift=chosen.drift, quality=chosen.quality
                    )
                ),
            )
        if spec.triggers.dataset:
            bucket = pulumi.Output.from_input(spec.artifacts["bucket_name"])
            rules["dataset"] = self._rule(
                "dataset",
                f"New versions of {spec.dataset}, for {spec.name} to train on",
                event_pattern=bucket.apply(
                    lambda name: event_patterns.tag_moves(name, spec.dataset)
                ),
            )
        return rules

    def _rule(self, role: str, description: str, **settings: Any) -> aws.cloudwatch.EventRule:
        return aws.cloudwatch.EventRule(
            f"{self._name}-{role}",
            description=description,
            tags=self._tags,
            opts=self._child,
            **settings,
        )

    def _create_role(
        self, role: str, service: str, more: Mapping[str, Any]
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """Creates a role that starts executions. `more`: a further statement's ARNs."""
        created = aws.iam.Role(
            f"{self._name}-{role}-role",
            description=f"Starts runs of {self._name}",
            assume_role_policy=iam.account_trust(
                service, pulumi.InvokeOptions(parent=self._parent)
            ),
            tags=self._tags,
            opts=self._child,
        )
        needed: Any = {
            "machine": self._targets.machine.arn,
            "key": self._targets.stores.key_arn,
            **more,
        }
        policy = aws.iam.RolePolicy(
            f"{self._name}-{role}-policy",
            role=created.name,
            policy=pulumi.Output.all(**needed).apply(_start_policy),
            opts=self._child,
        )
        return created, policy

    def _create_target(
        self, role: str, rule: aws.cloudwatch.EventRule
    ) -> aws.cloudwatch.EventTarget:
        """Creates the target of a rule: the function, which wakes runs that wait for a
        decision, or the state machine, which begins them."""
        settings: dict[str, Any] = {}
        if role == "decisions":
            arn, first = self._targets.function.arn, [self.permission, self.queue_policy]
        else:
            arn, first = self._targets.machine.arn, [self.policy, self.queue_policy]
            settings["role_arn"] = self.role.arn
        if role == "clock":
            settings["input"] = json.dumps({"kind": LOOK})
        return aws.cloudwatch.EventTarget(
            f"{self._name}-{role}-target",
            rule=rule.name,
            arn=arn,
            retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=MAX_AGE_SECONDS, maximum_retry_attempts=RETRIES
            ),
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(
                arn=self._targets.stores.queue.arn
            ),
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=first),
            **settings,
        )

    def _create_schedule(self, expression: str) -> None:
        queue = self._targets.stores.queue
        self.schedule_role, policy = self._create_role(
            "schedule", "scheduler.amazonaws.com", {"queue": queue.arn}
        )
        self.schedule = aws.scheduler.Schedule(
            f"{self._name}-schedule",
            description=f"Runs of {self._name}",
            schedule_expression=expression,
            schedule_expression_timezone="UTC",
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=aws.scheduler.ScheduleTargetArgs(
                arn=self._targets.machine.arn,
                role_arn=self.schedule_role.arn,
                input=json.dumps({"kind": Kind.SCHEDULE.value, "time": SCHEDULED_TIME}),
                retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=MAX_AGE_SECONDS, maximum_retry_attempts=RETRIES
                ),
                dead_letter_config=aws.scheduler.ScheduleTargetDeadLetterConfigArgs(arn=queue.arn),
            ),
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=[policy]),
        )


def _start_policy(known: Mapping[str, str]) -> str:
    statements: list[iam.Statement] = [
        iam.allow("StartRuns", ["states:StartExecution"], [known["machine"]]),
        # Who starts an execution of an encrypted state machine uses its key (Step
        # Functions Developer Guide, "Data at rest encryption").
        iam.allow("EncryptRuns", ["kms:Decrypt", "kms:GenerateDataKey"], [known["key"]]),
    ]
    if "queue" in known:
        statements += failed_event_statements(known["queue"], known["key"])[:1]
    return iam.document_text(statements)
