"""Checks that log groups have a retention period and a customer managed key."""

from collections.abc import Iterator

from groundplan.catalog.aws.cloudwatch import LOG_GROUP
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type != LOG_GROUP.token:
        return
    days = resource.inputs.get("retentionInDays")
    # 0, and nothing, keep logs for ever; AWS keeps those of the class DELIVERY two
    # days, whatever is set.
    if days in (None, 0) and resource.inputs.get("logGroupClass") != "DELIVERY":
        reason = f"log group {resource.name} stores its logs for ever: their cost grows every month"
        yield Breach(resource.urn, reason, "retentionInDays")
    if not resource.inputs.get("kmsKeyId"):
        reason = (
            f"log group {resource.name} has no KMS key: read access to logs is enough to read them"
        )
        fix = "set kms_key_id to a key whose policy lets logs.<region>.amazonaws.com use it"
        yield Breach(resource.urn, reason, "kmsKeyId", Severity.LOW, fix)


RULE = Rule(
    name="log-group-retention-and-key",
    severity=Severity.MEDIUM,
    summary="Log groups have a retention period and a customer managed key.",
    reason=(
        "Without a retention period, CloudWatch stores logs for ever and their cost grows. "
        "Without a key, read access to logs is enough to read them."
    ),
    fix="set retention_in_days",
    settings_fix=(
        "set logRetentionDays (retentionDays of flowLogs and logGroups), and a key: "
        "logKmsKeyArn or kmsKeyArn"
    ),
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-16",
)
