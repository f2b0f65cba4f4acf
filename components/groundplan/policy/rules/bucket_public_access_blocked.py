"""Checks that buckets block public access, whatever policies and ACLs allow."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.buckets import ACCOUNT_PUBLIC_ACCESS, ACLS, PUBLIC_ACCESS, is_bucket
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import on, unknown
from groundplan.policy.relations import relations

SWITCHES = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read"})
"""ACLs that open a bucket to everyone, or to everyone with any AWS account."""
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if not is_bucket(resource):
        return
    related = relations(manifest)
    for place in (resource, *related.to(resource, ACLS, "bucket")):
        acl = place.inputs.get("acl")
        if acl in PUBLIC_ACLS:
            reason = f"bucket {resource.name} has the ACL {acl}: everyone can read it"
            fix = "remove the ACL, and grant read access to the roles that need it"
            yield Breach(place.urn, reason, "acl", Severity.CRITICAL, fix)
    if any(_off(block) == [] for block in related.any_of(*ACCOUNT_PUBLIC_ACCESS)):
        return
    blocks = list(related.to(resource, PUBLIC_ACCESS, "bucket"))
    for block in blocks:
        off = _off(block)
        if off:
            reason = (
                f"public access to bucket {resource.name} is not fully blocked: {', '.join(off)} "
                "not true"
            )
            fix = f"set {', '.join(off)} to true"
            yield Breach(block.urn, reason, off[0], fix=fix)
    if not blocks:
        # AWS blocks new buckets since April 2023; but buckets from before are open, and
        # so is one whose block was deleted.
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
        reason = (
            f"bucket {resource.name} has no public access block: anyone who may change its "
            "policy can make it public"
        )
        yield Breach(resource.urn, reason)


def _off(block: Resource) -> list[str]:
    values = {switch: block.inputs.get(switch) for switch in SWITCHES}
    return [switch for switch, value in values.items() if not on(value) and not unknown(value)]


RULE = Rule(
    name="bucket-public-access-blocked",
    severity=Severity.HIGH,
    summary="Buckets block public access by all four settings.",
    reason="Without the block, a later bucket policy or ACL can make every object public.",
    fix="add an aws.s3.BucketPublicAccessBlock for the bucket, with all four settings true",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-8",
)
