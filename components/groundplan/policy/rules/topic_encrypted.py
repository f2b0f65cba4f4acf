"""Topics whose messages are encrypted, with a key that those who publish can use."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.kinds import ALARMS, TOPIC
from groundplan.policy.relations import relations


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if resource.type != TOPIC:
        return
    key = resource.inputs.get("kmsMasterKeyId")
    if not key:
        yield Breach(
            resource.urn, f"topic {resource.name} keeps its messages unencrypted", "kmsMasterKeyId"
        )
    elif key == "alias/aws/sns" and relations(manifest).uses(resource, ALARMS):
        reason = f"topic {resource.name} is encrypted with AWS's own key, which alarms can't use: they call nobody"
        yield Breach(resource.urn, reason, "kmsMasterKeyId", Severity.HIGH)


RULE = Rule(
    name="topic-encrypted",
    severity=Severity.MEDIUM,
    summary="Topics are encrypted, with a key that their publishers can use.",
    fix="set kms_master_key_id to a key whose policy lets the services that publish use it (cloudwatch.amazonaws.com)",
    check=check,
    # For alarms and alias/aws/sns:
    # https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html#sns-1",
)
