"""The resource policy of a model package group: the access of other accounts."""

from collections.abc import Sequence
from typing import Any

import pulumi

from groundplan import iam
from groundplan.registry import model_packages
from groundplan.registry.model_registry.spec import Group

READ_GROUP = ("sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages")
READ_VERSIONS = ("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages")
"""SageMaker AI Developer Guide, "Deploy a Model Version from a Different Account";
ListModelPackages has the group as its resource (Service Authorization Reference), and
the guide lists it with the versions."""


def resource_policy(
    group: Group, group_arn: pulumi.Input[str], partition: pulumi.Input[str]
) -> pulumi.Output[str] | None:
    """Returns the group's resource policy; None if no other account has access."""
    statements: list[iam.Statement] = []
    versions = model_packages.all_versions(group_arn)
    if readers := _roots(group.read_accounts, partition):
        # CreateModel: a SageMaker model of the version, which an endpoint serves.
        actions = (*READ_VERSIONS, "sagemaker:CreateModel")
        statements += [
            _allow("ReadGroup", readers, READ_GROUP, group_arn),
            _allow("ReadVersions", readers, actions, versions),
        ]
    if writers := _roots(group.register_accounts, partition):
        registering = _allow("RegisterVersions", writers, model_packages.REGISTER, versions)
        describe = ("sagemaker:DescribeModelPackageGroup",)
        statements += [
            _allow("DescribeGroup", writers, describe, group_arn),
            {**registering, "Condition": model_packages.pending_approval()},
        ]
    return iam.document(statements) if statements else None


def _allow(
    sid: str, principals: Sequence[Any], actions: Sequence[str], resource: pulumi.Input[str]
) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": list(principals)},
        "Action": list(actions),
        "Resource": resource,
    }


def _roots(accounts: Sequence[str], partition: pulumi.Input[str]) -> list[pulumi.Output[str]]:
    return [
        pulumi.Output.format("arn:{0}:iam::{1}:root", partition, account)
        for account in sorted(set(accounts))
    ]
