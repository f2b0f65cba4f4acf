"""The target of a rule of EventBridge."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

RETRIES = 10
"""EventBridge's attempts to reach a target, as long as the event is not too old."""


def create_target(
    name: str,
    rule: aws.cloudwatch.EventRule,
    arn: pulumi.Input[str],
    *,
    max_age_seconds: int,
    queue: aws.sqs.Queue,
    depends_on: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
    **more: Any,
) -> aws.cloudwatch.EventTarget:
    """Creates the target `<name>-target`. Events that do not reach it go to the queue.
    `depends_on`: what allows the rule to reach it and the queue. `more`: arguments of
    `aws.cloudwatch.EventTarget`."""
    return aws.cloudwatch.EventTarget(
        f"{name}-target",
        rule=rule.name,
        arn=arn,
        retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
            maximum_event_age_in_seconds=max_age_seconds, maximum_retry_attempts=RETRIES
        ),
        dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=queue.arn),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(depends_on)),
        **more,
    )
