"""EncryptionKey: a KMS key with rotation, an alias, and the AWS services that may use
it."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.storage.encryption_key.args import EncryptionKeyArgs
from groundplan.storage.encryption_key.validation import validate

FSX_ROLES = (
    "aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/AWSServiceRoleForFSxS3Access_*"
)
"""The roles by which Lustre file systems read and write the buckets they are linked to,
one for each file system."""


class EncryptionKey(Component):
    """A customer-managed KMS key with yearly rotation and an alias, retained when the
    stack is destroyed."""

    arn: pulumi.Output[str]
    """ARN of the key."""
    key_id: pulumi.Output[str]
    """ID of the key."""

    def __init__(
        self,
        name: str,
        args: EncryptionKeyArgs = arguments.DEFAULTS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("groundplan:index:EncryptionKey", name, {}, opts)
        context = Context.of(name, opts)
        checked = arguments.validated("EncryptionKey", EncryptionKeyArgs, args, validate, context)
        keep = checked.get("deletion_protection", True)
        child = pulumi.ResourceOptions(parent=self, protect=keep, retain_on_delete=keep)

        self.key = aws.kms.Key(
            f"{name}-key",
            description=checked.get("description", name),
            enable_key_rotation=True,
            deletion_window_in_days=checked.get("deletion_window_days", 30),
            policy=self._policy(checked.get("services", ())),
            tags=tags.merged(name, checked.get("tags")),
            opts=child,
        )
        self.alias = aws.kms.Alias(
            f"{name}-alias",
            name=f"alias/{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
            target_key_id=self.key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = self.key.arn
        self.key_id = self.key.key_id
        self.register_outputs({"arn": self.arn, "keyId": self.key_id})

    def _policy(self, services: Sequence[str]) -> pulumi.Output[str]:
        invoke = pulumi.InvokeOptions(parent=self)
        account, partition, region = (
            iam.account_id(invoke),
            iam.partition(invoke),
            iam.region(invoke),
        )
        statements: list[iam.Statement] = [
            {
                # Leaves the key to IAM policies of this account; without it a key can
                # become unmanageable.
                "Sid": "AccountAdministration",
                "Effect": "Allow",
                "Principal": {
                    "AWS": pulumi.Output.format("arn:{0}:iam::{1}:root", partition, account)
                },
                "Action": "kms:*",
                "Resource": "*",
            }
        ]
        for service in services:
            if service == "fsx":
                statements.append(_fsx(account, partition, region))
                continue
            principal: pulumi.Input[str] = f"{service}.amazonaws.com"
            condition: dict[str, Any] | None = {"StringEquals": {"aws:SourceAccount": account}}
            if service == "logs":
                # CloudWatch Logs names the log group in the encryption context, and
                # sends no source account.
                principal = pulumi.Output.format("logs.{0}.amazonaws.com", region)
                logs = pulumi.Output.format(
                    "arn:{0}:logs:{1}:{2}:log-group:*", partition, region, account
                )
                condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": logs}}
            elif service == "events":
                # EventBridge sends no source account to a topic's key; with a condition
                # its events are lost without a trace. Source: Amazon SNS Developer
                # Guide, "Key management", EventBridge-to-encrypted topics.
                condition = None
            statement: dict[str, Any] = {
                "Sid": f"Use{service.capitalize()}",
                "Effect": "Allow",
                "Principal": {"Service": principal},
                "Action": [
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:Encrypt",
                    "kms:GenerateDataKey*",
                    "kms:ReEncrypt*",
                ],
                "Resource": "*",  # in a key's policy, the key itself
            }
            statements.append(statement | ({"Condition": condition} if condition else {}))
        return iam.document(statements)


def _fsx(
    account: pulumi.Input[str], partition: pulumi.Input[str], region: pulumi.Input[str]
) -> iam.Statement:
    """For the roles by which this account's Lustre file systems reach a bucket, and
    only for what they do by way of S3.

    FSx makes such a role when it links a file system, so it can't be a principal
    before; and naming the account as principal would leave it to the role's own policy,
    which says nothing of keys. Source: FSx for Lustre User Guide, "Working with
    server-side encrypted Amazon S3 buckets".
    """
    return {
        "Sid": "UseFsx",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey*",
            "kms:ReEncrypt*",
        ],
        "Resource": "*",  # in a key's policy, the key itself
        "Condition": {
            "ArnLike": {
                "aws:PrincipalArn": pulumi.Output.format(
                    "arn:{0}:iam::{1}:role/{2}", partition, account, FSX_ROLES
                )
            },
            "StringEquals": {
                "kms:CallerAccount": account,
                "kms:ViaService": pulumi.Output.format("s3.{0}.amazonaws.com", region),
            },
        },
    }
