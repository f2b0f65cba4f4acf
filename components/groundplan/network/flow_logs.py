"""The VPC's flow logs: what traffic there was, kept in an encrypted CloudWatch log
group."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.facts import log_retention
from groundplan.problems import Problem
from groundplan.storage.encryption_key.encryption_key import EncryptionKey
from groundplan.tags import Tags, merged

RETENTION_DAYS = 90


class FlowLogsArgs(TypedDict):
    """Where the VPC's traffic is logged."""

    enabled: NotRequired[bool]
    """Whether traffic is logged. Default: true."""
    retention_days: NotRequired[int]
    """Days that a record is kept, one of CloudWatch's periods
    (`groundplan.facts.log_retention.DAYS`). Default: 90. Updates in place; where it
    gets shorter, what is older is deleted."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing KMS key that encrypts the records; its policy must let
    CloudWatch Logs use it. Default: an `EncryptionKey` of its own. Changing it updates
    in place, for what is logged from then on."""


def problems(args: FlowLogsArgs) -> list[Problem]:
    """What is wrong with the values of `args`."""
    return log_retention.problems("retention_days", args.get("retention_days"))


class FlowLogs:
    """The flow logs of all traffic of a VPC, as children of the component that makes
    it."""

    key: EncryptionKey | None
    log_group: aws.cloudwatch.LogGroup
    role: aws.iam.Role
    policy: aws.iam.RolePolicy
    flow_log: aws.ec2.FlowLog

    def __init__(
        self,
        name: str,
        parent: pulumi.ComponentResource,
        args: FlowLogsArgs,
        *,
        vpc_id: pulumi.Input[str],
        keep: bool,
        tags: Tags,
    ) -> None:
        child = pulumi.ResourceOptions(parent=parent)
        named = merged(name, tags, Name=f"{name}-flow-logs")
        self.key = None
        if "kms_key_arn" not in args:
            self.key = EncryptionKey(
                f"{name}-flow-logs",
                {
                    "description": f"Flow logs of the network {name}",
                    "services": ["logs"],
                    "deletion_protection": keep,
                    "tags": tags,
                },
                child,
            )
        self.log_group = aws.cloudwatch.LogGroup(
            f"{name}-flow-log-group",
            retention_in_days=args.get("retention_days", RETENTION_DAYS),
            kms_key_id=self.key.arn if self.key else args["kms_key_arn"],
            tags=named,
            opts=pulumi.ResourceOptions(parent=parent, protect=keep, retain_on_delete=keep),
        )
        # For flow logs of this account only, so that nobody else's can be sent under
        # this role (VPC User Guide, "IAM role for publishing flow logs to CloudWatch
        # Logs").
        account = iam.account_id(pulumi.InvokeOptions(parent=parent))
        own_account = account.apply(
            lambda account: {"StringEquals": {"aws:SourceAccount": account}}
        )
        self.role = aws.iam.Role(
            f"{name}-flow-log-role",
            assume_role_policy=own_account.apply(
                lambda condition: iam.trust("vpc-flow-logs.amazonaws.com", condition)
            ),
            tags=named,
            opts=child,
        )
        self.policy = aws.iam.RolePolicy(
            f"{name}-flow-log-policy",
            role=self.role.name,
            policy=_write_to(self.log_group.arn),
            opts=child,
        )
        self.flow_log = aws.ec2.FlowLog(
            f"{name}-flow-log",
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=self.log_group.arn,
            iam_role_arn=self.role.arn,
            tags=named,
            # What can't be delivered at first is lost.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[self.policy]),
        )


def _write_to(log_group_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    # The guide's policy also has CreateLogGroup and DescribeLogGroups, on all log
    # groups: needed only where the flow logs service has to make the group.
    return iam.document(
        [
            {
                "Sid": "WriteFlowLogs",
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                # The ARN with ":*" stands for the group's streams, without for the
                # group itself.
                "Resource": [log_group_arn, pulumi.Output.format("{0}:*", log_group_arn)],
            }
        ]
    )
