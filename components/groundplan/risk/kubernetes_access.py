"""Wider access in Kubernetes: roles, bindings, privileged pods, relaxed Pod Security
Standards."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.risk.context import ChangeContext, at, flag, leaves, objects, texts
from groundplan.risk.iam import ACCESS
from groundplan.risk.risk import Level, Risk
from groundplan.risk.statements import Statement, Term, less
from groundplan.risk.wording import change_text, listed


def roles(context: ChangeContext) -> Iterator[Risk]:
    """Permissions that a role didn't have before; of a new role, its wildcards."""
    if context.type not in ("kubernetes.Role", "kubernetes.ClusterRole") or not context.new:
        return
    for part in less(_rules(context.new), _rules(context.old)):
        verbs, things = _names(part.actions), _names(part.resources)
        every = "*" in verbs and any(thing.endswith("*") for thing in things)
        some = "*" in verbs or any(thing == "*" or thing.endswith("/*") for thing in things)
        if context.old or some:
            level = (
                Level.HIGH if every and context.type == "kubernetes.ClusterRole" else Level.MEDIUM
            )
            permissions = (
                f"{listed('everything' if v == '*' else v for v in verbs)} on "
                f"{listed(_thing(t) for t in things)}"
            )
            because = f"+ {listed(verbs, 20)} on {listed(things, 20)}"
            yield context.risk(
                level, ACCESS, (f"{context.subject} now allows {permissions}."), because
            )


def bindings(context: ChangeContext) -> Iterator[Risk]:
    """Subjects that get an existing role, and subjects that get all of a cluster."""
    if (
        context.type not in ("kubernetes.RoleBinding", "kubernetes.ClusterRoleBinding")
        or not context.new
    ):
        return
    role = str(at(context.new, "roleRef.name"))
    same_role = at(context.old, "roleRef.name") == role
    had = {_subject(s) for s in _list(context.old, "subjects")} if same_role else set()
    for subject in sorted({_subject(s) for s in _list(context.new, "subjects")} - had):
        public = subject.split()[-1] in (
            "system:anonymous",
            "system:unauthenticated",
            "system:authenticated",
        )
        powerful = (
            role in ("cluster-admin", "admin") and context.type == "kubernetes.ClusterRoleBinding"
        )
        if public or powerful or context.old:
            level = Level.HIGH if public or powerful else Level.MEDIUM
            extra = ", and may do everything in the cluster" if powerful else ""
            yield context.risk(
                level,
                ACCESS,
                f"the {subject} gets the role {role}{extra}.",
                f"+ {subject} -> {role}",
            )


POD_PATHS = {
    "hostNetwork": "use the node's network",
    "hostPID": "see all processes of the node",
    "hostIPC": "share memory with processes of the node",
    "privileged": "do on the node what root may do (privileged)",
    "allowPrivilegeEscalation": "gain privileges that they don't start with",
}
"""Fields of a pod's specification -> what they allow its containers."""


def pods(context: ChangeContext) -> Iterator[Risk]:
    """Pods with privileges of root on their node."""
    if not context.type.startswith("kubernetes.") or not context.new:
        return
    new, old = _powers(context.new), _powers(context.old)
    for power in sorted(new.keys() - old.keys()):
        level = Level.MEDIUM if power in ("allowPrivilegeEscalation",) else Level.HIGH
        if level is Level.HIGH or context.old:
            path, words = new[power]
            because = change_text(path, _leaf(context.old, path), _leaf(context.new, path))
            yield context.risk(
                level, ACCESS, (f"pods of {context.subject} may now {words}."), because
            )


STRICTNESS = {"privileged": 0, "baseline": 1, "restricted": 2}
"""Kubernetes' Pod Security Standards; a namespace without a label is privileged."""


def pod_security(context: ChangeContext) -> Iterator[Risk]:
    """A namespace with a weaker Pod Security Standard."""
    if context.type != "kubernetes.Namespace" or not (context.old and context.new):
        return
    label = "pod-security.kubernetes.io/enforce"
    old, new = ((_labels(side)).get(label, "privileged") for side in (context.old, context.new))
    if STRICTNESS.get(str(new), 2) < STRICTNESS.get(str(old), 0):
        words = (
            f"{context.subject} now admits pods with more privileges: its pod security goes from "
            f"{old} to {new}."
        )
        yield context.risk(
            Level.MEDIUM,
            ACCESS,
            words,
            change_text(f"metadata.labels.{label}", old, _labels(context.new).get(label)),
        )


def network(context: ChangeContext) -> Iterator[Risk]:
    """Services that become public."""
    if (
        context.type == "kubernetes.Service"
        and context.new
        and at(context.new, "spec.type") == "LoadBalancer"
    ):
        yield from _load_balancer(context)


def _load_balancer(context: ChangeContext) -> Iterator[Risk]:
    path = "spec.loadBalancerSourceRanges"
    notes = at(context.new, "metadata.annotations")
    kept_in = isinstance(notes, Mapping) and (
        notes.get("service.beta.kubernetes.io/aws-load-balancer-scheme") == "internal"
        or str(notes.get("service.beta.kubernetes.io/aws-load-balancer-internal")) == "true"
    )
    was_open = at(context.old, "spec.type") == "LoadBalancer" and not texts(at(context.old, path))
    if not kept_in and not texts(at(context.new, path)) and not was_open:
        words = (
            f"{context.subject} can now be reached by anyone that reaches its load balancer: no "
            "source ranges limit it."
        )
        because = "; ".join(
            context.change_text(p) for p in ("spec.type", path) if context.changed(p)
        ) or context.change_text("spec.type")
        yield context.risk(Level.MEDIUM, ACCESS, words, because)


def admission(context: ChangeContext) -> Iterator[Risk]:
    """Webhooks that no longer stop what they couldn't check."""
    if not context.type.endswith("WebhookConfiguration") or not (context.old and context.new):
        return
    before = {each.get("name"): each for each in _list(context.old, "webhooks")}
    for each in _list(context.new, "webhooks"):
        then, now = before.get(each.get("name"), {}).get("failurePolicy"), each.get("failurePolicy")
        if then != "Ignore" and now == "Ignore" and each.get("name") in before:
            name = each.get("name")
            words = (
                f"the webhook {name} of {context.subject} lets everything pass while it doesn't "
                "answer."
            )
            because = change_text(f"webhooks[{name}].failurePolicy", then or ABSENT, now)
            yield context.risk(Level.LOW, "protection", words, because)


def _powers(inputs: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Privileges of a pod on its node: name -> the path of the field, and its
    description."""
    powers: dict[str, tuple[str, str]] = {}
    for path, value in leaves(inputs):
        key = path.rsplit(".", 1)[-1]
        if not path.startswith("spec.") or key in ("matchLabels",):
            continue
        if key in POD_PATHS and flag(value):
            powers.setdefault(key, (path, POD_PATHS[key]))
        if path.endswith("hostPath.path"):
            powers.setdefault(f"hostPath {value}", (path, f"read or write {value} on the node"))
        if path.endswith("capabilities.add"):
            for name in texts(value):
                if name in ("ALL", "SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "SYS_MODULE", "BPF"):
                    powers.setdefault(
                        f"capability {name}", (path, f"use the capability {name} on the node")
                    )
    return powers


def _leaf(value: Any, path: str) -> Any:
    """Returns the value at a path that `leaves` returned."""
    return dict(leaves(value)).get(path, ABSENT)


def _rules(inputs: Mapping[str, Any]) -> list[Statement]:
    """RBAC rules as statements: verbs on `group/resource`."""
    statements = []
    for rule in _list(inputs, "rules"):
        groups = texts(rule.get("apiGroups")) or [""]
        things = [
            f"{group}/{thing}" if group else thing
            for group in groups
            for thing in texts(rule.get("resources"))
        ]
        things += texts(rule.get("nonResourceURLs") or rule.get("nonResourceUrls"))
        named = texts(rule.get("resourceNames"))
        things = [f"{thing} {name}" for thing in things for name in named] if named else things
        statements.append(
            Statement("", "Allow", _terms(texts(rule.get("verbs"))), _terms(things), frozenset())
        )
    return statements


def _terms(names: list[str]) -> frozenset[Term]:
    return frozenset(Term((name,)) for name in names)


def _names(terms: frozenset[Term]) -> list[str]:
    return sorted(str(term) for term in terms)


def _thing(name: str) -> str:
    return "everything" if name in ("*", "*/*") else name


def _subject(subject: Mapping[str, Any]) -> str:
    space = f"{subject['namespace']}/" if subject.get("namespace") else ""
    kind = {"ServiceAccount": "service account", "Group": "group", "User": "user"}.get(
        str(subject.get("kind")), "subject"
    )
    return f"{kind} {space}{subject.get('name')}"


def _labels(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = inputs.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, Mapping) else None
    return labels if isinstance(labels, Mapping) else {}


def _list(inputs: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return objects(inputs.get(key)) if inputs.get(key) else []
