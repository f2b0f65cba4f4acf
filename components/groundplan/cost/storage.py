"""Storage and its protection: buckets, image repositories, keys, secrets."""

from collections.abc import Iterator, Mapping

from groundplan.catalog.aws.s3 import BUCKET_LIFECYCLE
from groundplan.cost.assumptions import amount_text
from groundplan.cost.estimation import (
    Charge,
    Context,
    Estimator,
    Free,
    Span,
    Unknown,
    mapping,
    mappings,
)
from groundplan.manifest.model import Resource


def bucket(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Yields the size of a bucket, and requests. With Intelligent-Tiering the least is
    a bucket of which nothing is read for 30 days."""
    size = ctx.assume("bucket_gb", resource)
    if _tiered(resource, ctx):
        yield from _tiers(resource, size, ctx)
    else:
        yield ctx.charge("s3-standard-gb-month", size, f"{amount_text(size)} GB")
    writes, reads = ctx.assume("bucket_writes", resource), ctx.assume("bucket_reads", resource)
    yield ctx.charge("s3-write-request", writes, f"{amount_text(writes)} writes")
    yield ctx.charge("s3-read-request", reads, f"{amount_text(reads)} reads")


def _tiers(resource: Resource, size: float, ctx: Context) -> Iterator[Charge]:
    frequent = ctx.prices.find("s3-intelligent-tiering-frequent-gb-month")
    seldom = ctx.prices.find("s3-intelligent-tiering-infrequent-gb-month")
    objects = ctx.assume("bucket_objects", resource)
    words = f"{amount_text(size)} GB with Intelligent-Tiering"
    if frequent and seldom:
        ctx.dates.add(seldom.date)
        ctx.note(
            "intelligent tiering",
            "all in the frequent tier; the least is all in the infrequent tier",
        )
        yield ctx.at(frequent, Span(size * seldom.usd / frequent.usd, size, size), words)
    else:
        yield ctx.missing(words)
    yield ctx.charge(
        "s3-intelligent-tiering-object-month", objects, f"{amount_text(objects)} objects monitored"
    )


def _tiered(resource: Resource, ctx: Context) -> bool:
    lifecycle = ctx.referrers(BUCKET_LIFECYCLE.token, "bucket").get(resource.urn)
    rules = mappings(lifecycle.inputs.get("rules")) if lifecycle else []
    return any(
        transition.get("storageClass") == "INTELLIGENT_TIERING"
        for rule in rules
        for transition in mappings(rule.get("transitions"))
    )


METRICS = 4
"""Metrics of a rule of replication (S3 User Guide, "Using S3 Replication metrics":
"billed at the same rate as Amazon CloudWatch custom metrics")."""


def replication(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Yields the metrics of rules. How much is replicated isn't known."""
    rules = mappings(resource.inputs.get("rules"))
    measured = [r for r in rules if mapping(mapping(r.get("destination")).get("metrics"))]
    ctx.note(
        "replication",
        "without the transfer between regions and S3 Replication Time Control, both by the GB",
    )
    if measured:
        metrics = METRICS * len(measured)
        yield ctx.charge("custom-metric-month", metrics, f"{metrics} custom metrics")
    else:
        yield Free("the buckets and the transfer are charged")


def repository(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Images in a repository."""
    size = ctx.assume("repository_gb", resource)
    yield ctx.charge("ecr-gb-month", size, f"{amount_text(size)} GB")


def scanning(resource: Resource, _ctx: Context) -> Iterator[Charge]:
    """Yields how a registry's images are scanned: ECR's own scans are free, Amazon
    Inspector's aren't."""
    kind = resource.inputs.get("scanType")
    yield (
        Free("basic scans are free")
        if kind == "BASIC"
        else Unknown("no price for scans by Amazon Inspector")
    )


def key(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A key, its rotated key material, and requests."""
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
        yield ctx.charge("kms-request", requests, f"{amount_text(requests)} requests")
    else:
        yield Unknown(f"no price for requests with a key of the kind {kind}")


def replica_key(_resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A key's replica in another region costs as much as a key."""
    yield ctx.charge("kms-key-month", 1, "replica")


def secret(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A secret and its requests."""
    requests = ctx.assume("secret_requests", resource)
    yield ctx.charge("secret-month", 1, "secret")
    yield ctx.charge("secret-request", requests, f"{amount_text(requests)} requests")


ESTIMATORS: Mapping[str, Estimator] = {
    "image-scanning": scanning,
    "image-repository": repository,
    "kms-key": key,
    "kms-replica-key": replica_key,
    "s3-bucket": bucket,
    "s3-replication": replication,
    "secret": secret,
}
