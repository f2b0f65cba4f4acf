import json

import pulumi
import pytest
from groundplan.testing import deploy, policy
from groundplan.testing.deploy import Plan
from groundplan.training.karpenter.interruption import Interruption

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"

PATTERNS = {
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


@pytest.fixture(scope="module")
def plan() -> Plan:
    def program() -> None:
        parent = pulumi.ComponentResource("test:index:Parent", "parent")
        Interruption("training", resource_tags={"team": "ml"}, parent=parent)

    return deploy(program)


def test_the_queue_is_encrypted_and_forgets_old_warnings(plan: Plan) -> None:
    assert plan.one("aws:sqs/queue:Queue", "training-karpenter-queue").inputs == {
        "messageRetentionSeconds": 300,
        "sqsManagedSseEnabled": True,
        "tags": {"team": "ml"},
    }


@pytest.mark.parametrize("kind", PATTERNS)
def test_each_kind_of_warning_reaches_the_queue(plan: Plan, kind: str) -> None:
    rule = plan.one(RULE, f"training-karpenter-{kind}")
    target = plan.one(TARGET, f"training-karpenter-{kind}-target")

    assert json.loads(rule.inputs["eventPattern"]) == PATTERNS[kind]
    assert rule.inputs["tags"] == {"team": "ml"}
    assert target.inputs == {
        "rule": f"${{training-karpenter-{kind}.name}}",
        "arn": "${training-karpenter-queue.arn}",
        "targetId": "karpenter",
    }
    assert "training-karpenter-queue-policy" in plan.dependencies(target)


def test_there_are_no_other_rules(plan: Plan) -> None:
    assert set(plan.all(RULE)) == {f"training-karpenter-{kind}" for kind in PATTERNS}


def test_only_these_rules_send_to_the_queue_and_only_over_tls(plan: Plan) -> None:
    queue_policy = plan.one("aws:sqs/queuePolicy:QueuePolicy", "training-karpenter-queue-policy")

    assert queue_policy.inputs["queueUrl"] == "${training-karpenter-queue.url}"
    assert policy(queue_policy.inputs["policy"]) == {
        "SendEvents": {
            "Sid": "SendEvents",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "${training-karpenter-queue.arn}",
            "Condition": {
                "ArnEquals": {
                    "aws:SourceArn": [f"${{training-karpenter-{kind}.arn}}" for kind in PATTERNS]
                }
            },
        },
        "DenyInsecureTransport": {
            "Sid": "DenyInsecureTransport",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "sqs:*",
            "Resource": "${training-karpenter-queue.arn}",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    }
