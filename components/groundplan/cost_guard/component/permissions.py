"""What the function of a CostGuard may do: read what may be stopped, and stop that and
nothing else. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.iam import Statement, allow
from groundplan.lambda_functions.permissions import Place


def journal_statements(bucket_arn: str, key_arn: str, *, prefix: str) -> list[Statement]:
    """Returns what the journal needs: without the right to list, S3 does not say that
    an object is missing."""
    listed: dict[str, Any] = allow("ListJournal", ["s3:ListBucket"], [bucket_arn])
    listed["Condition"] = {"StringLike": {"s3:prefix": [f"{prefix}*"]}}
    return [
        allow("WriteJournal", ["s3:GetObject", "s3:PutObject"], [f"{bucket_arn}/{prefix}*"]),
        listed,
        allow("UseBucketKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
    ]


def topic_statements(topic_arn: str | None, key_arn: str | None) -> list[Statement]:
    """Returns what notifying people needs."""
    found: list[Statement] = []
    if topic_arn:
        found.append(allow("Notify", ["sns:Publish"], [topic_arn]))
    if key_arn:
        found.append(allow("UseTopicKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]))
    return found


def budget_statements(budget_arns: Sequence[str]) -> list[Statement]:
    """Returns what reading budgets needs."""
    return [allow("ReadBudgets", ["budgets:ViewBudget"], list(budget_arns))]


def pool_statements(
    place: Place, cluster: str, names: Sequence[str], *, dry_run: bool
) -> list[Statement]:
    """Returns what counting and stopping node groups needs."""
    if not names:
        return []
    groups = [place.arn("eks", f"nodegroup/{cluster}/{name}/*") for name in names]
    found: list[Statement] = [
        allow("ReadPools", ["eks:DescribeNodegroup"], groups),
        # EC2 has no resource-level permissions for it.
        allow("CountNodes", ["ec2:DescribeInstances"], ["*"]),
    ]
    if not dry_run:
        found.append(allow("StopPools", ["eks:UpdateNodegroupConfig"], groups))
    return found


def endpoint_statements(
    place: Place, names: Sequence[str], key_arns: Sequence[str], *, dry_run: bool
) -> list[Statement]:
    """Returns what stopping endpoints and starting them again needs."""
    if not names:
        return []
    # SageMaker's ARNs are of lower case.
    own = [place.arn("sagemaker", f"endpoint/{name.lower()}") for name in names]
    # Each rollout has a new one.
    configs = [place.arn("sagemaker", "endpoint-config/*")]
    found: list[Statement] = [
        allow("ReadEndpoints", ["sagemaker:DescribeEndpoint", "sagemaker:ListTags"], own),
        allow("ReadEndpointConfigs", ["sagemaker:DescribeEndpointConfig"], configs),
        # Application Auto Scaling has no resource-level permissions for it.
        allow("ReadScaling", ["application-autoscaling:DescribeScalableTargets"], ["*"]),
    ]
    if not dry_run:
        actions = ["sagemaker:AddTags", "sagemaker:DeleteEndpoint"]
        found += [
            allow("StopEndpoints", actions, own),
            allow("StartEndpoints", ["sagemaker:CreateEndpoint"], [*own, *configs]),
        ]
        if key_arns:
            grant = allow("EncryptVolumes", ["kms:CreateGrant"], key_arns)
            found.append({**grant, "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}})
            found.append(allow("ReadVolumeKeys", ["kms:DescribeKey"], key_arns))
    return found


def job_statements(
    place: Place, stops: Mapping[str, Any], tags: Mapping[str, str], *, dry_run: bool
) -> list[Statement]:
    """Returns what counting and stopping notebooks and training jobs needs: their names
    are known when AWS is asked only, and the environment's tags bound what stops."""
    found: list[Statement] = []
    for key, listing, described, stopping, resource in (
        (
            "notebooks",
            "ListNotebookInstances",
            [],
            "StopNotebookInstance",
            "notebook-instance/*",
        ),
        (
            "training_jobs",
            "ListTrainingJobs",
            ["sagemaker:DescribeTrainingJob"],
            "StopTrainingJob",
            "training-job/*",
        ),
    ):
        if not stops[key]:
            continue
        arns, what = [place.arn("sagemaker", resource)], key.replace("_", " ").title()
        what = what.replace(" ", "")
        found += [
            # SageMaker has no resource-level permissions for listing.
            allow(f"List{what}", [f"sagemaker:{listing}"], ["*"]),
            allow(f"Read{what}", [*described, "sagemaker:ListTags"], arns),
        ]
        if not dry_run:
            stopped = allow(f"Stop{what}", [f"sagemaker:{stopping}"], arns)
            condition = {f"aws:ResourceTag/{name}": value for name, value in tags.items()}
            found.append({**stopped, "Condition": {"StringEquals": condition}})
    return found


def studio_statements(place: Place, domains: Sequence[str], *, dry_run: bool) -> list[Statement]:
    """Returns what counting and stopping apps of Studio needs."""
    if not domains:
        return []
    # SageMaker has no resource-level permissions for listing.
    found: list[Statement] = [allow("ListApps", ["sagemaker:ListApps"], ["*"])]
    if not dry_run:
        apps = [place.arn("sagemaker", f"app/{domain}/*") for domain in domains]
        found.append(allow("StopApps", ["sagemaker:DeleteApp"], apps))
    return found


def idle_statements(place: Place, *, idle: bool) -> list[Statement]:
    """Returns what judging idle endpoints, notebooks, volumes and addresses needs."""
    if not idle:
        return []
    # None of these has resource-level permissions.
    metrics = [
        "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:DescribeScalingActivities",
        "cloudwatch:GetMetricData",
        "ec2:DescribeAddresses",
        "ec2:DescribeVolumes",
    ]
    logs = place.arn("logs", "log-group:/aws/sagemaker/NotebookInstances:*")
    return [
        allow("ReadUse", metrics, ["*"]),
        allow("ReadNotebookLogs", ["logs:DescribeLogStreams"], [logs]),
    ]
