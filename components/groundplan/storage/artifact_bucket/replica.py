"""The copies of a bucket's objects in another region: a bucket, its key, and the alarm
on their delay."""

import pulumi
import pulumi_aws as aws

from groundplan import runbooks
from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.storage import bucket_policy
from groundplan.storage.artifact_bucket.encryption import default_encryption
from groundplan.storage.artifact_bucket.lifecycle import lifecycle_rules
from groundplan.storage.artifact_bucket.rule import RULE
from groundplan.storage.artifact_bucket.spec import ArtifactBucketSpec, ReplicaSpec, ReplicationSpec
from groundplan.storage.encryption_key.encryption_key import EncryptionKey
from groundplan.storage.private_bucket import PrivateBucket

RUNBOOK = "replica-delay.md"
PERIOD = 300


class Replica:
    """The bucket of the copies, as children of the component of the originals.

    Its policy is that of every bucket, without the folders that are written once: S3
    alone writes there, until the copies replace the originals.
    """

    def __init__(
        self, parent: pulumi.ComponentResource, spec: ArtifactBucketSpec, replica: ReplicaSpec
    ) -> None:
        name = f"{spec.name}-replica"
        self._replica = replica
        self.key = EncryptionKey(
            f"{name}-key",
            {
                "description": f"Copies of the objects of the bucket {spec.name}",
                "region": replica.region,
                "deletion_protection": spec.deletion_protection,
                "tags": spec.own_tags,
            },
            pulumi.ResourceOptions(parent=parent),
        )
        private = PrivateBucket(
            name,
            parent,
            protect=spec.deletion_protection,
            encryption=default_encryption(self.key.arn),
            # S3 doesn't replicate what a lifecycle does: without its own, scratch data
            # would remain for ever.
            lifecycle_rules=lifecycle_rules(spec.lifecycle),
            tags=spec.tags,
            object_lock=spec.object_lock is not None,
            region=replica.region,
        )
        self.bucket, self.versioning = private.bucket, private.versioning
        self.policy = private.create_policy(
            bucket_policy.encryption_statements(self.bucket.arn, self.key.arn)
        )

    @property
    def replication(self) -> ReplicationSpec:
        """The replication to this bucket."""
        return ReplicationSpec(
            bucket_arn=self.bucket.arn,
            kms_key_arn=self.key.arn,
            account_id=None,
            prefix="",
            deletions=False,
            metrics=True,
            time_control=self._replica.time_control,
        )

    def create_alarm(
        self,
        parent: pulumi.ComponentResource,
        spec: ArtifactBucketSpec,
        source_bucket: pulumi.Input[str],
    ) -> aws.cloudwatch.MetricAlarm | None:
        """Creates the alarm on the delay of copies; None without a topic to notify.

        S3 publishes the delay in the region of the copies, where the alarm and its
        topics have to be (S3 User Guide, "Using S3 Replication metrics").
        """
        replica = self._replica
        if not replica.alarm_actions:
            return None
        minutes = replica.max_delay_minutes
        summary = f"Copies of {spec.name} in {replica.region} are over {minutes} minutes behind."
        return aws.cloudwatch.MetricAlarm(
            f"{spec.name}-replica-delay",
            region=replica.region,
            alarm_description=runbooks.message(summary, AlertSeverity.WARNING.value, "", RUNBOOK),
            namespace="AWS/S3",
            metric_name="ReplicationLatency",
            dimensions={
                "SourceBucket": source_bucket,
                "DestinationBucket": self.bucket.bucket,
                "RuleId": RULE,
            },
            statistic="Maximum",
            comparison_operator="GreaterThanThreshold",
            threshold=minutes * 60,
            period=PERIOD,
            evaluation_periods=3,
            datapoints_to_alarm=3,
            treat_missing_data="notBreaching",
            alarm_actions=list(replica.alarm_actions),
            ok_actions=list(replica.alarm_actions),
            tags=spec.tags,
            opts=pulumi.ResourceOptions(parent=parent),
        )
