"""Groups of model versions: what they can be told, and the policy by which other
accounts get at them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from groundplan import iam
from groundplan.problems import Problem, under
from groundplan.registry.model_registry import model_card
from groundplan.registry.model_registry.model_card import ModelCardArgs
from groundplan.storage import arns

NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
"""SageMaker API, CreateModelPackageGroup, ModelPackageGroupName."""

PENDING = "PendingManualApproval"

LOOK_AT_GROUP = ("sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages")
LOOK_AT_VERSIONS = ("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages")
"""SageMaker AI Developer Guide, "Deploy a Model Version from a Different Account";
ListModelPackages knows the group as its resource (Service Authorization Reference), and
the guide has it with the versions."""

REGISTER = ("sagemaker:CreateModelPackage",)
"""Same, "Register a Model Version from a Different Account"."""


class ModelGroupArgs(TypedDict):
    """A group: one model, in all its versions."""

    description: NotRequired[str]
    """What it predicts, in words, at most 1,024 characters. Default: the group's name.
    SageMaker takes it when the group is made and never again: changing it later changes
    the card only."""
    read_accounts: NotRequired[Sequence[str]]
    """IDs of other AWS accounts that may look at versions and deploy them. Default:
    none. Updates in place."""
    register_accounts: NotRequired[Sequence[str]]
    """IDs of other AWS accounts that may register versions, which wait for approval.
    Default: none. Updates in place."""
    card: NotRequired[ModelCardArgs]
    """What the model is for, and who answers for it. Default: no card. Updates in
    place."""


def problems(groups: Mapping[str, ModelGroupArgs], prefix: str) -> list[Problem]:
    """What is wrong with the groups, whose names in AWS begin with `prefix`."""
    found = (
        [] if groups else [Problem("groups", {}, "at least one group", "name the models: churn")]
    )
    for name, group in groups.items():
        whole = f"{prefix}{name}"
        if not NAME.fullmatch(whole) or len(whole) > 63:
            allowed = (
                "up to 63 letters, digits and hyphens with the prefix, no hyphen first or last"
            )
            found.append(
                Problem(f"groups.{name}", whole, allowed, "rename it, or give another prefix")
            )
        found += under(f"groups.{name}", _group(group))
    return found


def _group(group: ModelGroupArgs) -> list[Problem]:
    found = []
    if not 1 <= len(group.get("description", "-")) <= 1024:
        found.append(
            Problem(
                "description", group.get("description"), "1 to 1,024 characters", "say it shorter"
            )
        )
    for key, accounts in (
        ("read_accounts", group.get("read_accounts", ())),
        ("register_accounts", group.get("register_accounts", ())),
    ):
        for index, account in enumerate(accounts):
            found += arns.account_problems(f"{key}[{index}]", account)
    return found + under("card", model_card.problems(group["card"]) if "card" in group else [])


def versions_arn(group_arn: str) -> str:
    """The ARN of all versions of a group."""
    return f"{group_arn.replace(':model-package-group/', ':model-package/', 1)}/*"


def all_versions(group_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """The same, of an ARN that isn't known yet."""
    known: pulumi.Output[str] = pulumi.Output.from_input(group_arn)
    return known.apply(versions_arn)


def never_approved() -> dict[str, Any]:
    """The condition that a version is registered for approval, and not approved.
    Unsaid, it is (CreateModelPackage)."""
    return {"StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": PENDING}}


def decided() -> dict[str, Any]:
    """The condition that an update decides on a version. UpdateModelPackage alone would
    let it be rewritten, too."""
    return {"StringEquals": {"sagemaker:ModelApprovalStatus": ["Approved", "Rejected"]}}


def shared(
    group: ModelGroupArgs, group_arn: pulumi.Input[str], partition: pulumi.Input[str]
) -> pulumi.Output[str] | None:
    """The group's resource policy; None if it belongs to this account alone."""
    statements: list[iam.Statement] = []
    if readers := _roots(group.get("read_accounts", ()), partition):
        statements += [
            _allow("LookAtGroup", readers, LOOK_AT_GROUP, group_arn),
            # CreateModel: a model made of the version, which is what an endpoint
            # serves.
            _allow(
                "LookAtVersions",
                readers,
                (*LOOK_AT_VERSIONS, "sagemaker:CreateModel"),
                all_versions(group_arn),
            ),
        ]
    if writers := _roots(group.get("register_accounts", ()), partition):
        registering = _allow("RegisterVersions", writers, REGISTER, all_versions(group_arn))
        statements += [
            _allow("FindGroup", writers, ("sagemaker:DescribeModelPackageGroup",), group_arn),
            {**registering, "Condition": never_approved()},
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
