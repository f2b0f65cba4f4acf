"""What begins runs, and what wakes those that wait: rules of EventBridge and a
schedule, each with the queue for events that were not delivered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.eventbridge.queue_policy import create_queue_policy
from groundplan.eventbridge.rule_target import create_target
from groundplan.eventbridge.schedule import SCHEDULED_TIME, create_schedule
from groundplan.lambda_functions.event_function import Stores
from groundplan.lambda_functions.permissions import failed_event_statements
from groundplan.release.engine.events import PACKAGE_EVENT, group_name
from groundplan.retraining.component import event_patterns
from groundplan.retraining.component.spec import RetrainingPipelineSpec
from groundplan.retraining.engine.names import LOOK, Kind
from groundplan.state_machines.starter import create_starter

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
        self.queue_policy = create_queue_policy(
            spec.name, targets.stores.queue, list(self.rules.values()), parent
        )
        self.role, self.policy = self._create_starter("events", "events.amazonaws.com")
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

    def _create_starter(
        self, role: str, service: str, further: Sequence[iam.Statement] = ()
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        return create_starter(
            self._name,
            role,
            service,
            machine=self._targets.machine,
            key_arn=self._targets.stores.key_arn,
            tags=self._tags,
            parent=self._parent,
            further=further,
        )

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
        return create_target(
            f"{self._name}-{role}",
            rule,
            arn,
            max_age_seconds=MAX_AGE_SECONDS,
            queue=self._targets.stores.queue,
            depends_on=first,
            parent=self._parent,
            **settings,
        )

    def _create_schedule(self, expression: str) -> None:
        stores = self._targets.stores
        keep = failed_event_statements(stores.queue.arn, stores.key_arn)[:1]
        self.schedule_role, policy = self._create_starter(
            "schedule", "scheduler.amazonaws.com", keep
        )
        self.schedule = create_schedule(
            self._name,
            expression,
            self._targets.machine.arn,
            description=f"Runs of {self._name}",
            event={"kind": Kind.SCHEDULE.value, "time": SCHEDULED_TIME},
            max_age_seconds=MAX_AGE_SECONDS,
            queue=stores.queue,
            role=self.schedule_role,
            policy=policy,
            parent=self._parent,
        )
