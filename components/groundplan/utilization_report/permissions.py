"""What the function of a UtilizationReport may do: read, and write its reports.
Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.iam import Statement, allow
from groundplan.lambda_functions.permissions import Place

ANYWHERE = (
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingActivities",
    "cloudwatch:GetMetricData",
    "ec2:DescribeAddresses",
    "ec2:DescribeInstances",
    "ec2:DescribeNatGateways",
    "ec2:DescribeVolumes",
    "logs:DescribeLogGroups",
    "sagemaker:ListNotebookInstances",
    "tag:GetResources",
)
"""Actions that know no resource (Service Authorization Reference)."""


def read_statements(
    place: Place, endpoints: Sequence[str], cluster: str, *, cost_explorer: bool
) -> list[Statement]:
    """Returns what is read of resources. Wildcards are where AWS has no
    resource-level permissions, or where names are known only when it is asked."""
    found: list[Statement] = [
        allow("ReadUse", ANYWHERE, ["*"]),
        allow(
            "ReadFunctionsAndLogs",
            [
                "lambda:ListProvisionedConcurrencyConfigs",
                "logs:DescribeLogStreams",
                "logs:DescribeSubscriptionFilters",
            ],
            [place.arn("lambda", "function:*"), place.arn("logs", "log-group:*")],
        ),
        allow("ReadFileSystems", ["fsx:DescribeFileSystems"], [place.arn("fsx", "file-system/*")]),
        allow(
            "ReadNotebooks", ["sagemaker:ListTags"], [place.arn("sagemaker", "notebook-instance/*")]
        ),
    ]
    if endpoints:
        # SageMaker's ARNs are of lower case.
        named = [place.arn("sagemaker", f"endpoint/{name.lower()}") for name in endpoints]
        found += [
            allow("ReadEndpoints", ["sagemaker:DescribeEndpoint", "sagemaker:ListTags"], named),
            # Each rollout has a new one.
            allow(
                "ReadEndpointConfigs",
                ["sagemaker:DescribeEndpointConfig"],
                [place.arn("sagemaker", "endpoint-config/*")],
            ),
        ]
    if cluster:
        nodes = [place.arn("eks", f"cluster/{cluster}"), place.arn("eks", f"nodegroup/{cluster}/*")]
        found.append(
            allow("ReadNodeGroups", ["eks:DescribeNodegroup", "eks:ListNodegroups"], nodes)
        )
    if cost_explorer:
        # Cost Explorer knows no resource for it.
        found.append(allow("ReadCosts", ["ce:GetCostAndUsage"], ["*"]))
    return found


def write_statements(bucket_arn: str, key_arn: str, *, prefix: str) -> list[Statement]:
    """Returns what writing reports needs. Without the right to list, S3 does not say
    that an object is missing."""
    listed: dict[str, Any] = allow("ListReports", ["s3:ListBucket"], [bucket_arn])
    listed["Condition"] = {"StringLike": {"s3:prefix": [f"{prefix}*"]}}
    objects = [f"{bucket_arn}/{prefix}*"]
    return [
        allow("WriteReports", ["s3:GetObject", "s3:PutObject"], objects),
        listed,
        allow("ReadTags", ["s3:GetBucketTagging"], [bucket_arn]),
        allow("UseBucketKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
    ]


def source_statements(arns: Mapping[str, str | None]) -> list[Statement]:
    """Returns what the topic and the workspace need."""
    found: list[Statement] = []
    if arns["topic"]:
        found.append(allow("SendSummary", ["sns:Publish"], [arns["topic"]]))
    if arns["topic_key"]:
        found.append(
            allow("UseTopicKey", ["kms:Decrypt", "kms:GenerateDataKey"], [arns["topic_key"]])
        )
    if arns["workspace"]:
        found.append(allow("QueryMetrics", ["aps:QueryMetrics"], [arns["workspace"]]))
    return found
