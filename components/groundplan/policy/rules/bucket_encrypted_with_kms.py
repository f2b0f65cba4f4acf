"""Checks that buckets are encrypted with a KMS key."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.buckets import default_encryption, is_bucket, rules_of, settings, takes_logs
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, unknown
from groundplan.policy.relations import relations

KMS = frozenset({"aws:kms", "aws:kms:dsse"})


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if not is_bucket(resource) or takes_logs(resource, relations(manifest)):
        return
    configured = False
    for place, path, value in settings(
        resource, relations(manifest), "bucketServerSideEncryptionConfiguration", "rules"
    ):
        configured = configured or unknown(value)
        for rule in rules_of(value):
            default = default_encryption(rule)
            if default is None:
                continue  # a rule about something else: `bucketKeyEnabled`
            configured, algorithm = True, at(default, "sseAlgorithm")
            if algorithm not in KMS and not unknown(algorithm):
                reason = (
                    f"bucket {resource.name} encrypts with {algorithm}: read access to the "
                    "bucket is enough to read its objects"
                )
                yield Breach(place.urn, reason, path)
    if not configured:
        reason = (
            f"bucket {resource.name} has no KMS key: read access to the bucket is enough to read "
            "its objects"
        )
        yield Breach(resource.urn, reason)


RULE = Rule(
    name="bucket-encrypted-with-kms",
    severity=Severity.MEDIUM,
    summary="Buckets are encrypted with a KMS key, except for those that receive access logs.",
    reason=(
        "With S3's own key, read access to the bucket is enough to read its objects. A KMS key "
        "requires a second permission, whose use CloudTrail records."
    ),
    fix=(
        "add an aws.s3.BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms and the "
        "ARN of a key"
    ),
    settings_fix="name a key in kmsKeyArn, or remove it: the component creates one",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-17",
)
