"""The ConfigMap `aws-auth`, by which an EKS cluster knows its nodes and its users (EKS
User Guide, "Grant IAM users access to Kubernetes with a ConfigMap")."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import Kind
from groundplan.manifest import documents
from groundplan.risk.context import ChangeContext, at, texts
from groundplan.risk.downtime import DOWNTIME, goes_with_another
from groundplan.risk.policies import resource_name
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import listed

NODES, ADMINISTRATORS = "system:nodes", "system:masters"
ACCESS = "access"
LISTS = {"mapRoles": "rolearn", "mapUsers": "userarn"}
"""Key of the data -> the field with who a mapping is for."""


def mapped(context: ChangeContext) -> Iterator[Risk]:
    """Identities that lose or get a cluster, and a cluster that nobody reaches for a
    while."""
    was, now = _is_it(context.old), _is_it(context.new)
    if context.type not in ("kubernetes.ConfigMap", "kubernetes.ConfigMapPatch") or not was:
        return
    if context.kind is Kind.DELETE or not now:
        if not context.old_option("retainOnDelete") and not goes_with_another(context):
            yield from _deleted(context)
        return
    if context.kind is Kind.REPLACE:
        # pulumi/pulumi-kubernetes#1847: nodes that lose the mapping don't come back.
        words = (
            f"{context.subject} is deleted before the new one exists: in between, nodes and "
            "users are refused by the cluster, and nodes may stay out."
        )
        yield context.risk(Level.MEDIUM, DOWNTIME, words, context.causes)
    yield from _changed(context, _mappings(context.old), _mappings(context.new))


def _deleted(context: ChangeContext) -> Iterator[Risk]:
    words = (
        f"{context.subject} is deleted: nodes and users that the cluster knows by it lose their "
        "access, and nodes become NotReady."
    )
    cause = "it is no longer in the program" if context.kind is Kind.DELETE else context.causes
    yield context.risk(Level.HIGH, DOWNTIME, words, cause)


def _changed(
    context: ChangeContext,
    before: Mapping[str, frozenset[str]],
    after: Mapping[str, frozenset[str]],
) -> Iterator[Risk]:
    for who in sorted(before):
        lost = before[who] - after.get(who, frozenset())
        if lost:
            node = NODES in lost
            means = "its nodes become NotReady" if node else f"it leaves {listed(sorted(lost))}"
            words = f"{_identity(who)} loses its access to the cluster: {means}."
            level = Level.HIGH if node else Level.MEDIUM
            yield context.risk(level, DOWNTIME, words, f"- {who}")
    for who in sorted(after):
        got = after[who] - before.get(who, frozenset())
        if got - {NODES, "system:bootstrappers"}:
            admin = ADMINISTRATORS in got
            means = ", and may do everything in the cluster" if admin else ""
            words = f"{_identity(who)} joins the groups {listed(sorted(got))}{means}."
            yield context.risk(Level.HIGH if admin else Level.MEDIUM, ACCESS, words, f"+ {who}")


def _identity(arn: str) -> str:
    """`the role admin`, `the user anne`."""
    noun = "user" if ":user/" in arn else "role"
    return f"the {noun} {resource_name(arn) if arn.startswith('${') else arn.rsplit('/', 1)[-1]}"


def _is_it(inputs: Mapping[str, Any]) -> bool:
    return bool(at(inputs, "metadata.name") == "aws-auth")


def _mappings(inputs: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Role or user -> its groups."""
    mappings: dict[str, frozenset[str]] = {}
    for key, field in LISTS.items():
        text = at(inputs, f"data.{key}")
        entries: Any = text
        if isinstance(text, str):
            entries = documents.parse_json(text) or documents.parse_yaml(text)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, Mapping) and isinstance(entry.get(field), str):
                groups = frozenset(texts(entry.get("groups")))
                mappings[entry[field]] = mappings.get(entry[field], frozenset()) | groups
    return mappings
