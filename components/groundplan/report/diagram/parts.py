"""The parts of an environment: its top-level components, and the resources outside of
them, grouped by the provider's module."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from groundplan.diff.changes import Changes, Kind
from groundplan.manifest.graph import direct_dependencies
from groundplan.manifest.model import Manifest, Resource

MOST = 40
"""Parts of a diagram; beyond that number, those of one type are drawn as one."""


GONE = (Kind.DELETE, Kind.RETAIN)
"""What is no longer in the program."""


@dataclass(frozen=True)
class Part:
    """One box of the diagram."""

    key: str
    """Unique in the diagram: a URN, `aws ec2`, or a type token."""
    title: str
    kind: str
    """What it is, in words: `training cluster`; empty for a module."""
    resources: tuple[Resource, ...]
    """All that is in it and is no component, deleted ones too; by URN."""
    changed: Mapping[str, Kind] = field(default_factory=dict)
    """URN -> what happens to it; components among them."""
    components: tuple[Resource, ...] = ()
    """The components in it, itself among them."""
    fate: Kind | None = None
    """What happens to the component itself; of a module, what happens to all of it
    alike."""

    @property
    def gone(self) -> bool:
        return self.fate in GONE


def parts(manifest: Manifest, changes: Changes | None = None) -> list[Part]:
    """Returns the parts of a stack, with what `changes` removes from it; by title."""
    world = _World(manifest, changes)
    members: dict[str, list[Resource]] = {}
    for resource in world.resources.values():
        members.setdefault(world.part_of(resource), []).append(resource)
    drawn = [_part(key, inside, world) for key, inside in members.items()]
    if len(drawn) > MOST:
        drawn = _merged(drawn, lambda part: part.kind or part.title)
    if len(drawn) > MOST:
        drawn = _merged(
            drawn,
            lambda part: part.resources[0].type.split(":")[0] if part.resources else part.kind,
        )
    return sorted(drawn, key=lambda part: (part.title, part.key))


def edges(drawn: Sequence[Part], changes: Changes | None = None) -> list[tuple[str, str]]:
    """`(a, b)`: something in part `a` depends on something in part `b`. By key, each
    once."""
    home = {
        resource.urn: part.key for part in drawn for resource in (*part.resources, *part.components)
    }
    moved = _moved(changes)
    pairs = set()
    for part in drawn:
        for resource in (*part.resources, *part.components):
            for urn in direct_dependencies(resource):
                other = home.get(moved.get(urn, urn))
                if other and other != part.key:
                    pairs.add((part.key, other))
    return sorted(pairs)


class _World:
    """All resources of both sides, each once, and the part each one belongs to."""

    def __init__(self, manifest: Manifest, changes: Changes | None) -> None:
        self.moved = _moved(changes)
        gone = [c.before for c in changes.changes if c.kind in GONE and c.before] if changes else []
        self.resources = {resource.urn: resource for resource in (*gone, *manifest)}
        self.resources = dict(sorted(self.resources.items()))
        self.kinds = (
            {change.resource.urn: change.kind for change in changes.changes} if changes else {}
        )
        self._tops: dict[str, str] = {}

    def top(self, resource: Resource) -> Resource:
        seen = {resource.urn}
        while resource.parent:
            parent = self.resources.get(self.moved.get(resource.parent, resource.parent))
            if parent is None or parent.urn in seen:
                break
            seen.add(parent.urn)
            resource = parent
        return resource

    def part_of(self, resource: Resource) -> str:
        top = self.top(resource)
        return module(top.type) if top.custom else top.urn


def _moved(changes: Changes | None) -> dict[str, str]:
    """URN before -> URN after, of what is renamed or moved."""
    urns = (
        {c.before.urn: c.after.urn for c in changes.changes if c.before and c.after}
        if changes
        else {}
    )
    return {before: after for before, after in urns.items() if before != after}


def _part(key: str, inside: list[Resource], world: _World) -> Part:
    changed = {
        resource.urn: world.kinds[resource.urn]
        for resource in inside
        if resource.urn in world.kinds
    }
    component = world.resources.get(key)
    managed = tuple(resource for resource in inside if resource.custom)
    components = tuple(resource for resource in inside if not resource.custom)
    if component is not None:
        return Part(
            key,
            component.name,
            words(component.type),
            managed,
            changed,
            components,
            changed.get(key),
        )
    fates = {changed.get(resource.urn) for resource in inside}
    return Part(
        key, key, "", managed, changed, components, fates.pop() if len(fates) == 1 else None
    )


def _merged(parts_: Iterable[Part], by: Callable[[Part], str]) -> list[Part]:
    groups: dict[str, list[Part]] = {}
    for part in parts_:
        groups.setdefault(by(part), []).append(part)
    return [group[0] if len(group) == 1 else _one(key, group) for key, group in groups.items()]


def _one(key: str, group: list[Part]) -> Part:
    fates = {part.fate for part in group}
    return Part(
        key=f"all {key}",
        title=f"{len(group)} x {key}",
        kind=", ".join(sorted(part.title for part in group)),
        resources=tuple(resource for part in group for resource in part.resources),
        changed={urn: kind for part in group for urn, kind in part.changed.items()},
        components=tuple(resource for part in group for resource in part.components),
        fate=fates.pop() if len(fates) == 1 else None,
    )


CAPITALS = (
    "ACL", "AMI", "API", "DB", "DNS", "EBS", "ECS", "EFS", "EKS", "IAM", "ID", "IP", "KMS",
    "NAT", "OIDC", "RDS", "SNS", "SQS", "SSH", "SSM", "TLS", "URL", "VPC",
)  # fmt: skip

SHORT = {word.lower(): word for word in CAPITALS} | {"eip": "elastic IP"}
"""Words that are written differently in a type token."""

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def module(token: str) -> str:
    """Returns the provider's module of a type token: `aws ec2`, `kubernetes core/v1`,
    `random`."""
    package, _, rest = token.partition(":")
    name = rest.rpartition(":")[0]
    if package == "pulumi":
        return "providers" if name == "providers" else "pulumi"
    area, _, last = name.partition("/")
    kind = token.rpartition(":")[2]
    name = area if last.lower() == kind.lower() else name
    return package if name in ("index", "") else f"{package} {name}"


def words(token: str) -> str:
    """Returns what a resource is, in words: `aws:ec2/natGateway:NatGateway` is a `NAT
    gateway`."""
    if token.startswith("pulumi:providers:"):
        return f"{token.rpartition(':')[2]} provider"
    names = WORD.findall(token.rpartition(":")[2])
    return " ".join(SHORT.get(word.lower(), word.lower()) for word in names)


def plural(noun: str) -> str:
    """More than one of it: `subnets`, `policies`, `addresses`."""
    if noun.endswith(("ing", "data")):
        return noun
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    if noun.endswith(("ss", "us", "as", "x", "ch", "sh")):
        return f"{noun}es"
    return noun if noun.endswith("s") else f"{noun}s"
