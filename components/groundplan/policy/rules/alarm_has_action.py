"""Checks that alarms have an action: a notification or a rollback."""

from collections.abc import Iterator

from groundplan.catalog.aws.cloudwatch import COMPOSITE_ALARM
from groundplan.catalog.aws.sagemaker import ENDPOINT
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.relations import relations
from groundplan.policy.type_groups import ALARMS

ACTIONS = ("alarmActions", "okActions", "insufficientDataActions")
ACT_ON_ALARMS = (
    COMPOSITE_ALARM.token,
    ENDPOINT.token,
    "aws:ecs/service:Service",
    "aws:codedeploy/deploymentGroup:DeploymentGroup",
    "aws:appconfig/environment:Environment",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:route53/healthCheck:HealthCheck",
)
"""Types that act on the alarms that they refer to."""


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if resource.type not in ALARMS or relations(manifest).uses(resource, ACT_ON_ALARMS):
        return
    if not any(resource.inputs.get(name) for name in ACTIONS):
        yield Breach(
            resource.urn,
            (f"alarm {resource.name} has no action, so nobody is notified"),
            "alarmActions",
        )
    elif resource.inputs.get("actionsEnabled") is False:
        reason = f"the actions of alarm {resource.name} are disabled: nobody is notified"
        yield Breach(
            resource.urn,
            reason,
            "actionsEnabled",
            fix="remove actions_enabled, which is true by default",
        )


RULE = Rule(
    name="alarm-has-action",
    severity=Severity.MEDIUM,
    summary="Every alarm has an action.",
    reason=(
        "An alarm without an action notifies nobody and rolls nothing back: it goes into ALARM "
        "state unnoticed."
    ),
    fix="add an SNS topic with subscribers to its alarm_actions",
    settings_fix="add subscribers to monitoring; of an endpoint also topics to alarms.actions",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-15",
)
