"""Tells a topic when a version of a model was registered, approved or rejected."""

import re
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import tags
from groundplan.problems import Problem

TOPIC = re.compile(r"arn:[^:]+:sns:[^:]+:\d{12}:[\w.-]+")

# SageMaker AI Developer Guide, "Events that Amazon SageMaker AI sends to Amazon
# EventBridge", model package state change.
DETAIL_TYPE = "SageMaker Model Package State Change"
STATES = ("Approved", "PendingManualApproval", "Rejected")

PATHS = {
    "group": "$.detail.ModelPackageGroupName",
    "version": "$.detail.ModelPackageVersion",
    "approval": "$.detail.ModelApprovalStatus",
    "time": "$.time",
}
MESSAGE = '"Model <group>, version <version>: <approval> (<time>)"'
"""JSON text; the <names> are those of `PATHS`."""


def problems(key: str, topic: object) -> list[Problem]:
    """What is wrong with the topic's ARN, where it is known."""
    if not isinstance(topic, str) or TOPIC.fullmatch(topic):
        return []
    return [
        Problem(
            key,
            topic,
            "the ARN of an SNS topic, arn:aws:sns:<region>:<account>:<name>",
            "give the topic's ARN",
        )
    ]


def notify(
    name: str,
    group_names: Sequence[str],
    topic_arn: pulumi.Input[str] | None,
    labels: tags.Tags,
    parent: pulumi.Resource,
) -> aws.cloudwatch.EventRule | None:
    """The rule, with the topic as its target; None without a topic."""
    if topic_arn is None:
        return None
    detail = {"ModelPackageGroupName": sorted(group_names), "ModelApprovalStatus": list(STATES)}
    rule = aws.cloudwatch.EventRule(
        f"{name}-approvals",
        description=f"Versions of {name} that were registered, approved or rejected",
        event_pattern=pulumi.Output.json_dumps(
            {"source": ["aws.sagemaker"], "detail-type": [DETAIL_TYPE], "detail": detail},
            sort_keys=True,
        ),
        tags=dict(labels),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.cloudwatch.EventTarget(
        f"{name}-approvals-topic",
        rule=rule.name,
        arn=topic_arn,
        input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
            input_paths=PATHS, input_template=MESSAGE
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return rule
