"""Publishes to a topic when a version of a model is registered, approved or
rejected."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import tags

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
"""The input template, a JSON string; the <names> are the keys of `PATHS`."""


def notify(
    name: str,
    group_names: Sequence[str],
    topic_arn: pulumi.Input[str] | None,
    resource_tags: tags.Tags,
    parent: pulumi.Resource,
) -> aws.cloudwatch.EventRule | None:
    """Creates the rule, with the topic as its target; None without a topic."""
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
        tags=dict(resource_tags),
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
