"""The IAM statements of SageMaker execution roles, with the fewest permissions
possible.

Source of the list: SageMaker AI Developer Guide, "CreateModel API: Execution Role
Permissions". It asks for `*` as resource of nearly all; here the resource is narrower
wherever the action supports one.
"""

from collections.abc import Sequence

import pulumi

from groundplan import iam
from groundplan.iam import Statement
from groundplan.sagemaker import images


def trust(invoke: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """Returns the trust policy: SageMaker assumes the role, for this account only."""
    return iam.account_trust("sagemaker.amazonaws.com", invoke)


def image_statements(
    uris: Sequence[pulumi.Input[str]], invoke: pulumi.InvokeOptions
) -> list[Statement]:
    """Returns the statements that allow pulling images of these repositories."""
    # The repository of a URI may not be known before deployment; until then, the
    # statement allows all repositories of this account.
    own = pulumi.Output.format(
        "arn:{0}:ecr:{1}:{2}:repository/*",
        iam.partition(invoke),
        iam.region(invoke),
        iam.account_id(invoke),
    )
    repositories = pulumi.Output.all(own, *uris).apply(
        lambda values: _repositories(values[0], values[1:])
    )
    return [
        # The token is the account's, not a repository's: the action has no resource.
        iam.allow("LogInToRegistry", "ecr:GetAuthorizationToken", "*"),
        iam.allow(
            "PullImage",
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            repositories,
        ),
    ]


def _repositories(own: str, uris: Sequence[str]) -> str | list[str]:
    arns = sorted({images.repository_arn(uri) or own for uri in uris})
    return arns[0] if len(arns) == 1 else arns


def telemetry_statements(
    log_group_arn: pulumi.Input[str], alarm_arns: Sequence[pulumi.Input[str]]
) -> list[Statement]:
    """Returns the statements that allow writing logs and metrics, and reading the
    alarms that roll back, if there are any."""
    statements: list[Statement] = [
        iam.allow(
            "WriteLogs",
            [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            [log_group_arn, pulumi.Output.concat(log_group_arn, ":*")],
        ),
        {
            "Sid": "WriteMetrics",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",  # the action has no resource; the condition narrows it
            "Condition": {
                "StringEquals": {
                    "cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/Endpoints"]
                }
            },
        },
    ]
    if alarm_arns:
        statements.append(
            {
                # Without it SageMaker can't read the alarms ("Auto-Rollback
                # Configuration and Monitoring", note).
                "Sid": "ReadRollbackAlarms",
                "Effect": "Allow",
                "Action": "cloudwatch:DescribeAlarms",
                "Resource": list(alarm_arns),
            }
        )
    return statements


def topic_statements(topic_arns: Sequence[pulumi.Input[str]]) -> list[Statement]:
    """Returns the statements that allow publishing the results of asynchronous
    requests."""
    return [iam.allow("PublishResults", "sns:Publish", list(topic_arns))]


def volume_statements(kms_key_arn: pulumi.Input[str]) -> list[Statement]:
    """Returns the statements that allow the instances' volumes to use a KMS key, by a
    grant."""
    return [
        iam.allow(
            "EncryptVolume",
            "kms:CreateGrant",
            kms_key_arn,
            {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
        iam.allow("ReadVolumeKey", "kms:DescribeKey", kms_key_arn),
    ]


def network_statements(vpc_id: pulumi.Input[str], invoke: pulumi.InvokeOptions) -> list[Statement]:
    """Returns the statements that allow creating and deleting the instances' network
    interfaces in one VPC."""
    prefix = pulumi.Output.format(
        "arn:{0}:ec2:{1}:{2}", iam.partition(invoke), iam.region(invoke), iam.account_id(invoke)
    )
    return [
        iam.allow(
            "ManageNetworkInterfaces",
            [
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
            ],
            [
                pulumi.Output.concat(prefix, f":{kind}/*")
                for kind in ("network-interface", "security-group", "subnet")
            ],
            {"ArnEquals": {"ec2:Vpc": pulumi.Output.concat(prefix, ":vpc/", vpc_id)}},
        ),
        {
            "Sid": "ReadNetwork",
            "Effect": "Allow",
            "Action": [
                "ec2:DeleteNetworkInterfacePermission",
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            "Resource": "*",  # none of these actions has a resource
        },
    ]
