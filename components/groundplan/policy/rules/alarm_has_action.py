"""Alarms that call somebody, or roll something back."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.kinds import ALARMS, ENDPOINT
from groundplan.policy.relations import relations

ACTIONS = ("alarmActions", "okActions", "insufficientDataActions")
ACT_ON_ALARMS = (
    ALARMS[1],
    ENDPOINT,
    "aws:ecs/service:Service",
    "aws:codedeploy/deploymentGroup:DeploymentGroup",
    "aws:appconfig/environment:Environment",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:route53/healthCheck:HealthCheck",
)
"""What does something when an alarm that it names goes off."""


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if resource.type not in ALARMS or relations(manifest).uses(resource, ACT_ON_ALARMS):
        return
    if not any(resource.inputs.get(name) for name in ACTIONS):
        yield Breach(
            resource.urn, f"alarm {resource.name} calls nobody when it goes off", "alarmActions"
        )
    elif resource.inputs.get("actionsEnabled") is False:
        reason = f"the actions of alarm {resource.name} are switched off: it calls nobody"
        yield Breach(
            resource.urn,
            reason,
            "actionsEnabled",
            fix="remove actions_enabled, which is true by default",
        )


RULE = Rule(
    name="alarm-has-action",
    severity=Severity.MEDIUM,
    summary="Every alarm does something.",
    fix="add a topic that people are subscribed to as an alarm action",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-15",
)
