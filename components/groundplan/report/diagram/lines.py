"""The lines of a box: the resources of a part grouped by kind, with counts, names and
sizes, the most important first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.diff.changes import Kind
from groundplan.manifest.model import Resource
from groundplan.report.diagram.parts import Part, plural, words

MOST = 9
"""Lines of a box; changed resources come before unchanged ones."""

NAMED = 3
"""Members of a group that are named."""

NOTABLE = re.compile(
    r"(Cluster|ClusterInstance|NodeGroup|NodePool|Instance|Function|Bucket|BucketV2|Vpc|Network|Subnet|Subnetwork|NatGateway"
    r"|LoadBalancer|Endpoint|EndpointConfiguration|Database|Table|Queue|Topic|Stream|Repository|Distribution|Domain|FileSystem"
    r"|LustreFileSystem|Deployment|StatefulSet|DaemonSet|Job|CronJob|Release|Chart|Service|Pipeline|Project|Dashboard|Key"
    r"|UserPool|StateMachine|Workspace|Server|Zone|App|Model|ClusterQueue|Ingress|Secret|ResourceGroup|VirtualMachine)$"
)
"""Kinds that define an architecture, in any provider."""

MINOR = re.compile(
    r"(Association|Attachment|Policy|Alias|Controls|AccessBlock|Versioning|Logging|Notification|Configuration|Rule|Route"
    r"|RouteTable|Address|Eip|Permission|Subscription|Entry|Template|Gateway|SecurityGroup|DefaultSecurityGroup|Target|Tag"
    r"|Version|Record|Validation|Object|Binding|Account|Password|Id|String|Provider|Role|Grant|Stage|Integration|Attribute)$"
)
"""Kinds that belong to another one."""

IN_VPC = frozenset({"Vpc", "Subnet", "NatGateway", "VpcEndpoint", "InternetGateway"})


@dataclass(frozen=True)
class Line:
    """One line of a box."""

    text: str
    marks: Mapping[Kind, int]
    """How many of them change, and how."""
    whole: bool
    """Whether all of them change alike."""
    inside: bool = False
    """Whether it is drawn inside the VPC."""


def lines(part: Part, most: int = MOST) -> list[Line]:
    """Returns the lines of a part, those in its VPC first; the last one counts the
    resources without a line."""
    groups: dict[str, list[Resource]] = {}
    for resource in part.resources:
        groups.setdefault(_group(resource), []).append(resource)
    vpc = any(_kind(resource) == "Vpc" for resource in part.resources)

    alike = part.fate is not None and len(set(part.changed.values())) == 1
    highlighted = frozenset() if alike else frozenset(part.changed)

    def order(noun: str) -> tuple[bool, int, int, str]:
        members = groups[noun]
        return (
            not any(r.urn in highlighted for r in members),
            _rank(_kind(members[0])),
            -len(members),
            noun,
        )

    shown = sorted(groups, key=order)
    while shown and len(shown) > 1 and _dull(groups[shown[-1]], highlighted):
        shown.pop()
    if len(shown) > most:
        shown = shown[: most - 1]
    listed = [
        _line(noun, groups[noun], part, vpc)
        for noun in sorted(shown, key=lambda n: _reading(n, groups[n]))
    ]
    listed.sort(key=lambda line: not line.inside)
    rest = [resource for noun in groups if noun not in shown for resource in groups[noun]]
    if rest:
        listed.append(_rest(rest, part, everything=not shown))
    return listed


def detail(resource: Resource) -> str:
    """Returns the size of a resource: `g5.xlarge 0-2`, `4 x ml.m5.xlarge`,
    `10.0.0.0/16`, `kueue`."""
    values = dict(_leaves(resource.inputs))
    size = [values[key] for key in SIZES if values.get(key)][:1]
    if spread := [
        f"{values[low]}-{values[high]}" for low, high in RANGES if low in values and high in values
    ][:1]:
        return " ".join(size + spread)
    counts = [values[key] for key in COUNTS if values.get(key)][:1]
    return " x ".join(counts + size) if size or not counts else f"x {counts[0]}"


SIZES = (
    "instanceType", "instanceTypes", "instanceClass", "nodeType", "machineType", "vmSize",
    "cidrBlock", "chart", "runtime", "engine", "version",
)  # fmt: skip
"""Inputs that distinguish resources, in any provider; the first that is set is
shown."""
RANGES = (("minSize", "maxSize"), ("minCapacity", "maxCapacity"), ("minNodeCount", "maxNodeCount"))
COUNTS = ("desiredSize", "initialInstanceCount", "replicas", "desiredCount", "nodeCount")
HOLDERS = frozenset({"scalingConfig", "spec", "productionVariants", "autoscaling", "scaling"})
"""Objects that hold such values."""


def _leaves(inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    leaves = []
    for key, value in inputs.items():
        if key in HOLDERS:
            inner = value[0] if isinstance(value, list) and value else value
            leaves += _leaves(inner) if isinstance(inner, Mapping) else []
        elif key == "chart" and isinstance(value, str):
            leaves.append((key, value.rstrip("/").rpartition("/")[2]))
        elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            leaves.append(
                (key, value[0] if len(value) == 1 else f"{value[0]} or {len(value) - 1} more")
            )
        elif (
            isinstance(value, str | int | float)
            and not isinstance(value, bool)
            and "${" not in str(value)
        ):
            leaves.append((key, f"{value:g}" if isinstance(value, float) else str(value)))
    return leaves


def _line(noun: str, members: list[Resource], part: Part, vpc: bool) -> Line:
    count = len(members)
    text = noun if count == 1 else f"{count} {plural(noun)}"
    own = [_own(resource, part, alone=count == 1) for resource in members] if count <= NAMED else []
    if own and all(own):
        text += (": " if count > 1 else " ") + ", ".join(own)
    return Line(text, *_marks(members, part), inside=vpc and _kind(members[0]) in IN_VPC)


def _own(resource: Resource, part: Part, alone: bool) -> str:
    """Returns the name and size that distinguish a resource from others of its kind;
    CIDR blocks only of a single one."""
    name, what = _short(resource, part), detail(resource)
    if not alone and what == resource.inputs.get("cidrBlock"):
        what = ""
    return what if f"-{name}-" in f"-{what}-" else f"{name} {what}".strip()


def _rest(rest: list[Resource], part: Part, everything: bool) -> Line:
    more = "" if everything else "more "
    noun = "resource" if len(rest) == 1 else "resources"
    return Line(f"{len(rest)} {more}{noun}", *_marks(rest, part))


def _marks(members: list[Resource], part: Part) -> tuple[Mapping[Kind, int], bool]:
    kinds = [part.changed.get(resource.urn) for resource in members]
    marks = {kind: kinds.count(kind) for kind in Kind if kind in kinds}
    return marks, len(set(kinds)) == 1


def _group(resource: Resource) -> str:
    """Returns the group that a resource is counted in; subnets by whether they are
    public."""
    noun = words(resource.type)
    if _kind(resource) == "Subnet":
        public = resource.inputs.get("mapPublicIpOnLaunch") is True or "public" in resource.name
        prefix = "public" if public else "private" if "private" in resource.name else ""
        return f"{prefix} {noun}".strip()
    return noun


def _short(resource: Resource, part: Part) -> str:
    """Returns the name of a resource without the names of its box and its kind."""
    name = re.sub(rf"^{re.escape(part.title)}(-|_|$)", "", resource.name)
    known = _group(resource).lower().split()
    pieces = [piece for piece in re.split(r"[-_]", name) if piece]
    while pieces and any(_says(word, pieces[-1].lower()) for word in known):
        pieces.pop()
    distinct = [piece for piece in pieces if not piece.isdigit() and piece.lower() not in known]
    return "-".join(pieces) if distinct else ""


def _says(word: str, piece: str) -> bool:
    return (
        piece.isdigit()
        or piece in (word, plural(word))
        or (len(piece) > 2 and word.startswith(piece))
    )


def _kind(resource: Resource) -> str:
    return resource.type.rpartition(":")[2]


def _rank(kind: str) -> int:
    return 0 if NOTABLE.fullmatch(kind) else 2 if MINOR.search(kind) else 1


def _dull(members: list[Resource], highlighted: frozenset[str]) -> bool:
    return _rank(_kind(members[0])) == 2 and not any(
        resource.urn in highlighted for resource in members
    )


def _reading(noun: str, members: list[Resource]) -> tuple[int, int, str]:
    """Returns the order of the lines, independent of changes, so that two diagrams of a
    stack look alike."""
    kind = _kind(members[0])
    return -1 if kind == "Vpc" else _rank(kind), -len(members), noun
