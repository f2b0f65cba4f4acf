"""What prompts the function: events of the targets' groups and endpoints, and a clock
for those that got lost."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import tags
from groundplan.lambda_functions import queue_policy
from groundplan.release.engine.events import ENDPOINT_EVENTS, PACKAGE_EVENT, group_name

# EventBridge delivers at least once, but not every service promises to send each event
# (Amazon EventBridge User Guide, "Events from AWS services", best-effort delivery). A
# release whose end event is missing would hold its lock for ever.
CLOCK = "rate(1 hour)"
MAX_AGE_SECONDS = 3600
"""After an hour the clock has looked anyway."""
RETRIES = 10


def patterns(targets: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The event patterns: of approvals, and of endpoints that change their state."""
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
        # Before the rules have a target: an event that can't be delivered would find no
        # queue.
        self.queue_policy = aws.sqs.QueuePolicy(
            f"{name}-queue-policy",
            queue_url=queue.url,
            policy=queue_policy.document(queue.arn, [rule.arn for rule in self.rules.values()]),
            opts=opts,
        )
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
            self.targets[role] = aws.cloudwatch.EventTarget(
                f"{name}-{role}-target",
                rule=rule.name,
                arn=function.arn,
                retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=MAX_AGE_SECONDS, maximum_retry_attempts=RETRIES
                ),
                dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=queue.arn),
                opts=pulumi.ResourceOptions(
                    parent=parent, depends_on=[self.permissions[role], self.queue_policy]
                ),
            )
