"""What an endpoint's execution role may do, and no more.

Source of the list: SageMaker AI Developer Guide, "CreateModel API: Execution Role
Permissions". It asks for `*` as resource of nearly all; here it is narrower wherever
the action has a resource that can be named.
"""

from collections.abc import Mapping, Sequence

import pulumi

from groundplan import iam
from groundplan.iam import Statement
from groundplan.sagemaker import images
from groundplan.storage.access import ArtifactAccessArgs, read_statements, write_statements


def trust(invoke: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """SageMaker takes the role on, for this account only."""
    return iam.account_id(invoke).apply(
        lambda account: iam.trust(
            "sagemaker.amazonaws.com", {"StringEquals": {"aws:SourceAccount": account}}
        )
    )


def image_statements(
    uris: Sequence[pulumi.Input[str]], invoke: pulumi.InvokeOptions
) -> list[Statement]:
    """Pulls images of the repositories that these are in."""
    # A URI that only the cloud knows may not tell its repository yet; what is asked for
    # then is any of this account's own.
    own = pulumi.Output.format(
        "arn:{0}:ecr:{1}:{2}:repository/*",
        iam.partition(invoke),
        iam.region(invoke),
        iam.account_id(invoke),
    )
    repositories = pulumi.Output.all(own, *uris).apply(
        lambda known: _repositories(known[0], known[1:])
    )
    return [
        # The token is the account's, not a repository's: ECR knows no resource for it.
        {
            "Sid": "LogInToRegistry",
            "Effect": "Allow",
            "Action": "ecr:GetAuthorizationToken",
            "Resource": "*",
        },
        {
            "Sid": "PullImage",
            "Effect": "Allow",
            "Action": [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            "Resource": repositories,
        },
    ]


def _repositories(own: str, uris: Sequence[str]) -> str | list[str]:
    found = sorted({images.repository_arn(uri) or own for uri in uris})
    return found[0] if len(found) == 1 else found


def telemetry_statements(
    log_group_arn: pulumi.Input[str], alarm_arns: Sequence[pulumi.Input[str]]
) -> list[Statement]:
    """Writes logs and metrics, and reads the alarms that decide on a rollback, if there
    are any."""
    found: list[Statement] = [
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            "Resource": [log_group_arn, pulumi.Output.concat(log_group_arn, ":*")],
        },
        {
            "Sid": "WriteMetrics",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",  # CloudWatch knows no resource for it; the condition is what narrows it
            "Condition": {
                "StringEquals": {
                    "cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/Endpoints"]
                }
            },
        },
    ]
    if alarm_arns:
        found.append(
            {
                # Without it SageMaker can't see the alarms ("Auto-Rollback
                # Configuration and Monitoring", note).
                "Sid": "ReadRollbackAlarms",
                "Effect": "Allow",
                "Action": "cloudwatch:DescribeAlarms",
                "Resource": list(alarm_arns),
            }
        )
    return found


def data_statements(
    artifacts: ArtifactAccessArgs, read: Mapping[str, Sequence[str]], written: str | None
) -> list[Statement]:
    """Reads what is below some folders, by what it is called (`Objects`, `Requests`),
    and writes below one."""
    arn, key = artifacts["bucket_arn"], artifacts["kms_key_arn"]
    found: dict[str, Statement] = {}
    for what, prefixes in read.items():
        for number, prefix in enumerate(dict.fromkeys(prefixes), 1):
            for statement in read_statements(arn, key, prefix):
                # To decrypt and to locate the bucket is said once, to read and to list
                # for each folder.
                sid = str(statement["Sid"])
                if sid in ("ReadObjects", "ListObjects"):
                    sid = sid.replace("Objects", what if number == 1 else f"{what}{number}")
                found.setdefault(sid, {**statement, "Sid": sid})
    statements = list(found.values())
    return statements + (write_statements(arn, key, written) if written is not None else [])


def topic_statements(topic_arns: Sequence[pulumi.Input[str]]) -> list[Statement]:
    """Tells topics of the results of asynchronous requests."""
    return [
        {
            "Sid": "TellOfResults",
            "Effect": "Allow",
            "Action": "sns:Publish",
            "Resource": list(topic_arns),
        }
    ]


def volume_statements(kms_key_arn: pulumi.Input[str]) -> list[Statement]:
    """Lets the volumes of the instances use a KMS key, by a grant."""
    return [
        {
            "Sid": "EncryptVolume",
            "Effect": "Allow",
            "Action": "kms:CreateGrant",
            "Resource": kms_key_arn,
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
        {
            "Sid": "ReadVolumeKey",
            "Effect": "Allow",
            "Action": "kms:DescribeKey",
            "Resource": kms_key_arn,
        },
    ]


def network_statements(vpc_id: pulumi.Input[str], invoke: pulumi.InvokeOptions) -> list[Statement]:
    """Puts the network interfaces of the instances into one VPC, and takes them away
    again."""
    prefix = pulumi.Output.format(
        "arn:{0}:ec2:{1}:{2}", iam.partition(invoke), iam.region(invoke), iam.account_id(invoke)
    )
    return [
        {
            "Sid": "ManageNetworkInterfaces",
            "Effect": "Allow",
            "Action": [
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
            ],
            "Resource": [
                pulumi.Output.concat(prefix, f":{kind}/*")
                for kind in ("network-interface", "security-group", "subnet")
            ],
            "Condition": {"ArnEquals": {"ec2:Vpc": pulumi.Output.concat(prefix, ":vpc/", vpc_id)}},
        },
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
            "Resource": "*",  # EC2 knows no resource for any of these
        },
    ]
