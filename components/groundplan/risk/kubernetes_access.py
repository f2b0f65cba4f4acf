"""Access in Kubernetes that widens: roles, bindings, privileged pods, and guards of a
namespace that are relaxed."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import ABSENT, Kind
from groundplan.risk.context import Case, at, flag, leaves, objects, texts
from groundplan.risk.iam import ACCESS
from groundplan.risk.risk import Danger, Level
from groundplan.risk.statements import Statement, Term, less
from groundplan.risk.wording import listed, moved


def roles(case: Case) -> Iterator[Danger]:
    """What a role allows that it didn't before; of a new role, what it allows by
    wildcards."""
    if case.type not in ("kubernetes.Role", "kubernetes.ClusterRole") or not case.new:
        return
    for part in less(_rules(case.new), _rules(case.old)):
        verbs, things = _names(part.actions), _names(part.resources)
        every = "*" in verbs and any(thing.endswith("*") for thing in things)
        some = "*" in verbs or any(thing == "*" or thing.endswith("/*") for thing in things)
        if case.old or some:
            level = Level.HIGH if every and case.type == "kubernetes.ClusterRole" else Level.MEDIUM
            told = f"{listed('everything' if v == '*' else v for v in verbs)} on {listed(_thing(t) for t in things)}"
            because = f"+ {listed(verbs, 20)} on {listed(things, 20)}"
            yield case.danger(level, ACCESS, f"{case.told} now allows {told}.", because)


def bindings(case: Case) -> Iterator[Danger]:
    """Who gets a role that is there already, and who gets all of a cluster."""
    if case.type not in ("kubernetes.RoleBinding", "kubernetes.ClusterRoleBinding") or not case.new:
        return
    role = str(at(case.new, "roleRef.name"))
    same_role = at(case.old, "roleRef.name") == role
    had = {_subject(s) for s in _list(case.old, "subjects")} if same_role else set()
    for subject in sorted({_subject(s) for s in _list(case.new, "subjects")} - had):
        public = subject.split()[-1] in (
            "system:anonymous",
            "system:unauthenticated",
            "system:authenticated",
        )
        powerful = (
            role in ("cluster-admin", "admin") and case.type == "kubernetes.ClusterRoleBinding"
        )
        if public or powerful or case.old:
            level = Level.HIGH if public or powerful else Level.MEDIUM
            extra = ", and may do everything in the cluster" if powerful else ""
            yield case.danger(
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
    "allowPrivilegeEscalation": "gain rights that they don't start with",
}
"""Switches in a pod's specification -> what its containers may do with them."""


def pods(case: Case) -> Iterator[Danger]:
    """Pods that may do on a node what is root's to do."""
    if not case.type.startswith("kubernetes.") or not case.new:
        return
    new, old = _powers(case.new), _powers(case.old)
    for power in sorted(new.keys() - old.keys()):
        level = Level.MEDIUM if power in ("allowPrivilegeEscalation",) else Level.HIGH
        if level is Level.HIGH or case.old:
            path, words = new[power]
            because = moved(path, _leaf(case.old, path), _leaf(case.new, path))
            yield case.danger(level, ACCESS, f"pods of {case.told} may now {words}.", because)


STRICTNESS = {"privileged": 0, "baseline": 1, "restricted": 2}
"""Kubernetes' Pod Security Standards; without a label, all is allowed."""


def namespace_guard(case: Case) -> Iterator[Danger]:
    """A namespace that admits pods which it refused before."""
    if case.type != "kubernetes.Namespace" or not (case.old and case.new):
        return
    label = "pod-security.kubernetes.io/enforce"
    old, new = ((_labels(side)).get(label, "privileged") for side in (case.old, case.new))
    if STRICTNESS.get(str(new), 2) < STRICTNESS.get(str(old), 0):
        words = f"{case.told} now admits pods with more rights: its pod security goes from {old} to {new}."
        yield case.danger(
            Level.MEDIUM,
            ACCESS,
            words,
            moved(f"metadata.labels.{label}", old, _labels(case.new).get(label)),
        )


def network(case: Case) -> Iterator[Danger]:
    """Traffic that is no longer held back, or that is let in from outside."""
    goes = (
        case.type == "kubernetes.NetworkPolicy"
        and case.kind is Kind.DELETE
        and not case.was("retainOnDelete")
    )
    if goes and case.owner("metadata") is not Kind.DELETE:
        words = f"{case.told} is deleted: the traffic that it held back is let through."
        yield case.danger(Level.MEDIUM, ACCESS, words, "it is no longer in the program")
    if (
        case.type == "kubernetes.Service"
        and case.new
        and at(case.new, "spec.type") == "LoadBalancer"
    ):
        yield from _load_balancer(case)


def _load_balancer(case: Case) -> Iterator[Danger]:
    path = "spec.loadBalancerSourceRanges"
    notes = at(case.new, "metadata.annotations")
    kept_in = isinstance(notes, Mapping) and (
        notes.get("service.beta.kubernetes.io/aws-load-balancer-scheme") == "internal"
        or str(notes.get("service.beta.kubernetes.io/aws-load-balancer-internal")) == "true"
    )
    was_open = at(case.old, "spec.type") == "LoadBalancer" and not texts(at(case.old, path))
    if not kept_in and not texts(at(case.new, path)) and not was_open:
        words = f"{case.told} can now be reached by anyone that reaches its load balancer: no source ranges limit it."
        because = "; ".join(
            case.moved(p) for p in ("spec.type", path) if case.changed(p)
        ) or case.moved("spec.type")
        yield case.danger(Level.MEDIUM, ACCESS, words, because)


def _powers(inputs: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What a pod's containers may do on its node: a name -> the path of its cause, and
    words."""
    found: dict[str, tuple[str, str]] = {}
    for path, value in leaves(inputs):
        key = path.rsplit(".", 1)[-1]
        if not path.startswith("spec.") or key in ("matchLabels",):
            continue
        if key in POD_PATHS and flag(value):
            found.setdefault(key, (path, POD_PATHS[key]))
        if path.endswith("hostPath.path"):
            found.setdefault(f"hostPath {value}", (path, f"read or write {value} on the node"))
        if path.endswith("capabilities.add"):
            for name in texts(value):
                if name in ("ALL", "SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "SYS_MODULE", "BPF"):
                    found.setdefault(
                        f"capability {name}", (path, f"use the capability {name} on the node")
                    )
    return found


def _leaf(value: Any, path: str) -> Any:
    """The value at a path that `leaves` gave."""
    return dict(leaves(value)).get(path, ABSENT)


def _rules(inputs: Mapping[str, Any]) -> list[Statement]:
    """RBAC rules as statements: verbs on `group/resource`."""
    found = []
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
        found.append(
            Statement("", "Allow", _terms(texts(rule.get("verbs"))), _terms(things), frozenset())
        )
    return found


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
    found = metadata.get("labels") if isinstance(metadata, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _list(inputs: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return objects(inputs.get(key)) if inputs.get(key) else []
