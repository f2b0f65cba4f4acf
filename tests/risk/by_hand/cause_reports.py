"""A report of a pull request that gives a network another CIDR block."""

from dataclasses import replace
from typing import Any

from groundplan.diff.changes import Change, Changes, Kind, PropertyChange
from groundplan.diff.edits.edit import Edit, Edits
from groundplan.manifest.model import Manifest, Resource
from groundplan.report.model import Report
from groundplan.risk.risk import Level, Risk

CIDR = Edit("Pulumi.dev.yaml", 6, "shop:network.cidrBlock", "10.0.0.0/16", "10.1.0.0/16")
NAT = Edit("Pulumi.dev.yaml", 7, "shop:network.nat", "3", "1")
NETWORK = Resource("urn::network", "my:index:Network", "network", None, False, {})


def resource(kind: str, name: str, parent: Resource | None = NETWORK) -> Resource:
    urn = f"urn:pulumi:dev::shop::{kind}::{name}"
    return Resource(urn, f"aws:ec2/x:{kind}", name, parent.urn if parent else None, True, {})


VPC = resource("Vpc", "network-vpc")
SUBNETS = [resource("Subnet", f"network-{n}") for n in range(4)]
ROUTES = [resource("Route", f"network-route-{n}") for n in range(3)]
CLUSTER = resource("Cluster", "training-cluster", None)


def renewed(path: str, of: Resource) -> PropertyChange:
    new = f"${{unknown until {of.name}}}"
    return PropertyChange(path, f"${{{of.name}.id}}", new, True)


def replaced(of: Resource, *properties: PropertyChange, **more: Any) -> Change:
    return Change(Kind.REPLACE, of, of, properties, **more)


def new_cidr(stack: str = "dev", edits: tuple[Edit, ...] = (CIDR,)) -> Report:
    """The VPC and its subnets have other CIDR blocks; routes and a cluster follow."""
    block = PropertyChange("cidrBlock", "10.0.0.0/16", "10.1.0.0/16", True)
    changes = [replaced(VPC, block)]
    for number, subnet in enumerate(SUBNETS):
        sides = (f"10.0.{number}.0/24", f"10.1.{number}.0/24")
        own = PropertyChange("cidrBlock", *sides, True)
        changes.append(replaced(subnet, own, renewed("vpcId", VPC), causes=(VPC.urn,)))
    for route in ROUTES:
        because = {"causes": (SUBNETS[0].urn,), "own": False}
        changes.append(replaced(route, renewed("subnetId", SUBNETS[0]), **because))
    moved = [renewed(f"vpcConfig.subnetIds[{n}]", of) for n, of in enumerate(SUBNETS)]
    cluster = replaced(CLUSTER, *moved, causes=tuple(s.urn for s in SUBNETS), own=False)
    changes.append(replace(cluster, kind=Kind.UPDATE))
    counts = {kind: sum(change.kind is kind for change in changes) for kind in Kind}
    risks = (
        Risk(Level.LOW, "protection", VPC.urn, "The VPC network-vpc is watched less.", "x"),
        Risk(Level.HIGH, "downtime", CLUSTER.urn, "The cluster training-cluster can't move.", "y"),
        *(
            Risk(Level.MEDIUM, "downtime", s.urn, f"The subnet {s.name} is replaced.", "cidrBlock")
            for s in SUBNETS
        ),
    )
    manifest = Manifest("shop", stack, (NETWORK, VPC, *SUBNETS, *ROUTES, CLUSTER))
    return Report(
        "shop",
        stack,
        manifest,
        changes=Changes("main (1234567)", tuple(changes), 1, counts=counts),
        risks=risks,
        edits=Edits(edits, complete=len(edits) == 1),
    )
