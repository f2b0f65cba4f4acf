"""The VPC's flow logs, in an encrypted CloudWatch log group."""

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.network.spec import FlowLogsSpec
from groundplan.storage.encryption_key.encryption_key import EncryptionKey
from groundplan.tags import Tags, merged


class FlowLogs:
    """Creates the flow logs of all traffic of a VPC, as children of `parent`."""

    key: EncryptionKey | None
    log_group: aws.cloudwatch.LogGroup
    role: aws.iam.Role
    policy: aws.iam.RolePolicy
    flow_log: aws.ec2.FlowLog

    def __init__(
        self,
        name: str,
        parent: pulumi.ComponentResource,
        spec: FlowLogsSpec,
        *,
        vpc_id: pulumi.Input[str],
        deletion_protection: bool,
        tags: Tags,
    ) -> None:
        child = pulumi.ResourceOptions(parent=parent)
        resource_tags = merged(name, tags, Name=f"{name}-flow-logs")
        self.key, kms_key_arn = None, spec.kms_key_arn
        if kms_key_arn is None:
            self.key = EncryptionKey(
                f"{name}-flow-logs",
                {
                    "description": f"Flow logs of the network {name}",
                    "services": ["logs"],
                    "deletion_protection": deletion_protection,
                    "tags": tags,
                },
                child,
            )
            kms_key_arn = self.key.arn
        self.log_group = aws.cloudwatch.LogGroup(
            f"{name}-flow-log-group",
            retention_in_days=spec.retention_days,
            kms_key_id=kms_key_arn,
            tags=resource_tags,
            opts=pulumi.ResourceOptions(
                parent=parent, protect=deletion_protection, retain_on_delete=deletion_protection
            ),
        )
        # Flow logs of this account only: those of other accounts cannot use the role
        # (VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs").
        self.role = aws.iam.Role(
            f"{name}-flow-log-role",
            assume_role_policy=iam.account_trust(
                "vpc-flow-logs.amazonaws.com", pulumi.InvokeOptions(parent=parent)
            ),
            tags=resource_tags,
            opts=child,
        )
        self.policy = aws.iam.RolePolicy(
            f"{name}-flow-log-policy",
            role=self.role.name,
            policy=_write_policy(self.log_group.arn),
            opts=child,
        )
        self.flow_log = aws.ec2.FlowLog(
            f"{name}-flow-log",
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=self.log_group.arn,
            iam_role_arn=self.role.arn,
            tags=resource_tags,
            # Records that cannot be delivered are lost.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[self.policy]),
        )


def _write_policy(log_group_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    # The guide's policy also allows CreateLogGroup and DescribeLogGroups, on all log
    # groups: needed only if the flow logs service creates the log group.
    return iam.document(
        [
            {
                "Sid": "WriteFlowLogs",
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                # The ARN with ":*" matches the group's streams, without it the group.
                "Resource": [log_group_arn, pulumi.Output.format("{0}:*", log_group_arn)],
            }
        ]
    )
