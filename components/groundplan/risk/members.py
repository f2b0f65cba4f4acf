"""Lists that lose members: networks, target groups, versions, logs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.diff.changes import Kind
from groundplan.risk.context import ChangeContext, at, flag, objects, texts
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import listed, readable


@dataclass(frozen=True)
class Members:
    """A list whose members are missed."""

    path: str
    words: str
    """The predicate of the sentence; `{}` is the members that are gone."""
    key: str = ""
    """The input that names a member; empty for a list of names."""
    kind: str = "downtime"
    level: Level = Level.MEDIUM


_LOGS = Members(
    "enabledCloudwatchLogsExports", "no longer exports {} logs", kind="protection", level=Level.LOW
)

MEMBERS = {
    "autoscaling.Group": (
        Members("targetGroupArns", "no longer serves the target group {}"),
        Members("loadBalancers", "no longer serves the load balancer {}"),
    ),
    "docdb.Cluster": (_LOGS,),
    # Kubernetes: Versions in CustomResourceDefinitions. Objects that are stored in a
    # version that is removed can't be read any more.
    "kubernetes.CustomResourceDefinition": (
        Members("spec.versions", "no longer serves {}: clients that use it fail", "name"),
    ),
    "neptune.Cluster": (_LOGS,),
    "rds.Cluster": (_LOGS,),
    "rds.Instance": (_LOGS,),
    "route53.Zone": (
        Members("vpcs", "no longer answers in {}: its names don't resolve there", "vpcId"),
    ),
}
"""Type -> its lists."""


def lost(context: ChangeContext) -> Iterator[Risk]:
    """Members that a list no longer has."""
    if context.kind is not Kind.UPDATE:
        return
    for members in MEMBERS.get(context.type, ()):
        before, after = (_names(members, side) for side in (context.old, context.new))
        gone = [name for name in before if name not in after]
        if gone and context.changed(members.path):
            words = members.words.format(listed([readable(name) for name in gone]))
            because = context.change_text(members.path)
            yield context.risk(members.level, members.kind, f"{context.subject} {words}.", because)


def _names(members: Members, inputs: Mapping[str, Any]) -> list[str]:
    value = at(inputs, members.path)
    if not members.key:
        return texts(value)
    return [
        str(member.get(members.key))
        for member in objects(value)
        if flag(member.get("served")) is not False
    ]
