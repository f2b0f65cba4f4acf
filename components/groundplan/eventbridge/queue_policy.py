"""The policy of a queue of events that failed."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam


def create_queue_policy(
    name: str,
    queue: aws.sqs.Queue,
    rules: Sequence[aws.cloudwatch.EventRule],
    parent: pulumi.Resource,
) -> aws.sqs.QueuePolicy:
    """Creates the policy `<name>-queue-policy`: TLS only, and these rules of
    EventBridge send what they could not deliver (Amazon EventBridge User Guide, "Using
    dead-letter queues"). A rule gets its target after it: an event that can't be
    delivered needs the queue."""
    statements: list[iam.Statement] = [iam.deny_insecure_transport("sqs:*", queue.arn)]
    if rules:
        allowed: iam.Statement = {
            "Sid": "KeepUndeliveredEvents",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": [rule.arn for rule in rules]}},
        }
        statements.insert(0, allowed)
    return aws.sqs.QueuePolicy(
        f"{name}-queue-policy",
        queue_url=queue.url,
        policy=iam.document(statements),
        opts=pulumi.ResourceOptions(parent=parent),
    )
