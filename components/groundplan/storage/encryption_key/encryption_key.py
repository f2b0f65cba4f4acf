"""EncryptionKey: a KMS key with rotation, an alias, and a policy for AWS services."""

from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam
from groundplan.component import Component
from groundplan.context import Context
from groundplan.storage.encryption_key.args import EncryptionKeyArgs
from groundplan.storage.encryption_key.spec import EncryptionKeySpec, resolve
from groundplan.storage.encryption_key.validation import validate

USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
"""The actions that AWS documents for services that use a key."""
FSX_ROLES = (
    "aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/AWSServiceRoleForFSxS3Access_*"
)
"""The roles that Lustre file systems assume to read and write linked buckets, one for
each file system."""


class EncryptionKey(Component):
    """A customer managed KMS key with yearly rotation and an alias, retained on
    delete."""

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
        valid = arguments.validated("EncryptionKey", EncryptionKeyArgs, args, validate, context)
        spec = resolve(valid, context)
        protected = spec.deletion_protection

        self.key = aws.kms.Key(
            f"{name}-key",
            description=spec.description,
            enable_key_rotation=True,
            deletion_window_in_days=spec.deletion_window_days,
            policy=self._policy(spec),
            tags=spec.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=protected, retain_on_delete=protected),
        )
        self.alias = aws.kms.Alias(
            f"{name}-alias",
            name=spec.alias,
            target_key_id=self.key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = self.key.arn
        self.key_id = self.key.key_id
        self.register_outputs({"arn": self.arn, "keyId": self.key_id})

    def _policy(self, spec: EncryptionKeySpec) -> pulumi.Output[str]:
        invoke = pulumi.InvokeOptions(parent=self)
        account = iam.account_id(invoke)
        partition = iam.partition(invoke)
        region = iam.region(invoke)
        administration: iam.Statement = {
            # Allows IAM policies of this account to control access to the key; without
            # it a key can become unmanageable.
            "Sid": "AccountAdministration",
            "Effect": "Allow",
            "Principal": {"AWS": pulumi.Output.format("arn:{0}:iam::{1}:root", partition, account)},
            "Action": "kms:*",
            "Resource": "*",
        }
        statements = [_statement(service, account, partition, region) for service in spec.services]
        return iam.document([administration, *statements])


def _statement(
    service: str,
    account: pulumi.Input[str],
    partition: pulumi.Input[str],
    region: pulumi.Input[str],
) -> iam.Statement:
    """Returns the statement that allows a service to use the key."""
    if service == "fsx":
        return _fsx(account, partition, region)
    principal: pulumi.Input[str] = f"{service}.amazonaws.com"
    condition: dict[str, Any] | None = {"StringEquals": {"aws:SourceAccount": account}}
    if service == "logs":
        # CloudWatch Logs passes the log group in the encryption context, and no source
        # account.
        principal = pulumi.Output.format("logs.{0}.amazonaws.com", region)
        groups = pulumi.Output.format(
            "arn:{0}:logs:{1}:{2}:log-group:*", partition, region, account
        )
        condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}
    elif service == "events":
        # EventBridge passes no source account to the key of a topic; with a condition
        # its events are lost silently. Source: Amazon SNS Developer Guide, "Key
        # management", EventBridge-to-encrypted topics.
        condition = None
    statement: dict[str, Any] = {
        "Sid": f"Use{service.capitalize()}",
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": list(USE),
        "Resource": "*",  # in a key policy, the key itself
    }
    return statement | ({"Condition": condition} if condition else {})


def _fsx(
    account: pulumi.Input[str], partition: pulumi.Input[str], region: pulumi.Input[str]
) -> iam.Statement:
    """Returns the statement for the roles of this account's Lustre file systems,
    limited to requests through S3.

    FSx creates such a role when it links a file system, so it cannot be a principal
    before; and the account as principal would require permissions in the role's own
    policy, which has none for keys. Source: FSx for Lustre User Guide, "Working with
    server-side encrypted Amazon S3 buckets".
    """
    return {
        "Sid": "UseFsx",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": list(USE),
        "Resource": "*",  # in a key policy, the key itself
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
