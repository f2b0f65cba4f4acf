"""LogBucket: where S3 delivers the access logs of another bucket."""

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.storage.artifact_bucket.lifecycle import ABORT_MULTIPART_DAYS
from groundplan.storage.artifact_bucket.lifecycle_rules import (
    abort_multipart,
    expire,
    forget_versions,
)
from groundplan.storage.log_bucket.args import LogBucketArgs
from groundplan.storage.log_bucket.validation import validate
from groundplan.storage.private_bucket import PrivateBucket

RETENTION_DAYS = 365
DELETED_DAYS = 30
"""How long a log that expired, or that somebody deleted, can still be brought back."""


class LogBucket(Component):
    """A private bucket to which S3 delivers the access logs of one other bucket, and
    forgets them after a time."""

    bucket_name: pulumi.Output[str]
    """Name of the bucket."""
    bucket_arn: pulumi.Output[str]
    """ARN of the bucket."""

    def __init__(
        self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:LogBucket", name, {}, opts)
        context = Context.of(name, opts)
        checked = arguments.validated("LogBucket", LogBucketArgs, args, validate, context)

        made = PrivateBucket(
            name,
            self,
            keep=checked.get("deletion_protection", True),
            # S3 can't deliver access logs to a bucket with SSE-KMS. Source: S3 User
            # Guide, "Enabling Amazon S3 server access logging": default encryption of
            # the destination "only if you use" SSE-S3.
            encryption=aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=(
                    aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="AES256"
                    )
                )
            ),
            lifecycle_rules=[
                abort_multipart(ABORT_MULTIPART_DAYS),
                forget_versions(DELETED_DAYS),
                expire("", checked.get("retention_days", RETENTION_DAYS)),
            ],
            tags=tags.merged(name, checked.get("tags")),
        )
        self.bucket, self.versioning, self.encryption = (
            made.bucket,
            made.versioning,
            made.encryption,
        )
        self.public_access, self.ownership, self.lifecycle = (
            made.public_access,
            made.ownership,
            made.lifecycle,
        )
        self.policy = made.policy([self._delivery(checked["source_bucket_arn"])])

        self.bucket_name = self.bucket.bucket
        self.bucket_arn = self.bucket.arn
        self.register_outputs({"bucketName": self.bucket_name, "bucketArn": self.bucket_arn})

    def _delivery(self, source_bucket_arn: pulumi.Input[str]) -> iam.Statement:
        return {
            "Sid": "DeliverAccessLogs",
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": pulumi.Output.concat(self.bucket.arn, "/*"),
            # S3 delivers for whoever asks it to: without the conditions, for buckets of
            # strangers too.
            "Condition": {
                "ArnLike": {"aws:SourceArn": source_bucket_arn},
                "StringEquals": {
                    "aws:SourceAccount": iam.account_id(pulumi.InvokeOptions(parent=self))
                },
            },
        }
