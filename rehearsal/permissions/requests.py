"""The actions that a call of AWS's APIs takes, on which resources: what IAM is asked.

Service Authorization Reference, "Actions, resources, and condition keys" of each
service. An object in a bucket with a KMS key needs the key, too (Amazon S3 User Guide,
"Using server-side encryption with AWS KMS keys").
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.account.names import ACCOUNT
from rehearsal.permissions.policies import Need

Params = Mapping[str, Any]
S3_ACTIONS = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
"""Operation -> the action, where that is another word."""
PREFIXES = {
    "amp": "aps",
    "cloudcontrol": "cloudformation",
    "resourcegroupstaggingapi": "tag",
    "service-quotas": "servicequotas",
}
"""Service, as boto3 names it -> the prefix of its actions, where that is another."""
KINDS = {
    "TrainingJobName": "training-job",
    "ProcessingJobName": "processing-job",
    "EndpointName": "endpoint",
    "EndpointConfigName": "endpoint-config",
    "ModelName": "model",
    "ModelPackageGroupName": "model-package-group",
}
"""Parameter of SageMaker -> the kind of resource that it names."""


@dataclass(frozen=True)
class Keys:
    """The KMS keys that resources are encrypted with."""

    buckets: Mapping[str, str] = field(default_factory=dict)
    """By name of the bucket."""
    others: Mapping[str, str] = field(default_factory=dict)
    """By ARN: topics, queues, state machines."""


def needs(region: str, keys: Keys, service: str, operation: str, params: Params) -> list[Need]:
    """Returns what a call needs."""
    found = _SERVICES.get(service)
    if found is None:
        return [Need(f"{PREFIXES.get(service, service)}:{operation}", "*")]
    return list(found(region, keys, operation, params))


def _s3(_region: str, keys: Keys, operation: str, params: Params) -> Iterator[Need]:
    bucket = params.get("Bucket", "")
    base, key = f"arn:aws:s3:::{bucket}", params.get("Key")
    action = f"s3:{S3_ACTIONS.get(operation, operation)}"
    context = _connection()
    if operation in ("ListObjectsV2", "ListObjects", "ListObjectVersions"):
        yield Need(action, base, {**context, "s3:prefix": params.get("Prefix", "")})
        return
    if operation == "DeleteObjects":
        for item in params["Delete"]["Objects"]:
            yield Need("s3:DeleteObject", f"{base}/{item['Key']}", context)
        return
    if operation == "CopyObject":
        source = params["CopySource"]
        yield Need("s3:GetObject", f"arn:aws:s3:::{source['Bucket']}/{source['Key']}", context)
        action = "s3:PutObject"
    if params.get("VersionId") and action in ("s3:GetObject", "s3:DeleteObject"):
        action += "Version"
    if action == "s3:PutObject":
        context = {**context, **_written(operation, params)}
    yield Need(action, base if key is None else f"{base}/{key}", context)
    key_arn = params.get("SSEKMSKeyId") or keys.buckets.get(bucket)
    if key_arn and key is not None:
        if action == "s3:PutObject":
            yield Need("kms:GenerateDataKey", key_arn)
        if action.startswith("s3:GetObject") or "Multipart" in operation:
            yield Need("kms:Decrypt", key_arn)


def _connection() -> dict[str, str]:
    return {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}


def _written(operation: str, params: Params) -> dict[str, str]:
    """The condition keys of a write (Amazon S3 User Guide, "Enforce conditional
    writes")."""
    creates = operation in ("PutObject", "CopyObject", "CompleteMultipartUpload")
    found = {"s3:ObjectCreationOperation": str(creates).lower()}
    for key, name in (
        ("IfNoneMatch", "s3:if-none-match"),
        ("IfMatch", "s3:if-match"),
        ("ServerSideEncryption", "s3:x-amz-server-side-encryption"),
        ("SSEKMSKeyId", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
        ("SSECustomerAlgorithm", "s3:x-amz-server-side-encryption-customer-algorithm"),
    ):
        if params.get(key):
            found[name] = str(params[key])
    return found


def _sagemaker(region: str, _keys: Keys, operation: str, params: Params) -> Iterator[Need]:
    base, action = f"arn:aws:sagemaker:{region}:{ACCOUNT}", f"sagemaker:{operation}"
    context = {}
    if "ModelApprovalStatus" in params:
        context["sagemaker:ModelApprovalStatus"] = params["ModelApprovalStatus"]
    named = [params[key] for key in ("ModelPackageName", "ModelPackageArn") if key in params]
    named += [f"{base}:{kind}/{params[key]}" for key, kind in KINDS.items() if key in params]
    if operation == "CreateModel":
        containers = [params.get("PrimaryContainer", {}), *params.get("Containers", ())]
        named += [c["ModelPackageName"] for c in containers if "ModelPackageName" in c]
    yield from (Need(action, arn, context) for arn in named or ["*"])
    if params.get("Tags"):
        yield Need("sagemaker:AddTags", named[0])
    passed = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    for key in ("RoleArn", "ExecutionRoleArn"):
        if key in params:
            yield Need("iam:PassRole", params[key], passed)


def _cloudwatch(_region: str, _keys: Keys, operation: str, params: Params) -> Iterator[Need]:
    space = params.get("Namespace")
    yield Need(f"cloudwatch:{operation}", "*", {"cloudwatch:namespace": space} if space else {})


def _events(region: str, _keys: Keys, operation: str, params: Params) -> Iterator[Need]:
    for entry in params["Entries"]:
        bus = f"arn:aws:events:{region}:{ACCOUNT}:event-bus/{entry.get('EventBusName', 'default')}"
        yield Need(f"events:{operation}", bus, {"events:source": entry["Source"]})


def _states(_region: str, keys: Keys, operation: str, params: Params) -> Iterator[Need]:
    arn = params.get("stateMachineArn") or params.get("executionArn")
    if arn is None:  # a token names an execution; whoever has it may return it
        return
    yield Need(f"states:{operation}", arn)
    if operation == "StartExecution" and arn in keys.others:
        yield Need("kms:GenerateDataKey", keys.others[arn])
        yield Need("kms:Decrypt", keys.others[arn])


def _sns(_region: str, keys: Keys, operation: str, params: Params) -> Iterator[Need]:
    topic = params.get("TopicArn", "*")
    yield Need(f"sns:{operation}", topic, {"aws:SecureTransport": "true"})
    if operation == "Publish" and topic in keys.others:
        yield Need("kms:GenerateDataKey", keys.others[topic])
        yield Need("kms:Decrypt", keys.others[topic])


def _runtime(region: str, _keys: Keys, operation: str, params: Params) -> Iterator[Need]:
    arn = f"arn:aws:sagemaker:{region}:{ACCOUNT}:endpoint/{params['EndpointName']}"
    yield Need(f"sagemaker:{operation}", arn)


def _ecr(region: str, _keys: Keys, operation: str, params: Params) -> Iterator[Need]:
    """Logging in has no resource. ECR uses the repository's key by a grant of its own
    (Amazon ECR User Guide, "Encryption at rest")."""
    names = [params.get("repositoryName"), *params.get("repositoryNames", ())]
    base = f"arn:aws:ecr:{region}:{ACCOUNT}:repository/"
    for arn in [f"{base}{name}" for name in names if name] or ["*"]:
        yield Need(f"ecr:{operation}", arn)


def _kms(_region: str, _keys: Keys, operation: str, params: Params) -> Iterator[Need]:
    named = str(params.get("KeyId", ""))
    yield Need(f"kms:{operation}", named if named.startswith("arn:") else "*")


def _glue(region: str, _keys: Keys, operation: str, params: Params) -> Iterator[Need]:
    yield Need(f"glue:{operation}", f"arn:aws:glue:{region}:{ACCOUNT}:job/{params['JobName']}")


def _nothing(_region: str, _keys: Keys, _operation: str, _params: Params) -> Iterator[Need]:
    """GetCallerIdentity needs no permission (API reference)."""
    yield from ()


_SERVICES: Mapping[str, Callable[[str, Keys, str, Params], Iterator[Need]]] = {
    "s3": _s3,
    "sagemaker": _sagemaker,
    "sagemaker-runtime": _runtime,
    "cloudwatch": _cloudwatch,
    "ecr": _ecr,
    "events": _events,
    "kms": _kms,
    "glue": _glue,
    "stepfunctions": _states,
    "sns": _sns,
    "sts": _nothing,
}
