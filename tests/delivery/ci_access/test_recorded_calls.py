"""The calls that the AWS provider was recorded to make, and those of Pulumi's backend,
against the roles of CiAccess: nothing missing, nothing extra."""

import csv
import json
import pathlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import environments
import pytest
from groundplan import CiAccess
from groundplan.facts import iam_actions, provider_calls
from groundplan.facts.provider_calls import Phase
from groundplan.testing import Plan, deploy
from iam_evaluation import decision, statements
from moto.iam.aws_managed_policies import aws_managed_policies_data

REGION, ACCOUNT = "eu-west-1", "123456789012"
IAM = f"arn:aws:iam::{ACCOUNT}"
BOUNDARY = f"{IAM}:policy/groundplan-boundaries/prod-ci"
STATE = "arn:aws:s3:::octo-org-pulumi-state"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/state"
ARGS: Any = {
    "github": {"repository": "octo-org/octo-repo"},
    "state": {"bucket_name": "octo-org-pulumi-state", "kms_key_arn": KEY},
}
SERVICE_LINKED = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
DENIED = {
    # CiAccess registers them: administrators deploy it.
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "iam:.*OpenIDConnectProvider",
    # With tags, another description or a deletion only: LogStore sets none of the
    # first, and retains the role.
    SERVICE_LINKED: "iam:(TagRole|UntagRole|UpdateRole|GetServiceLinkedRoleDeletionStatus)",
}
"""Type -> the actions that the boundary denies the deploy role."""
IN_ONE_REGION = ("bcm-data-exports", "budgets", "ce", "iam")
"""Services whose API is in us-east-1, wherever the caller is (AWS General Reference,
"Service endpoints")."""
STATE_CALLS = pathlib.Path(__file__).with_name("state-calls.csv")
READ_BY_TAG = ("aws:lambda/function:Function", "aws:s3/bucketObjectv2:BucketObjectv2")
EXPORT = f"bcm-data-exports:us-east-1:{ACCOUNT}:export/x"
PLACES = {
    "bcm-data-exports:GetExport": EXPORT,
    "bcm-data-exports:ListTagsForResource": EXPORT,
    "glue:GetConnection": f"glue:{REGION}:{ACCOUNT}:connection/x",
    "glue:GetPartitionIndexes": f"glue:{REGION}:{ACCOUNT}:table/x/y",
    "sagemaker:GetModelPackageGroupPolicy": f"sagemaker:{REGION}:{ACCOUNT}:model-package-group/x",
}
"""Action -> the resource that the plan role's own policy names."""
OWN = {
    "aws:ResourceTag/groundplan:component": "churn",
    "s3:ExistingObjectTag/groundplan:component": "churn",
}


@cache
def plan() -> Plan:
    return deploy(lambda: CiAccess("ci", ARGS), stack="prod", region=REGION)


def registered(token: str, name: str) -> dict[str, Any]:
    text = str(plan().one(token, name).inputs["policy"]).replace("${aws.accountId}", ACCOUNT)
    return dict(json.loads(text))


@cache
def inline(role: str) -> dict[str, Any]:
    return registered("aws:iam/rolePolicy:RolePolicy", f"ci-{role}-policy")


@cache
def boundary() -> dict[str, Any]:
    return registered("aws:iam/policy:Policy", "ci-boundary")


@cache
def aws_policies() -> Mapping[str, Any]:
    """AWS's own policies, as AWS publishes them."""
    return dict(json.loads(aws_managed_policies_data))


@cache
def managed(role: str) -> dict[str, Any]:
    """The policy of AWS that a role has, without what it says of other services."""
    (attached,) = (
        one.inputs["policyArn"]
        for name, one in plan().all("aws:iam/rolePolicyAttachment:RolePolicyAttachment").items()
        if name.startswith(f"ci-{role}-")
    )
    return dict(aws_policies()[attached.rpartition("/")[2]]["Document"])


@cache
def managed_allows(role: str, action: str) -> bool:
    return decision(managed(role), action, "*", {}) == "Allow"


def allowed(role: str, action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether a role may: its own policy, AWS's, and the boundary."""
    where = "us-east-1" if action.split(":")[0] in IN_ONE_REGION else REGION
    full = {"aws:RequestedRegion": where, **context}
    own = decision(inline(role), action, resource, full)
    if own == "Deny" or (
        role == "deploy" and decision(boundary(), action, resource, full) != "Allow"
    ):
        return False
    return own == "Allow" or managed_allows(role, action)


def on(token: str, action: str) -> str:
    """The ARN of what an action of a type is on."""
    if action in PLACES:
        return f"arn:aws:{PLACES[action]}"
    if not action.startswith("iam:"):
        return "*"
    if token == SERVICE_LINKED or "ServiceLinkedRole" in action:
        return f"{IAM}:role/aws-service-role/opensearchservice.amazonaws.com/x"
    if "InstanceProfile" in action and action != "iam:ListInstanceProfilesForRole":
        return f"{IAM}:instance-profile/x"
    kind = "policy" if re.search(r"Policy(Version|Versions)?$", action) else "role"
    if "RolePolic" in action:
        kind = "role"
    if token == "aws:iam/policy:Policy":
        kind = "policy"
    return f"{IAM}:{kind}/groundplan/prod/x"


def needs(phases: tuple[Phase, ...]) -> Iterator[tuple[str, str]]:
    for token in provider_calls.recorded():
        for action in provider_calls.actions(token, phases) or ():
            yield token, action


def test_the_deploy_role_may_do_all_that_the_provider_does() -> None:
    context = {"iam:PermissionsBoundary": BOUNDARY}
    denied = [
        (token, action)
        for token, action in needs(tuple(Phase))
        if not allowed("deploy", action, on(token, action), context)
    ]
    unexpected = [one for one in denied if not re.fullmatch(DENIED.get(one[0], ""), one[1])]
    assert unexpected == []
    assert {token for token, _ in denied} == set(DENIED)


def test_the_plan_role_may_do_all_that_a_preview_with_its_refresh_does() -> None:
    denied = [
        (token, action)
        for token, action in needs(provider_calls.READING)
        if not allowed("plan", action, on(token, action), OWN)
    ]
    assert denied == []


PLANNING = ("login", "preview", "preview --refresh", "refresh --preview-only", "stack export")
BY_S3 = {"s3:GetObject": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey"}
"""What Amazon S3 asks KMS for in the caller's name, in a bucket with a key (KMS
Developer Guide, "How Amazon S3 uses AWS KMS")."""


def of_state(calls: str) -> Iterator[tuple[str, str]]:
    """The actions of a command of Pulumi, and what they are on."""
    for call in calls.split():
        for action in iam_actions.of(call):
            if action.startswith("kms:"):
                yield action, KEY
            else:
                yield action, STATE if action == "s3:ListBucket" else f"{STATE}/.pulumi/x.json"
            if action in BY_S3:
                yield BY_S3[action], KEY


def commands() -> dict[str, list[tuple[str, str]]]:
    lines = STATE_CALLS.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {row["command"]: list(of_state(row["calls"])) for row in rows}


def test_the_deploy_role_may_do_all_that_pulumi_does_with_the_state() -> None:
    denied = [
        (command, each)
        for command, needed in commands().items()
        for each in needed
        if not allowed("deploy", *each, {})
    ]
    assert denied == []


def test_the_plan_role_reads_the_state_and_does_nothing_else_with_it() -> None:
    may = {
        command
        for command, needed in commands().items()
        if all(allowed("plan", *each, {}) for each in needed)
    }
    assert may == set(PLANNING)


REASONS = {"iam:PassRole": "no call: services check it where a role is passed to them"}
"""Why a role may do what is in no recording."""


def test_the_deploy_role_may_do_nothing_that_nobody_does() -> None:
    used = {action for _, action in needs(tuple(Phase))}
    used |= {action for needed in commands().values() for action, _ in needed}
    extra = {
        action
        for one in statements(inline("deploy"))
        for action in one["Action"]
        if one["Effect"] == "Allow" and action not in used
    }
    assert extra == set(REASONS)


def test_the_plan_role_may_do_nothing_that_no_refresh_does() -> None:
    used = {action for _, action in needs(provider_calls.READING)}
    used |= {action for command in PLANNING for action, _ in commands()[command]}
    extra = {
        action
        for one in statements(inline("plan"))
        for action in one["Action"]
        if one["Effect"] == "Allow" and action not in used
    }
    assert extra == set()


def test_the_calls_of_each_type_of_the_environments_are_known() -> None:
    types = {
        resource.type
        for manifest in environments.manifests().values()
        for resource in manifest
        if resource.custom and resource.type.startswith("aws:")
    }
    assert types - set(provider_calls.recorded()) == set()


def test_what_a_refresh_reads_of_environments_has_the_tag_of_components() -> None:
    without = [
        resource.name
        for manifest in environments.manifests().values()
        for resource in manifest
        if resource.type in READ_BY_TAG and "groundplan:component" not in resource.inputs["tags"]
    ]
    assert without == []


RETURNS_DATA = [
    "athena:GetQueryResults",
    "bedrock:GetDocumentContent",
    "cassandra:Select",
    "codecommit:GetFile",
    "codecommit:BatchGetCommits",
    "dax:GetItem",
    "dynamodb:GetItem",
    "dynamodb:SearchVectors",
    "ec2:GetConsoleOutput",
    "ec2:GetPasswordData",
    "ecr:GetDownloadUrlForLayer",
    "glacier:GetJobOutput",
    "glue:GetStatement",
    "healthlake:ReadResource",
    "kendra:Query",
    "kinesis:GetRecords",
    "kinesisvideo:GetMedia",
    "lambda:GetLayerVersion",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "omics:GetReadSet",
    "rds:DownloadDBLogFilePortion",
    "s3-object-lambda:GetObject",
    "s3:GetObjectVersion",
    "s3express:CreateSession",
    "s3tables:GetTableData",
    "s3vectors:QueryVectors",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetCommandInvocation",
    "ssm:GetParameter",
    "sts:AssumeRole",
]


@pytest.mark.parametrize("action", RETURNS_DATA)
def test_a_pull_request_reads_no_data_even_of_what_has_the_tag(action: str) -> None:
    assert not allowed("plan", action, "*", OWN)


def test_a_pull_request_would_read_data_without_the_denies() -> None:
    reads = [action for action in RETURNS_DATA if managed_allows("plan", action)]
    assert len(reads) > 20
