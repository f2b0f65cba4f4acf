"""Notifies Karpenter of instances that are about to end: EventBridge rules, and the
SQS queue that it reads.

Source: aws/karpenter-provider-aws@1d927085 (v1.14.1),
website/content/en/v1.14/getting-started/getting-started-with-karpenter/
cloudformation.yaml; what of an event it looks at,
pkg/controllers/interruption/messages.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags

RETENTION_SECONDS = 300
"""A warning is of no use any more after a few minutes: spot instances end two minutes
after theirs."""

EVENTS: Mapping[str, Mapping[str, Any]] = {
    "spot-interruption": {
        "source": ["aws.ec2"],
        "detail-type": ["EC2 Spot Instance Interruption Warning"],
    },
    "rebalance": {"source": ["aws.ec2"], "detail-type": ["EC2 Instance Rebalance Recommendation"]},
    "instance-state-change": {
        "source": ["aws.ec2"],
        "detail-type": ["EC2 Instance State-change Notification"],
        "detail": {"state": ["stopping", "stopped", "shutting-down", "terminated"]},
    },
    "scheduled-change": {
        "source": ["aws.health"],
        "detail-type": ["AWS Health Event"],
        "detail": {"service": ["EC2"], "eventTypeCategory": ["scheduledChange"]},
    },
    "capacity-reservation-interruption": {
        "source": ["aws.ec2"],
        "detail-type": ["EC2 Capacity Reservation Instance Interruption Warning"],
    },
}
"""Rule -> the pattern of its events. They are of all instances in the account: which
are its own, Karpenter knows."""


class Interruption:
    """The queue, its policy, and a rule for each kind of event."""

    queue: aws.sqs.Queue
    queue_policy: aws.sqs.QueuePolicy
    rules: dict[str, aws.cloudwatch.EventRule]
    targets: dict[str, aws.cloudwatch.EventTarget]

    def __init__(self, name: str, *, resource_tags: tags.Tags, parent: pulumi.Resource) -> None:
        opts = pulumi.ResourceOptions(parent=parent)
        self.queue = aws.sqs.Queue(
            f"{name}-karpenter-queue",
            message_retention_seconds=RETENTION_SECONDS,
            # By a key of SQS' own: EventBridge can write to it without a permission on
            # a KMS key.
            sqs_managed_sse_enabled=True,
            tags=dict(resource_tags),
            opts=opts,
        )
        self.rules = {
            kind: aws.cloudwatch.EventRule(
                f"{name}-karpenter-{kind}",
                description=f"Tells Karpenter: {pattern['detail-type'][0]}",
                event_pattern=json.dumps(pattern, sort_keys=True),
                tags=dict(resource_tags),
                opts=opts,
            )
            for kind, pattern in EVENTS.items()
        }
        self.queue_policy = aws.sqs.QueuePolicy(
            f"{name}-karpenter-queue-policy",
            queue_url=self.queue.url,
            policy=iam.document(self._statements()),
            opts=opts,
        )
        self.targets = {
            kind: aws.cloudwatch.EventTarget(
                f"{name}-karpenter-{kind}-target",
                rule=rule.name,
                target_id="karpenter",
                arn=self.queue.arn,
                opts=pulumi.ResourceOptions(parent=parent, depends_on=[self.queue_policy]),
            )
            for kind, rule in self.rules.items()
        }

    def _statements(self) -> list[iam.Statement]:
        return [
            {
                "Sid": "SendEvents",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": self.queue.arn,
                "Condition": {
                    "ArnEquals": {"aws:SourceArn": [rule.arn for rule in self.rules.values()]}
                },
            },
            iam.deny_insecure_transport("sqs:*", self.queue.arn),
        ]

    @property
    def resources(self) -> Sequence[pulumi.Resource]:
        """What has to be there before Karpenter starts, and until it is gone."""
        return [self.queue, self.queue_policy, *self.rules.values(), *self.targets.values()]
