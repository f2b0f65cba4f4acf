"""What the roles of pipelines may do: statements of IAM policies. Pure.

The plan role runs code of pull requests: it reads how resources are configured, and no
data. The deploy role is limited by a boundary, which every role that it creates has as
well: no path leads from it to more than the boundary allows.
"""

from collections.abc import Sequence
from typing import Any

from groundplan.iam import Statement

READ_ONLY, POWER_USER = "ReadOnlyAccess", "PowerUserAccess"

DATA = (
    "athena:GetQueryResults",
    "athena:GetQueryResultsStream",
    "bedrock:InvokeModel",
    "codecommit:GitPull",
    "cognito-idp:List*",
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "es:ESHttpGet",
    "aoss:APIAccessAll",
    "kafka-cluster:ReadData",
    "kinesis:Get*",
    "lambda:GetFunction",
    "lambda:GetLayerVersion",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:StartLiveTail",
    "logs:StartQuery",
    "rds-data:*",
    "redshift-data:*",
    "sagemaker:InvokeEndpoint",
    "sagemaker:GetRecord",
    "sagemaker:BatchGetRecord",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter*",
    "sts:AssumeRole",
    "timestream:Select",
)
"""Actions that return data, images, code or credentials. `ReadOnlyAccess` allows most
of them (AWS Managed Policy Reference)."""

GLOBAL = (
    "account:*",
    "acm:*",
    "aws-portal:*",
    "budgets:*",
    "ce:*",
    "chatbot:*",
    "cloudfront:*",
    "cur:*",
    "ecr-public:*",
    "health:*",
    "iam:*",
    "networkmanager:*",
    "organizations:*",
    "pricing:*",
    "route53:*",
    "route53domains:*",
    "s3:GetAccountPublic*",
    "s3:ListAllMyBuckets",
    "shield:*",
    "sts:*",
    "support:*",
    "tag:*",
    "trustedadvisor:*",
    "wafv2:*",
)
"""Services without a region (Organizations User Guide, "Deny access to AWS based on the
requested AWS Region")."""

PEOPLE = (
    "account:*",
    "iam:*AccessKey*",
    "iam:*AccountAlias",
    "iam:*AccountPasswordPolicy",
    "iam:*Group*",
    "iam:*LoginProfile",
    "iam:*MFADevice",
    "iam:*OpenIDConnectProvider*",
    "iam:*SAMLProvider*",
    "iam:*ServiceSpecificCredential*",
    "iam:*SigningCertificate*",
    "iam:*SSHPublicKey*",
    "iam:*User*",
    "organizations:*",
    "sso:*",
    "sso-directory:*",
    "identitystore:*",
)
"""What makes and changes identities that outlive a pipeline."""

BOUNDED = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
)
"""Actions with the condition key `iam:PermissionsBoundary` (Service Authorization
Reference, "AWS Identity and Access Management")."""

ROLES = (
    *BOUNDED,
    "iam:AddRoleToInstanceProfile",
    "iam:CreateInstanceProfile",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeleteInstanceProfile",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:DeleteRole",
    "iam:PassRole",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:SetDefaultPolicyVersion",
    "iam:TagInstanceProfile",
    "iam:TagPolicy",
    "iam:TagRole",
    "iam:UntagInstanceProfile",
    "iam:UntagPolicy",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)
"""All changes of roles, policies and instance profiles. A change of a trust policy has
no condition key on the boundary: only the path keeps the account's other roles safe."""


def deny(sid: str, actions: Sequence[str], resources: Sequence[str], **more: Any) -> Statement:
    """Returns a statement that denies actions on resources."""
    denied = {"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": list(resources)}
    return {**denied, **more}


def plan(state_bucket_arn: str | None, key_arn: str | None) -> list[Statement]:
    """Returns the statements of the plan role, beside `ReadOnlyAccess`: no data but the
    state, which a preview reads without a lock."""
    objects = f"{state_bucket_arn}/*" if state_bucket_arn else None
    keys = [key_arn] if key_arn else []
    statements = [
        deny("DenyData", DATA, ["*"]),
        {
            "Sid": "DenyObjects",
            "Effect": "Deny",
            "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTorrent"],
            **({"NotResource": [objects]} if objects else {"Resource": ["*"]}),
        },
        {
            "Sid": "DenyKeys",
            "Effect": "Deny",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            **({"NotResource": keys} if keys else {"Resource": ["*"]}),
        },
    ]
    if keys:
        statements.append(_allow("ReadStateKey", ["kms:Decrypt"], keys))
    return statements


def owned(account_arn: str, path: str) -> list[str]:
    """Returns the ARNs of what an environment has in IAM. `account_arn`:
    `arn:aws:iam::<account>`. Karpenter chooses the paths of its instance profiles; they
    give nobody more than the role that is passed."""
    kinds = (f"role{path}", f"policy{path}", "instance-profile/")
    return [f"{account_arn}:{kind}*" for kind in kinds]


def deploy(
    state_bucket_arn: str | None, key_arn: str | None, account_arn: str, path: str
) -> list[Statement]:
    """Returns the statements of the deploy role, beside its policies: the environment's
    roles, and the state."""
    statements: list[Statement] = [
        _allow("ManageRoles", ROLES, owned(account_arn, path)),
        # A pipeline of a new account is the first that uses many services.
        _allow(
            "CreateServiceLinkedRoles",
            ["iam:CreateServiceLinkedRole"],
            [f"{account_arn}:role/aws-service-role/*"],
        ),
    ]
    if state_bucket_arn:
        actions = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        statements += [
            _allow("WriteState", actions, [f"{state_bucket_arn}/*"]),
            _allow("ListState", ["s3:ListBucket"], [state_bucket_arn]),
        ]
    if key_arn:
        actions = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
        statements.append(_allow("UseStateKey", actions, [key_arn]))
    return statements


def boundary(
    boundary_arn: str, account_arn: str, path: str, regions: Sequence[str]
) -> list[Statement]:
    """Returns the statements of the boundary: what the deploy role, and each role that
    it creates, can never do."""
    bounded = {"StringNotEquals": {"iam:PermissionsBoundary": boundary_arn}}
    return [
        # A boundary allows nothing by itself: what a role may do, its policies say.
        {"Sid": "Limit", "Effect": "Allow", "Action": "*", "Resource": "*"},
        deny("DenyRolesWithoutBoundary", BOUNDED, ["*"], Condition=bounded),
        deny("DenyRemovalOfBoundary", ["iam:DeleteRolePermissionsBoundary"], ["*"]),
        # The boundary itself and the pipelines' roles are outside of the path.
        {
            "Sid": "DenyOtherRoles",
            "Effect": "Deny",
            "Action": list(ROLES),
            "NotResource": owned(account_arn, path),
        },
        deny("DenyIdentities", PEOPLE, ["*"]),
        deny(
            "DenySilence",
            [
                "cloudtrail:DeleteTrail",
                "cloudtrail:PutEventSelectors",
                "cloudtrail:StopLogging",
                "cloudtrail:UpdateTrail",
                "config:DeleteConfigurationRecorder",
                "config:StopConfigurationRecorder",
                "guardduty:DeleteDetector",
                "guardduty:UpdateDetector",
                "securityhub:DisableSecurityHub",
            ],
            ["*"],
        ),
        {
            "Sid": "DenyOtherRegions",
            "Effect": "Deny",
            "NotAction": list(GLOBAL),
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": list(regions)}},
        },
    ]


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
