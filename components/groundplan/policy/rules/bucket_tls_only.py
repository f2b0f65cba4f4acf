"""Checks that bucket policies deny requests without TLS."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.buckets import is_bucket, policies
from groundplan.policy.documents import Statement, statements
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import unknown
from groundplan.policy.relations import relations

KEY = "aws:securetransport"


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if not is_bucket(resource):
        return
    places = list(policies(resource, relations(manifest)))
    if any(unknown(document) and not statements(document) for _, document in places):
        return
    refused = [s for _, document in places for s in statements(document) if _refuses(s)]
    if any(_covers_objects(statement) for statement in refused):
        return
    urn, path = (places[0][0].urn, "policy") if places else (resource.urn, "")
    if refused:
        reason = f"bucket {resource.name} denies plain HTTP for itself, but not for its objects"
    else:
        reason = f"bucket {resource.name} accepts plain HTTP: its data can be read on the network"
    yield Breach(urn, reason, path)


def _refuses(statement: Statement) -> bool:
    everyone = not statement.all_but and ({("*", "*"), ("AWS", "*")} & set(statement.principals))
    everything = {"s3:*", "*"} & {action.lower() for action in statement.actions}
    plain = "false" in statement.conditions.get(KEY, ()) and "Bool" in statement.operators[KEY]
    return not statement.allows and bool(everyone and everything) and plain


def _covers_objects(statement: Statement) -> bool:
    return any(
        resource.endswith("*") or "${unknown" in resource for resource in statement.resources
    )


RULE = Rule(
    name="bucket-tls-only",
    severity=Severity.MEDIUM,
    summary="Bucket policies deny requests without TLS.",
    reason=(
        "S3 accepts plain HTTP by default, and data that is sent over it can be read and changed "
        "on the network."
    ),
    fix=(
        'deny s3:* to everyone on the bucket and on its objects ("<arn>", "<arn>/*") where '
        "aws:SecureTransport is false"
    ),
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-5",
)
