"""What the deploy role may do: statements of IAM policies. Pure.

The role is limited by a boundary, which every role that it creates has as well: no path
leads from it to more than the boundary allows.
"""

from collections.abc import Sequence

from groundplan.delivery.ci_access.statements import deny, deny_except
from groundplan.iam import Statement, allow

POWER_USER = "PowerUserAccess"
SERVICE_LINKED = "role/aws-service-role/"
"""Where IAM keeps the roles of services, which no path of an environment is."""

GLOBAL = (
    "account:*",
    "acm:*",
    "aws-portal:*",
    "bcm-data-exports:*",
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
requested AWS Region"), and with an API in one (AWS General Reference, "AWS Billing and
Cost Management endpoints and quotas")."""

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

READ_ROLES = (
    "iam:GetInstanceProfile",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListPolicyVersions",
    "iam:ListRolePolicies",
)
"""What the provider reads of what it has created, and of what it deletes:
`PowerUserAccess` has nothing of IAM but the list of roles."""


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
        allow("ManageRoles", ROLES, owned(account_arn, path)),
        allow("ReadRoles", READ_ROLES, owned(account_arn, path)),
        allow("ReadServiceLinkedRoles", ["iam:GetRole"], [f"{account_arn}:{SERVICE_LINKED}*"]),
        # A pipeline of a new account is the first that uses many services.
        allow(
            "CreateServiceLinkedRoles",
            ["iam:CreateServiceLinkedRole"],
            [f"{account_arn}:{SERVICE_LINKED}*"],
        ),
    ]
    if state_bucket_arn:
        actions = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        statements += [
            allow("WriteState", actions, [f"{state_bucket_arn}/*"]),
            allow("ListState", ["s3:ListBucket"], [state_bucket_arn]),
        ]
    if key_arn:
        actions = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
        statements.append(allow("UseStateKey", actions, [key_arn]))
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
        deny("DenyRolesWithoutBoundary", BOUNDED, ["*"], condition=bounded),
        deny("DenyRemovalOfBoundary", ["iam:DeleteRolePermissionsBoundary"], ["*"]),
        # The boundary itself and the pipelines' roles are outside of the path.
        deny_except(
            "DenyOtherRoles", [*ROLES, "iam:SetDefaultPolicyVersion"], owned(account_arn, path)
        ),
        deny("DenyIdentities", PEOPLE, ["*"]),
        # Who deploys approves nothing: `groundplan approve` signs with a KMS key.
        deny("DenyApproval", ["kms:Sign"], ["*"]),
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
