"""Checks that SNS topics are encrypted, with a key that their publishers can use."""

from collections.abc import Iterator

from groundplan.catalog.aws.sns import TOPIC
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.relations import relations
from groundplan.policy.type_groups import ALARMS


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if resource.type != TOPIC.token:
        return
    key = resource.inputs.get("kmsMasterKeyId")
    if not key:
        yield Breach(
            resource.urn, f"topic {resource.name} stores its messages unencrypted", "kmsMasterKeyId"
        )
    elif key == "alias/aws/sns" and relations(manifest).uses(resource, ALARMS):
        reason = (
            f"topic {resource.name} is encrypted with AWS's own key, which alarms can't use: "
            "their notifications are lost"
        )
        yield Breach(resource.urn, reason, "kmsMasterKeyId", Severity.HIGH)


RULE = Rule(
    name="topic-encrypted",
    severity=Severity.MEDIUM,
    summary="Topics are encrypted, with a key that their publishers can use.",
    reason=(
        "Messages of alarms and releases name resources and data. AWS's own key (alias/aws/sns) "
        "can't be used by CloudWatch alarms, so that their notifications are lost."
    ),
    fix=(
        "set kms_master_key_id to a key whose policy allows the publishing services "
        "(cloudwatch.amazonaws.com)"
    ),
    settings_fix="name a key in kmsKeyArn of monitoring, or remove it: the component creates one",
    check=check,
    # For alarms and alias/aws/sns:
    # https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html#sns-1",
)
