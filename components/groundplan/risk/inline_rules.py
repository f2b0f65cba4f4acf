"""Rules of security groups that the inline rules of their group overwrite."""

from collections.abc import Iterator

from groundplan import catalog
from groundplan.diff.changes import Kind
from groundplan.manifest.model import Resource
from groundplan.risk.context import ChangeContext
from groundplan.risk.policies import resource_name
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import listed

DOWNTIME = "downtime"
GROUP = "ec2.SecurityGroup"
RULES = {
    "ec2.SecurityGroupRule": "",
    "vpc.SecurityGroupIngressRule": "ingress",
    "vpc.SecurityGroupEgressRule": "egress",
}
"""Type of a rule -> its direction; empty where an input says it."""


def overwritten(context: ChangeContext) -> Iterator[Risk]:
    """Inline rules that change, and so remove the rules of other resources.

    pulumi-aws, ec2.SecurityGroup: inline rules can't be used "in conjunction with any
    Security Group Rule resources. Doing so will cause a conflict" (pulumi-eks#1031).
    """
    if context.type != GROUP or context.kind is not Kind.UPDATE:
        return
    for way in ("ingress", "egress"):
        if not context.changed(way) or not context.new.get(way):
            continue
        rules = [r.name for r in context.plan.resources_after if _belongs(r, context.name, way)]
        if rules:
            words = (
                f"{context.subject} has {way} rules of its own, which remove those of "
                f"{listed(sorted(rules))}: the traffic that they allow is blocked."
            )
            yield context.risk(Level.MEDIUM, DOWNTIME, words, context.change_text(way))


def _belongs(resource: Resource, group: str, way: str) -> bool:
    key = catalog.key(resource.type)
    if key not in RULES:
        return False
    direction = RULES[key] or str(resource.inputs.get("type", "ingress"))
    return direction == way and resource_name(str(resource.inputs.get("securityGroupId"))) == group
