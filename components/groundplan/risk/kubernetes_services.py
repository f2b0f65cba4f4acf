"""Services of Kubernetes that callers no longer reach: without a load balancer, a port
or the pods that they led to."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import Kind
from groundplan.risk.context import ChangeContext, at, objects, texts
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import listed

DOWNTIME = "downtime"


def unreachable(context: ChangeContext) -> Iterator[Risk]:
    """A service that keeps its name, and no longer answers all its callers."""
    if context.type != "kubernetes.Service" or context.kind is not Kind.UPDATE:
        return
    was, now = context.values("spec.type")
    if was == "LoadBalancer" and now != "LoadBalancer":
        words = f"{context.subject} loses its load balancer: callers outside the cluster fail."
        yield context.risk(Level.MEDIUM, DOWNTIME, words, context.change_text("spec.type"))
    gone = [port for port in _ports(context.old) if port not in _ports(context.new)]
    if gone:
        words = f"{context.subject} no longer answers on port {listed(gone, last='or')}."
        yield context.risk(Level.MEDIUM, DOWNTIME, words, context.change_text("spec.ports"))
    if isinstance(at(context.old, "spec.selector"), Mapping) and context.changed("spec.selector"):
        words = f"{context.subject} leads to other pods: until they are ready, its callers fail."
        yield context.risk(Level.LOW, DOWNTIME, words, context.change_text("spec.selector"))


HOSTS = {"kubernetes.HTTPRoute": "spec.hostnames", "kubernetes.Ingress": "spec.rules"}
"""Type -> the input with the hosts that it serves."""


def unserved(context: ChangeContext) -> Iterator[Risk]:
    """Hosts that an ingress or a route no longer serves."""
    path = HOSTS.get(context.type)
    if path is None or context.kind is not Kind.UPDATE:
        return
    before, after = (_hosts(at(side, path)) for side in (context.old, context.new))
    gone = [host for host in before if host not in after]
    if gone and after and "" not in after:
        words = f"{context.subject} no longer serves {listed(gone, last='or')}."
        yield context.risk(Level.MEDIUM, DOWNTIME, words, context.change_text(path))


def _hosts(value: Any) -> list[str]:
    return [str(rule.get("host", "")) for rule in objects(value)] or texts(value)


def _ports(inputs: Mapping[str, Any]) -> list[str]:
    return [str(port.get("port")) for port in objects(at(inputs, "spec.ports"))]
