"""The component EncryptionKey: a KMS key with rotation, an alias, and a key policy for
AWS services."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.arguments import DEFAULTS, validated
from groundplan.component import Component
from groundplan.context import Context
from groundplan.storage.encryption_key.args import EncryptionKeyArgs
from groundplan.storage.encryption_key.spec import resolve
from groundplan.storage.encryption_key.validation import validate

FSX_ROLES = (
    "aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/AWSServiceRoleForFSxS3Access_*"
)
"""The roles by which Lustre file systems read and write the buckets that they are
linked to, one for each file system."""


class EncryptionKey(Component):
    """A customer-managed KMS key with yearly rotation and an alias; protected, and
    retained on delete."""

    arn: pulumi.Output[str]
    """ARN of the key."""
    key_id: pulumi.Output[str]
    """ID of the key."""

    def __init__(
        self,
        name: str,
        args: EncryptionKeyArgs = DEFAULTS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("groundplan:index:EncryptionKey", name, {}, opts)
        context = Context.of(name, opts)
        valid = validated("EncryptionKey", EncryptionKeyArgs, args, validate, context)
        spec = resolve(valid, context)
        protect = spec.deletion_protection

        self.key = aws.kms.Key(
            f"{name}-key",
            description=spec.description,
            enable_key_rotation=True,
            deletion_window_in_days=spec.deletion_window_days,
            policy=self._policy(spec.services, spec.region),
            region=spec.region,
            tags=spec.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        self.alias = aws.kms.Alias(
            f"{name}-alias",
            name=spec.alias,
            target_key_id=self.key.key_id,
            region=spec.region,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = self.key.arn
        self.key_id = self.key.key_id
        self.register_outputs({"arn": self.arn, "keyId": self.key_id})

    def _policy(self, services: Sequence[str], own_region: str | None) -> pulumi.Output[str]:
        invoke = pulumi.InvokeOptions(parent=self)
        account, partition = iam.account_id(invoke), iam.partition(invoke)
        region: pulumi.Input[str] = own_region or iam.region(invoke)
        statements: list[iam.Statement] = [
            {
                # Delegates access to IAM policies of this account; without it a key can
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
            if service == "log-delivery":
                statements.append(_log_delivery(account, partition, region))
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
                # its events are lost silently. Source: Amazon SNS Developer
                # Guide, "Key management", EventBridge-to-encrypted topics.
                condition = None
            elif service == "aps":
                # The service's documentation has none either: User Guide, "Giving
                # Amazon Managed Service for Prometheus permission to send alert
                # messages to your Amazon SNS topic". The topic's policy names the
                # workspace.
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


def _log_delivery(
    account: pulumi.Input[str], partition: pulumi.Input[str], region: pulumi.Input[str]
) -> iam.Statement:
    """Returns the statement for what delivers the logs of a state machine that this key
    encrypts (Step Functions Developer Guide, "Data at rest encryption")."""
    logs = pulumi.Output.format("arn:{0}:logs:{1}:{2}:*", partition, region, account)
    return {
        "Sid": "UseLogDelivery",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringLike": {"kms:EncryptionContext:SourceArn": logs}},
    }


def _fsx(
    account: pulumi.Input[str], partition: pulumi.Input[str], region: pulumi.Input[str]
) -> iam.Statement:
    """Returns the statement for the roles by which this account's Lustre file systems
    access a bucket, and only for requests through S3.

    FSx creates such a role when it links a file system, so that it can't be a principal
    before; the account as principal would delegate to the role's own policy, which
    contains no keys. Source: FSx for Lustre User Guide, "Working with
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
