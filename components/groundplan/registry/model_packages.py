"""Permissions on model package groups and their versions, for the model registry and
for experiment tracking."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from groundplan import iam

PENDING = "PendingManualApproval"

REGISTER = ("sagemaker:CreateModelPackage",)
"""SageMaker AI Developer Guide, "Register a Model Version from a Different Account"."""


def versions_arn(group_arn: str) -> str:
    """Returns the ARN pattern of all versions of a group."""
    return f"{group_arn.replace(':model-package-group/', ':model-package/', 1)}/*"


def all_versions(group_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """Returns the same for an ARN that may be an output."""
    known: pulumi.Output[str] = pulumi.Output.from_input(group_arn)
    return known.apply(versions_arn)


def pending_approval() -> dict[str, Any]:
    """Returns the condition that a version is registered for approval, and not
    approved; without a status it is pending (CreateModelPackage)."""
    return {"StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": PENDING}}


def approves_or_rejects() -> dict[str, Any]:
    """Returns the condition that an update approves or rejects a version.
    UpdateModelPackage without it allows other changes too."""
    return {"StringEquals": {"sagemaker:ModelApprovalStatus": ["Approved", "Rejected"]}}


def registration_statements(
    groups: Sequence[str], decisions: Mapping[str, Any]
) -> list[iam.Statement]:
    """Returns the statements of an identity that registers versions in groups, for
    approval, and decides on them as the condition `decisions` allows."""
    versions = [versions_arn(arn) for arn in groups]
    return [
        iam.allow("RegisterVersions", list(REGISTER), [*groups, *versions], pending_approval()),
        iam.allow("DecideOnVersions", ["sagemaker:UpdateModelPackage"], versions, decisions),
    ]
