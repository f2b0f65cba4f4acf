"""What keeps data and guards it: buckets, image repositories, keys, secrets."""

from collections.abc import Iterator, Mapping

from groundplan.cost import prices
from groundplan.cost.assumptions import told
from groundplan.cost.reckoning import Charge, Context, Free, Reckoner, Span, Unknown, mappings
from groundplan.manifest.model import Resource

LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


def bucket(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """What lies in a bucket, and requests. With Intelligent-Tiering the least is when
    nothing is read for 30 days."""
    size = ctx.assume("bucket_gb", resource)
    frequent = prices.find("s3-intelligent-tiering-frequent-gb-month")
    seldom = prices.find("s3-intelligent-tiering-infrequent-gb-month")
    if _tiered(resource, ctx) and frequent and seldom:
        objects = ctx.assume("bucket_objects", resource)
        ctx.dates.add(seldom.date)
        ctx.note(
            "intelligent tiering",
            "all in the frequent tier; the least is all in the infrequent tier",
        )
        stored = Span(size * seldom.usd / frequent.usd, size, size)
        yield ctx.at(frequent, stored, f"{told(size)} GB with Intelligent-Tiering")
        yield ctx.charge(
            "s3-intelligent-tiering-object-month", objects, f"{told(objects)} objects watched"
        )
    else:
        yield ctx.charge("s3-standard-gb-month", size, f"{told(size)} GB")
    writes, reads = ctx.assume("bucket_writes", resource), ctx.assume("bucket_reads", resource)
    yield ctx.charge("s3-write-request", writes, f"{told(writes)} writes")
    yield ctx.charge("s3-read-request", reads, f"{told(reads)} reads")


def _tiered(resource: Resource, ctx: Context) -> bool:
    found = ctx.referrers(LIFECYCLE, "bucket").get(resource.urn)
    rules = mappings(found.inputs.get("rules")) if found else []
    return any(
        transition.get("storageClass") == "INTELLIGENT_TIERING"
        for rule in rules
        for transition in mappings(rule.get("transitions"))
    )


def repository(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Images in a repository."""
    size = ctx.assume("repository_gb", resource)
    yield ctx.charge("ecr-gb-month", size, f"{told(size)} GB")


def scanning(resource: Resource, _ctx: Context) -> Iterator[Charge]:
    """How a registry's images are scanned: ECR's own scans are free, Amazon Inspector's
    aren't."""
    kind = resource.inputs.get("scanType")
    yield (
        Free("basic scans are free")
        if kind == "BASIC"
        else Unknown("no price for scans by Amazon Inspector")
    )


def key(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A key, the older material that rotation left, and requests."""
    requests = ctx.assume("key_requests", resource)
    kind = resource.inputs.get("customerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    if resource.inputs.get("customKeyStoreId"):
        yield Unknown("no price for the key store")
    yield ctx.charge("kms-key-month", 1, "key")
    rotations = (
        min(2, ctx.assume("key_rotations", resource))
        if resource.inputs.get("enableKeyRotation")
        else 0
    )
    if rotations:
        yield ctx.charge("kms-key-month", rotations, f"{rotations:g} rotations")
    if kind == "SYMMETRIC_DEFAULT":
        yield ctx.charge("kms-request", requests, f"{told(requests)} requests")
    else:
        yield Unknown(f"no price for requests with a key of the kind {kind}")


def replica_key(_resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A key's replica in another region costs as much as a key."""
    yield ctx.charge("kms-key-month", 1, "replica")


def secret(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A secret and what reads it."""
    requests = ctx.assume("secret_requests", resource)
    yield ctx.charge("secret-month", 1, "secret")
    yield ctx.charge("secret-request", requests, f"{told(requests)} requests")


RECKONERS: Mapping[str, Reckoner] = {
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": scanning,
    "aws:ecr/repository:Repository": repository,
    "aws:kms/key:Key": key,
    "aws:kms/replicaKey:ReplicaKey": replica_key,
    "aws:s3/bucket:Bucket": bucket,
    "aws:secretsmanager/secret:Secret": secret,
}
