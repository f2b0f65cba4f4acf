"""The alarm on copies of a bucket's objects that fail."""

from groundplan.monitoring.alarms import MISSING_IS_FINE, Alarm
from groundplan.monitoring.spec import WatchedReplica
from groundplan.storage.artifact_bucket.rule import RULE


def of_replica(label: str, replica: WatchedReplica) -> list[Alarm]:
    """Returns the alarm of the copies of a bucket.

    S3 publishes failed operations in the region of the originals, and what it measures
    else in that of the copies (S3 User Guide, "Using S3 Replication metrics").
    """
    return [
        Alarm(
            "failed",
            f"Objects of the bucket {label} were not copied to the other region.",
            "replica-failed.md",
            {
                # S3 does not try again: each is missing until it is copied by hand.
                "comparison_operator": "GreaterThanThreshold",
                "threshold": 0,
                "period": 300,
                "evaluation_periods": 1,
                "namespace": "AWS/S3",
                "metric_name": "OperationsFailedReplication",
                "dimensions": {
                    "SourceBucket": replica.bucket_name,
                    "DestinationBucket": replica.replica_bucket_name,
                    "RuleId": RULE,
                },
                "statistic": "Sum",
                **MISSING_IS_FINE,
            },
        )
    ]
