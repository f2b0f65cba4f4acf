"""Claims on connections: what the network policies of two namespaces let through.

https://kubernetes.io/docs/concepts/services-networking/network-policies/"""

import ipaddress
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import z3

from groundplan import catalog
from groundplan.manifest.model import Resource
from groundplan.proof.model import Counterexample, Layer, Result, Verdict
from groundplan.proof.plan import Plan
from groundplan.proof.selectors import NAME_LABEL, Labels
from groundplan.proof.teams import Home, Team, home, is_unknown, listed, metadata, of_kind, spec

PROTOCOLS = ("TCP", "UDP", "SCTP")
USUAL_PORT = 8080
CNI = "vpc-cni"
ENFORCES = "enableNetworkPolicy"
"""Of the VPC CNI's add-on: whether network policies are enforced (EKS User Guide,
"Limit Pod traffic with Kubernetes network policies")."""


@dataclass(frozen=True)
class Side:
    """The pods of a namespace, as one end of a connection."""

    home: Home
    namespace: Labels
    pod: Labels
    policies: tuple[Resource, ...]
    declared_in: Resource | None
    """The namespace."""


def network_claims(plan: Plan) -> Iterator[Result]:
    """Yields the verdicts on all claims."""
    policies: dict[Home, list[Resource]] = {}
    for resource in of_kind(plan.manifest, "NetworkPolicy"):
        policies.setdefault(home(resource), []).append(resource)
    unenforced = _unenforced(plan)
    for team in plan.teams:
        for owner in plan.teams:
            if owner.name != team.name and _same_cluster(team, owner):
                yield _verdict(plan, team, owner, policies, unenforced)


def _verdict(
    plan: Plan,
    team: Team,
    owner: Team,
    policies: Mapping[Home, list[Resource]],
    unenforced: Resource | None,
) -> Result:
    claim = f"pods of {team.name} do not connect to pods of {owner.name}"
    for source in team.homes:
        for target in owner.homes:
            if source.cluster != target.cluster:
                continue
            if unenforced is not None:
                return _refuted(
                    claim,
                    team,
                    owner,
                    source,
                    "any port",
                    unenforced,
                    (f"add-on {CNI} without {ENFORCES}: network policies are not enforced"),
                )
            found = _connection(plan, source, target, policies)
            if found is not None:
                port, declared_in, statement = found
                return _refuted(claim, team, owner, source, port, declared_in, statement)
    return Result(claim, Layer.NETWORK, team.name, owner.name, Verdict.PROVED)


def _refuted(
    claim: str,
    team: Team,
    owner: Team,
    source: Home,
    port: str,
    declared_in: Resource | None,
    statement: str,
) -> Result:
    return Result(
        claim,
        Layer.NETWORK,
        team.name,
        owner.name,
        Verdict.REFUTED,
        Counterexample(
            f"pods of namespace {source.namespace}",
            "connect",
            f"pods of namespace {owner.homes[0].namespace}, {port}",
            statement,
            declared_in.name if declared_in else "",
            declared_in.source if declared_in else "",
        ),
    )


def _connection(
    plan: Plan, source: Home, target: Home, policies: Mapping[Home, list[Resource]]
) -> tuple[str, Resource | None, str] | None:
    """A port of the target's pods that the source's reach, and what lets them."""
    sides = {
        here: Side(
            here,
            Labels(f"{name} namespace", _namespace_labels(plan, here)),
            Labels(f"{name} pod"),
            tuple(policies.get(here, ())),
            next(_namespaces(plan, here), None),
        )
        for name, here in (("source", source), ("target", target))
    }
    port, protocol = z3.Int("port"), z3.String("protocol")
    solver = z3.SimpleSolver()
    solver.add(port >= 1, port <= 65535)
    solver.add(z3.Or([protocol == z3.StringVal(p) for p in PROTOCOLS]))
    network = _network(plan)
    into = _passes(sides[target], sides[source], "Ingress", port, protocol, network)
    out = _passes(sides[source], sides[target], "Egress", port, protocol, network)
    solver.add(z3.Or([f for f, _, _ in into]), z3.Or([f for f, _, _ in out]))
    if solver.check() != z3.sat:
        return None
    rules = [*policies.get(source, ()), *policies.get(target, ())]
    model = _lowest(solver, port, protocol, rules)
    number = model.eval(port, model_completion=True)
    name = model.eval(protocol, model_completion=True).as_string()
    for formula, resource, statement in into:
        if z3.is_true(model.eval(formula, model_completion=True)):
            return f"{name} {number}", resource, statement
    return None


def _lowest(solver: Any, port: Any, protocol: Any, policies: Sequence[Resource]) -> Any:
    """Returns the model with the lowest port, which is one that a rule begins with: the
    same for the same plan. A usual one where every port is open."""
    ports = sorted({1, *(first for policy in policies for first in _first_ports(spec(policy)))})
    for name in PROTOCOLS:
        for number in (USUAL_PORT, *ports):
            if solver.check(port == number, protocol == z3.StringVal(name)) == z3.sat:
                return solver.model()
    solver.check()
    return solver.model()


def _first_ports(value: Any) -> Iterator[int]:
    """Yields the numbers of all ports in a policy."""
    if isinstance(value, Mapping):
        if isinstance(value.get("port"), int | float):
            yield int(value["port"])
        for item in value.values():
            yield from _first_ports(item)
    elif isinstance(value, list):
        for item in value:
            yield from _first_ports(item)


def _passes(
    side: Side, other: Side, direction: str, port: Any, protocol: Any, network: str
) -> list[tuple[Any, Resource | None, str]]:
    """Returns what lets a connection through at one end: no policy that selects the
    pod, or a rule of one that does."""
    selecting = [
        (side.pod.selected(spec(policy).get("podSelector")), policy)
        for policy in side.policies
        if not is_unknown(spec(policy).get("podSelector"))
        if direction in _directions(spec(policy))
    ]
    free = z3.Not(z3.Or([selects for selects, _ in selecting]))
    statement = f"no network policy of namespace {side.home.namespace} for {direction.lower()} " + (
        "selects every pod" if selecting else "at all"
    )
    shown = selecting[0][1] if selecting else side.declared_in
    options: list[tuple[Any, Resource | None, str]] = [(free, shown, statement)]
    for selects, policy in selecting:
        rules = spec(policy).get(direction.lower())
        for number, rule in enumerate(rules if isinstance(rules, list) else (), 1):
            if isinstance(rule, Mapping):
                peer = rule.get("from" if direction == "Ingress" else "to")
                formula = z3.And(
                    selects,
                    _peers(peer, side, other, network),
                    _ports(rule.get("ports"), port, protocol),
                )
                options.append((formula, policy, f"{direction.lower()} rule {number}"))
    return options


def _directions(policy: Mapping[str, Any]) -> Sequence[str]:
    given = policy.get("policyTypes")
    if isinstance(given, list):
        return [str(item) for item in given]
    return ["Ingress", "Egress"] if "egress" in policy else ["Ingress"]


def _peers(peers: Any, side: Side, other: Side, network: str) -> Any:
    """Returns whether the other end is one of a rule's peers. Without any, everything
    is."""
    if not isinstance(peers, list) or not peers:
        return z3.BoolVal(True)
    options = []
    for peer in peers:
        if not isinstance(peer, Mapping):
            continue
        if isinstance(peer.get("ipBlock"), Mapping):
            options.append(z3.BoolVal(_in_block(peer["ipBlock"], network)))
            continue
        if is_unknown(peer):
            return z3.BoolVal(True)  # it may be the other end
        namespaces, pods = peer.get("namespaceSelector"), peer.get("podSelector")
        if namespaces is None:
            here = z3.BoolVal(side.home == other.home)
        else:
            here = other.namespace.selected(namespaces)
        options.append(z3.And(here, z3.BoolVal(True) if pods is None else other.pod.selected(pods)))
    return z3.Or(options)


def _in_block(block: Mapping[str, Any], network: str) -> bool:
    """Returns whether an address of the pods' network is in a block. With an unknown
    network, any address may be a pod's."""
    try:
        cidr = ipaddress.ip_network(str(block.get("cidr")), strict=False)
        excepted = [ipaddress.ip_network(str(c), strict=False) for c in listed(block.get("except"))]
        pods = ipaddress.ip_network(network or str(cidr), strict=False)
    except ValueError:
        return True  # unknown until deployment
    if cidr.version != pods.version or not cidr.overlaps(pods):
        return False
    shared = cidr if cidr.prefixlen >= pods.prefixlen else pods
    return not any(
        e.version == shared.version and shared.subnet_of(e)  # type: ignore[arg-type]
        for e in excepted
    )


def _ports(ports: Any, port: Any, protocol: Any) -> Any:
    """Returns whether a port is one of a rule's. Without any, every port is."""
    if not isinstance(ports, list) or not ports:
        return z3.BoolVal(True)
    options = []
    for entry in ports:
        if not isinstance(entry, Mapping):
            continue
        parts = [protocol == z3.StringVal(str(entry.get("protocol") or "TCP"))]
        first, last = entry.get("port"), entry.get("endPort")
        if isinstance(first, int | float):  # a named port may be any
            parts += [port >= int(first), port <= int(last if last is not None else first)]
        options.append(z3.And(parts))
    return z3.Or(options)


def _namespaces(plan: Plan, here: Home) -> Iterator[Resource]:
    for resource in of_kind(plan.manifest, "Namespace"):
        if metadata(resource).get("name") == here.namespace and (
            home(resource).cluster == here.cluster
        ):
            yield resource


def _namespace_labels(plan: Plan, here: Home) -> Mapping[str, str]:
    labels: dict[str, str] = {NAME_LABEL: here.namespace}
    for resource in _namespaces(plan, here):
        own = metadata(resource).get("labels")
        for key, value in own.items() if isinstance(own, Mapping) else ():
            labels[str(key)] = str(value)
    return labels


def _network(plan: Plan) -> str:
    """Returns the VPC's CIDR block, which the VPC CNI gives pods addresses of; empty
    where it isn't known."""
    for resource in plan.manifest:
        block = resource.inputs.get("cidrBlock")
        if catalog.key(resource.type) == "ec2.Vpc" and isinstance(block, str) and "$" not in block:
            return block
    return ""


def _unenforced(plan: Plan) -> Resource | None:
    """Returns the VPC CNI's add-on, where it doesn't enforce network policies."""
    for resource in plan.manifest:
        if catalog.key(resource.type) != "eks.Addon" or resource.inputs.get("addonName") != CNI:
            continue
        try:
            values = json.loads(str(resource.inputs.get("configurationValues") or "{}"))
        except ValueError:
            continue
        enforces = values.get(ENFORCES) if isinstance(values, Mapping) else None
        if str(enforces).lower() != "true":
            return resource
    return None


def _same_cluster(team: Team, owner: Team) -> bool:
    return bool({h.cluster for h in team.homes} & {h.cluster for h in owner.homes})
