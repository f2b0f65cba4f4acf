"""S3 buckets and their settings: inline (in older provider versions) or in separate
resources."""

from collections.abc import Iterator
from typing import Any

from groundplan.catalog.aws.s3 import BUCKET
from groundplan.manifest.model import Resource
from groundplan.policy.documents import Statement, statements
from groundplan.policy.reading import at, objects
from groundplan.policy.relations import Relations
from groundplan.policy.type_groups import LOAD_BALANCERS

BUCKETS = BUCKET.tokens
POLICIES = ("aws:s3/bucketPolicy:BucketPolicy",)
PUBLIC_ACCESS = ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",)
ACCOUNT_PUBLIC_ACCESS = ("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",)
ACLS = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
LOGGING = ("aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketLoggingV2:BucketLoggingV2")


def is_bucket(resource: Resource) -> bool:
    return resource.type in BUCKETS


def settings(
    bucket: Resource, related: Relations, kind: str, input: str
) -> Iterator[tuple[Resource, str, Any]]:
    """Yields the settings of a bucket: (resource, property, value), from
    `aws:s3/<kind>` resources and the bucket's own inputs.

    `kind` is the resource's name (`bucketVersioning`), `input` its property with the
    setting. Inline it is `versioning`, or `versionings` in a BucketV2."""
    name = kind[0].upper() + kind[1:]
    types = (f"aws:s3/{kind}:{name}", f"aws:s3/{kind}V2:{name}V2")
    for resource in related.to(bucket, types, "bucket"):
        yield resource, input, resource.inputs.get(input)
    inline = kind.removeprefix("bucket")
    inline = inline[0].lower() + inline[1:]
    for key in (inline, f"{inline}s"):
        if bucket.inputs.get(key) not in (None, [], {}):
            yield bucket, key, bucket.inputs[key]


def policies(bucket: Resource, related: Relations) -> Iterator[tuple[Resource, Any]]:
    """Yields the policy documents of a bucket: text, data or an unknown."""
    for resource in (*related.to(bucket, POLICIES, "bucket"), bucket):
        document = resource.inputs.get("policy")
        if document is not None:
            yield resource, document


def statements_on(bucket: Resource, related: Relations) -> list[Statement]:
    """Returns all statements of a bucket's policies whose documents are known."""
    return [
        statement for _, document in policies(bucket, related) for statement in statements(document)
    ]


def takes_logs(bucket: Resource, related: Relations) -> bool:
    """Returns whether S3 or a load balancer delivers access logs to the bucket, which
    isn't supported with KMS."""
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html:
    # SSE-S3 only; and the same in
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    if any(related.to(bucket, LOGGING, "targetBucket")):
        return True
    if related.uses(bucket, BUCKETS, "logging", "loggings") or related.uses(
        bucket, LOAD_BALANCERS, "accessLogs", "connectionLogs"
    ):
        return True
    return any(
        statement.allows and ("Service", "logging.s3.amazonaws.com") in statement.principals
        for statement in statements_on(bucket, related)
    )


def rules_of(value: Any) -> Iterator[Any]:
    """Yields the rules of an encryption setting: `rules`, or `rule` in older
    versions."""
    for entry in objects(value):
        nested = entry.get("rules", entry.get("rule"))
        if nested is None:
            yield entry
        else:
            yield from objects(nested)


def default_encryption(rule: Any) -> Any:
    """Returns the default of an encryption rule, by either name."""
    for key in ("applyServerSideEncryptionByDefault", "applyServerSideEncryptionByDefaults"):
        if at(rule, key) is not None:
            return at(rule, key)
    return None
