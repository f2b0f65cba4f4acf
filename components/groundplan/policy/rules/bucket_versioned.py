"""Checks that buckets are versioned."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.buckets import is_bucket, settings
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, unknown
from groundplan.policy.relations import relations


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if not is_bucket(resource):
        return
    places = list(
        settings(resource, relations(manifest), "bucketVersioning", "versioningConfiguration")
    )
    for place, path, value in places:
        # `{status: Enabled}` in a resource of its own, `{enabled: true}` inline.
        status = at(value, "enabled") if at(value, "status") is None else at(value, "status")
        if status not in ("Enabled", True) and not unknown(status):
            yield Breach(
                place.urn, f"the versioning of bucket {resource.name} is off: {LOSS}", path
            )
    if not places:
        yield Breach(resource.urn, f"bucket {resource.name} is not versioned: {LOSS}")


LOSS = "a dataset or model that is overwritten or deleted is lost"

RULE = Rule(
    name="bucket-versioned",
    severity=Severity.MEDIUM,
    summary="Buckets are versioned.",
    reason="Without versions, a dataset or model that is overwritten or deleted can't be restored.",
    fix="add an aws.s3.BucketVersioning for the bucket, with status Enabled",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-14",
)
