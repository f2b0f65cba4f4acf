"""The IAM actions that calls of AWS APIs need (Service Authorization Reference).

Most actions are named as the operation is. The exceptions are below, by service: those
of Amazon S3 are in its "Actions defined by Amazon S3", those of API Gateway are the
methods of HTTP ("Actions defined by Amazon API Gateway Management V2"), those of AWS
Budgets two.
"""

from collections.abc import Mapping

S3: Mapping[str, tuple[str, ...]] = {
    "CopyObject": ("s3:GetObject", "s3:PutObject"),
    "DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "DeleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "DeleteBucketOwnershipControls": ("s3:PutBucketOwnershipControls",),
    "DeleteBucketReplication": ("s3:PutReplicationConfiguration",),
    "DeleteBucketTagging": ("s3:PutBucketTagging",),
    "DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "GetBucketAccelerateConfiguration": ("s3:GetAccelerateConfiguration",),
    "GetBucketCors": ("s3:GetBucketCORS",),
    "GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "HeadBucket": ("s3:ListBucket",),
    "HeadObject": ("s3:GetObject",),
    "ListObjectVersions": ("s3:ListBucketVersions",),
    "ListObjectsV2": ("s3:ListBucket",),
    "PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "PutBucketReplication": ("s3:PutReplicationConfiguration",),
    "PutObjectLockConfiguration": ("s3:PutBucketObjectLockConfiguration",),
    "PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
}
METHODS: Mapping[str, str] = {
    "Create": "POST",
    "Delete": "DELETE",
    "Get": "GET",
    "Import": "PUT",
    "Reimport": "PUT",
    "Tag": "POST",
    "Untag": "DELETE",
    "Update": "PATCH",
}
"""The beginning of an operation's name -> its method (API Gateway V2 API Reference)."""
BUDGETS_TAGS = ("ListTagsForResource", "TagResource", "UntagResource")
LAMBDA: Mapping[str, tuple[str, ...]] = {"Invoke": ("lambda:InvokeFunction",)}


def of(call: str) -> tuple[str, ...]:
    """The actions that a call needs: `s3:HeadObject` needs `s3:GetObject`."""
    service, _, operation = call.partition(":")
    match service:
        case "s3":
            return S3.get(operation, (call,))
        case "lambda":
            return LAMBDA.get(operation, (call,))
        case "apigateway":
            return (f"apigateway:{_method(operation)}",)
        case "budgets" if operation not in BUDGETS_TAGS:
            reads = operation.startswith("Describe")
            return ("budgets:ViewBudget" if reads else "budgets:ModifyBudget",)
    return (call,)


def _method(operation: str) -> str:
    return next(method for verb, method in METHODS.items() if operation.startswith(verb))
