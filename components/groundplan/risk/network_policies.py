"""Network policies of Kubernetes that are deleted, or let more through."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import ABSENT, Kind
from groundplan.networks import is_internet
from groundplan.risk.context import ChangeContext, at, objects, texts
from groundplan.risk.risk import Level, Risk

ACCESS = "access"
PEERS = {"ingress": "from", "egress": "to"}
"""Direction -> the field with the peers of a rule."""


def network_policies(context: ChangeContext) -> Iterator[Risk]:
    """A network policy that is deleted, or lets more through than before."""
    if context.type != "kubernetes.NetworkPolicy":
        return
    if context.kind is Kind.DELETE:
        gone = not context.old_option("retainOnDelete")
        if gone and context.owner_change("metadata") is not Kind.DELETE:
            words = f"{context.subject} is deleted: the traffic that it held back is let through."
            yield context.risk(Level.MEDIUM, ACCESS, words, "it is no longer in the program")
    elif context.old and context.new:
        for way in PEERS:
            yield from _wider(context, way)


def _wider(context: ChangeContext, way: str) -> Iterator[Risk]:
    old, new = (_allowed(side, way) for side in (context.old, context.new))
    because = context.change_text(f"spec.{way}" if context.changed(f"spec.{way}") else "spec")
    traffic = f"{way} traffic of its pods"
    if new is None and old is not None:
        words = f"{context.subject} now lets all {traffic} through."
        yield context.risk(Level.MEDIUM, ACCESS, words, because)
    elif new is not None and old is not None and new - old:
        words = f"{context.subject} now lets more {traffic} through."
        yield context.risk(Level.LOW, ACCESS, words, because)


def _allowed(inputs: Mapping[str, Any], way: str) -> frozenset[str] | None:
    """Returns what a policy lets through in a direction, as texts; `None` for
    everything."""
    rules = objects(at(inputs, f"spec.{way}"))
    ways = [text.lower() for text in texts(at(inputs, "spec.policyTypes"))]
    if way not in (ways or ["ingress", *(["egress"] if rules else [])]):
        return None
    allowed = set()
    for rule in rules:
        peers = objects(rule.get(PEERS[way]) or [])
        if not rule.get("ports") and (not peers or any(map(_anyone, peers))):
            return None
        ports = rule.get("ports")
        allowed |= {json.dumps([peer, ports], sort_keys=True) for peer in peers or [{}]}
    return frozenset(allowed)


def _anyone(peer: Mapping[str, Any]) -> bool:
    cidr = at(peer, "ipBlock.cidr")
    return isinstance(cidr, str) and is_internet([cidr]) and at(peer, "ipBlock.except") is ABSENT
