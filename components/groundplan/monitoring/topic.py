"""The alarm topic: its policy, and the SageMaker events that are published to it."""

from collections.abc import Sequence
from typing import Any

import pulumi

from groundplan import iam

RUNBOOK = "serving-deployment.md"

# Amazon SageMaker AI Developer Guide, "Events that Amazon SageMaker AI sends to Amazon
# EventBridge". Which of the two an endpoint sends depends on how it is updated, and
# duplicates of an event are expected (same page).
DETAIL_TYPES = ("SageMaker Endpoint State Change", "SageMaker Endpoint Deployment State Change")

# The states of DescribeEndpoint in which an endpoint does not serve its current model,
# as events spell them: the guide's examples have IN_SERVICE and UPDATING where the API
# has InService and Updating.
FAILED_STATES = ("FAILED", "UPDATE_ROLLBACK_FAILED", "OUT_OF_SERVICE")
ROLLBACK_STATES = ("ROLLING_BACK",)


def policy(
    topic_arn: pulumi.Input[str],
    account_id: pulumi.Input[str],
    workspace_arn: pulumi.Input[str] | None = None,
) -> pulumi.Output[str]:
    """Returns the topic policy, which allows alarms, events and the alert manager of a
    workspace of Amazon Managed Service for Prometheus to publish."""
    statements: list[iam.Statement] = [
        {
            "Sid": "AllowAlarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
        },
        {
            # Without condition, which would never match: "You can't use Condition
            # blocks in Amazon SNS topic policies for EventBridge" (Amazon EventBridge
            # User Guide, "Using resource-based policies", Amazon SNS permissions).
            "Sid": "AllowEvents",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
        },
        iam.deny_insecure_transport("sns:Publish", topic_arn),
    ]
    if workspace_arn is not None:
        # Amazon Managed Service for Prometheus User Guide, "Giving Amazon Managed
        # Service for Prometheus permission to send alert messages to your Amazon SNS
        # topic".
        statements.append(
            {
                "Sid": "AllowAlertManager",
                "Effect": "Allow",
                "Principal": {"Service": "aps.amazonaws.com"},
                "Action": ["sns:Publish", "sns:GetTopicAttributes"],
                "Resource": topic_arn,
                "Condition": {
                    "ArnEquals": {"aws:SourceArn": workspace_arn},
                    "StringEquals": {"aws:SourceAccount": account_id},
                },
            }
        )
    return iam.document(statements)


def endpoint_events(
    endpoint_names: Sequence[pulumi.Input[str]], states: Sequence[str]
) -> pulumi.Output[str]:
    """Returns the event pattern of endpoints that get into one of these states."""
    pattern: dict[str, Any] = {
        "source": ["aws.sagemaker"],
        "detail-type": list(DETAIL_TYPES),
        "detail": {"EndpointName": list(endpoint_names), "EndpointStatus": list(states)},
    }
    return pulumi.Output.json_dumps(pattern, sort_keys=True)


EVENT_PATHS = {
    "endpoint": "$.detail.EndpointName",
    "status": "$.detail.EndpointStatus",
    "time": "$.time",
}

EVENT = "SageMaker endpoint <endpoint> is <status> (<time>)."
"""The message of such an event, with the names of `EVENT_PATHS`."""
