"""Checks that SQS queues are encrypted."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity

QUEUE = "aws:sqs/queue:Queue"


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    # A queue that says nothing is encrypted with a key of SQS' own.
    if resource.type != QUEUE or resource.inputs.get("kmsMasterKeyId"):
        return
    if str(resource.inputs.get("sqsManagedSseEnabled")).lower() == "false":
        yield Breach(
            resource.urn,
            f"queue {resource.name} stores its messages unencrypted",
            "sqsManagedSseEnabled",
        )


RULE = Rule(
    name="queue-encrypted",
    severity=Severity.MEDIUM,
    summary="Queues are encrypted.",
    reason="Messages can contain data of requests, and are stored until they are processed.",
    fix="remove sqs_managed_sse_enabled, which is true by default, or set kms_master_key_id",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/sqs-controls.html#sqs-1",
)
