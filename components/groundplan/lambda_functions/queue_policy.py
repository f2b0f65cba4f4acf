"""The policy of a queue of events that failed."""

from collections.abc import Sequence

import pulumi

from groundplan import iam


def document(
    queue_arn: pulumi.Input[str], rule_arns: Sequence[pulumi.Input[str]] = ()
) -> pulumi.Output[str]:
    """Returns the policy: TLS only, and these rules of EventBridge send what they could
    not deliver (Amazon EventBridge User Guide, "Using dead-letter queues")."""
    statements: list[iam.Statement] = [iam.deny_insecure_transport("sqs:*", queue_arn)]
    if rule_arns:
        allowed: iam.Statement = {
            "Sid": "KeepUndeliveredEvents",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": list(rule_arns)}},
        }
        statements.insert(0, allowed)
    return iam.document(statements)
