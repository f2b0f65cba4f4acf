"""Names, ports and certificates that change under what uses them."""

from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.diff.changes import ABSENT, Kind
from groundplan.risk.context import ChangeContext, at, number, objects
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text


@dataclass(frozen=True)
class Redirect:
    """An input whose change others notice."""

    path: str
    words: str
    """The predicate of the sentence."""
    level: Level = Level.LOW


_PORT = Redirect(
    "port", "listens on another port: who uses the old one can't connect", Level.MEDIUM
)
_PASSWORD = "gets another password: who has the old one can't connect"
_DATABASE = (_PORT, Redirect("password", _PASSWORD))
_CLUSTER = (_PORT, Redirect("masterPassword", _PASSWORD))
_TARGET = "leads elsewhere: until its time to live has passed, some still go to the old target"

REDIRECTS = {
    "docdb.Cluster": _CLUSTER,
    "ec2.RouteTableAssociation": (
        Redirect("routeTableId", "gives its subnet the routes of another table"),
    ),
    "ecs.Service": (
        Redirect("loadBalancers", "gets its requests from other target groups than before"),
    ),
    "lb.Listener": (
        Redirect("certificateArn", "shows another certificate: names that it lacks fail"),
    ),
    "lb.TargetGroup": (
        Redirect(
            "healthCheck.path", "asks its targets in another way, and drops those that don't answer"
        ),
    ),
    "rds.Cluster": _CLUSTER,
    "rds.Instance": _DATABASE,
    "redshift.Cluster": _CLUSTER,
    "route53.Record": (Redirect("records", _TARGET), Redirect("aliases", _TARGET)),
}
"""Type -> the inputs whose change others notice."""


def redirected(context: ChangeContext) -> Iterator[Risk]:
    """An input that others rely on, with another value."""
    if context.kind is not Kind.UPDATE:
        return
    for redirect in REDIRECTS.get(context.type, ()):
        set_before = at(context.old, redirect.path) is not ABSENT
        set_after = at(context.new, redirect.path) is not ABSENT
        if context.changed(redirect.path) and set_before and set_after:
            words = f"{context.subject} {redirect.words}."
            yield context.risk(
                redirect.level, "downtime", words, context.change_text(redirect.path)
            )


def weights(context: ChangeContext) -> Iterator[Risk]:
    """A record that gets no part of the requests any more."""
    if context.type != "route53.Record" or not (context.old and context.new):
        return
    path = "weightedRoutingPolicies"
    then, now = (
        [number(policy.get("weight")) for policy in objects(side.get(path))]
        for side in (context.old, context.new)
    )
    if now == [0] and then != [0]:
        words = f"{context.subject} gets no requests any more: its weight is 0."
        because = change_text(f"{path}.weight", then[0] if then else ABSENT, 0)
        yield context.risk(Level.LOW, "downtime", words, because)


def chart_version(context: ChangeContext) -> Iterator[Risk]:
    """Another major version of a Helm chart."""
    if context.type not in ("kubernetes.Release", "kubernetes.Chart"):
        return
    then, now = (str(at(side, "version")).lstrip("v") for side in (context.old, context.new))
    majors = [version.split(".")[0] for version in (then, now)]
    if all(major.isdigit() for major in majors) and majors[0] != majors[1]:
        words = f"{context.subject} gets another major version of its chart, which may break it."
        yield context.risk(Level.LOW, "downtime", words, context.change_text("version"))
