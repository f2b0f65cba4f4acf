"""LogBucket: the destination of the access logs of another bucket."""

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam
from groundplan.component import Component
from groundplan.context import Context
from groundplan.storage.artifact_bucket.lifecycle_rules import (
    abort_multipart,
    expire,
    expire_versions,
)
from groundplan.storage.log_bucket.args import LogBucketArgs
from groundplan.storage.log_bucket.spec import resolve
from groundplan.storage.log_bucket.validation import validate
from groundplan.storage.private_bucket import PrivateBucket

ABORT_MULTIPART_DAYS = 7
DELETED_DAYS = 30
"""Days that an expired or deleted log can be restored."""


class LogBucket(Component):
    """A private bucket that S3 delivers the access logs of one other bucket to, and in
    which they expire."""

    bucket_name: pulumi.Output[str]
    """Name of the bucket."""
    bucket_arn: pulumi.Output[str]
    """ARN of the bucket."""

    def __init__(
        self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:LogBucket", name, {}, opts)
        context = Context.of(name, opts)
        valid = arguments.validated("LogBucket", LogBucketArgs, args, validate, context)
        spec = resolve(valid, context)

        private = PrivateBucket(
            name,
            self,
            deletion_protection=spec.deletion_protection,
            # S3 cannot deliver access logs to a bucket with SSE-KMS. Source: S3 User
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
                expire_versions(DELETED_DAYS),
                expire("", spec.retention_days),
            ],
            tags=spec.tags,
        )
        self.bucket, self.versioning = private.bucket, private.versioning
        self.encryption, self.public_access = private.encryption, private.public_access
        self.ownership, self.lifecycle = private.ownership, private.lifecycle
        self.policy = private.create_policy([self._delivery(spec.source_bucket_arn)])

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
            # Without the conditions, S3 also delivers the logs of buckets of other
            # accounts.
            "Condition": {
                "ArnLike": {"aws:SourceArn": source_bucket_arn},
                "StringEquals": {
                    "aws:SourceAccount": iam.account_id(pulumi.InvokeOptions(parent=self))
                },
            },
        }
