"""What prompts the function: events of the targets' groups and endpoints, and a clock
for those that got lost."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import tags
from groundplan.eventbridge.queue_policy import create_queue_policy
from groundplan.eventbridge.rule_target import create_target
from groundplan.release.engine.events import ENDPOINT_EVENTS, PACKAGE_EVENT, group_name

# EventBridge delivers at least once, but not every service promises to send each event
# (Amazon EventBridge User Guide, "Events from AWS services", best-effort delivery). A
# release whose end event is missing would hold its lock for ever.
CLOCK = "rate(1 hour)"
MAX_AGE_SECONDS = 3600
"""After an hour the clock has looked anyway."""


def patterns(targets: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Returns the event patterns: of approvals, and of endpoints that change their
    state."""
    groups = sorted({group_name(target["model_package_group"]) for target in targets.values()})
    endpoints = sorted({target["endpoint"] for target in targets.values()})
    return {
        "approvals": _pattern(
            [PACKAGE_EVENT], {"ModelPackageGroupName": groups, "ModelApprovalStatus": ["Approved"]}
        ),
        "endpoints": _pattern(list(ENDPOINT_EVENTS), {"EndpointName": endpoints}),
    }


def _pattern(kinds: list[str], detail: Mapping[str, Any]) -> str:
    return json.dumps(
        {"source": ["aws.sagemaker"], "detail-type": kinds, "detail": detail}, sort_keys=True
    )


class Triggers:
    """The rules, each with the function as its target, and what lets it call the
    function."""

    def __init__(
        self,
        name: str,
        targets: pulumi.Output[Mapping[str, Any]],
        function: aws.lambda_.Function,
        queue: aws.sqs.Queue,
        labels: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        rules = targets.apply(patterns)
        opts = pulumi.ResourceOptions(parent=parent)
        self.rules = {
            "approvals": aws.cloudwatch.EventRule(
                f"{name}-approvals",
                description=f"Versions that were approved, for {name} to release",
                event_pattern=rules.apply(lambda known: known["approvals"]),
                tags=labels,
                opts=opts,
            ),
            "endpoints": aws.cloudwatch.EventRule(
                f"{name}-endpoints",
                description=f"Endpoints that changed their state, for {name} to end a release",
                event_pattern=rules.apply(lambda known: known["endpoints"]),
                tags=labels,
                opts=opts,
            ),
            "clock": aws.cloudwatch.EventRule(
                f"{name}-clock",
                description=f"A look of {name} at releases whose events got lost",
                schedule_expression=CLOCK,
                tags=labels,
                opts=opts,
            ),
        }
        self.queue_policy = create_queue_policy(name, queue, list(self.rules.values()), parent)
        self.permissions, self.targets = {}, {}
        for role, rule in self.rules.items():
            self.permissions[role] = aws.lambda_.Permission(
                f"{name}-{role}-permission",
                action="lambda:InvokeFunction",
                function=function.name,
                principal="events.amazonaws.com",
                source_arn=rule.arn,
                opts=opts,
            )
            self.targets[role] = create_target(
                f"{name}-{role}",
                rule,
                function.arn,
                max_age_seconds=MAX_AGE_SECONDS,
                queue=queue,
                depends_on=[self.permissions[role], self.queue_policy],
                parent=parent,
            )
