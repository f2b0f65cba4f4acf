"""Claims on Kubernetes' API: what the members and the pods of a team may do in
another's namespaces, by RBAC and by EKS access entries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan import catalog
from groundplan.manifest.model import Resource
from groundplan.proof.model import Counterexample, Layer, Result, Verdict
from groundplan.proof.plan import Plan
from groundplan.proof.teams import (
    Home,
    Team,
    cluster_of,
    home,
    is_unknown,
    listed,
    metadata,
    of_kind,
)

READING = ("get", "list", "watch")
CHANGING = ("create", "update", "patch", "delete", "deletecollection")

Rule = tuple[str, str, tuple[str, ...]]
"""API group, resource, verbs."""

NAMESPACED: tuple[Rule, ...] = (
    ("", "pods/exec", ("create", "get")),
    ("", "pods/attach", ("create", "get")),
    ("", "pods/portforward", ("create", "get")),
    ("", "pods/log", READING),
    ("", "pods/ephemeralcontainers", ("update", "patch")),
    ("", "secrets", (*READING, *CHANGING)),
    ("", "configmaps", (*READING, *CHANGING)),
    ("", "pods", (*READING, *CHANGING)),
    ("", "persistentvolumeclaims", CHANGING),
    ("", "services", CHANGING),
    ("", "serviceaccounts", ("create", "update", "patch", "impersonate")),
    ("", "serviceaccounts/token", ("create",)),
    ("batch", "jobs", (*READING, *CHANGING)),
    ("batch", "cronjobs", (*READING, *CHANGING)),
    ("apps", "deployments", (*READING, *CHANGING)),
    ("apps", "statefulsets", (*READING, *CHANGING)),
    ("apps", "daemonsets", (*READING, *CHANGING)),
    ("jobset.x-k8s.io", "jobsets", (*READING, *CHANGING)),
    ("kubeflow.org", "mpijobs", (*READING, *CHANGING)),
    ("kubeflow.org", "pytorchjobs", (*READING, *CHANGING)),
    ("ray.io", "rayclusters", (*READING, *CHANGING)),
    ("ray.io", "rayjobs", (*READING, *CHANGING)),
    ("trainer.kubeflow.org", "trainjobs", (*READING, *CHANGING)),
    ("networking.k8s.io", "networkpolicies", CHANGING),
    ("rbac.authorization.k8s.io", "roles", ("create", "update", "patch", "bind", "escalate")),
    ("rbac.authorization.k8s.io", "rolebindings", ("create", "update", "patch")),
)
"""What reads, writes or opens the data of a namespace."""

OF_CLUSTER: tuple[Rule, ...] = (
    ("", "persistentvolumes", CHANGING),
    ("", "namespaces", ("update", "patch", "delete")),
    ("", "nodes/proxy", ("get", "create")),
    ("", "users", ("impersonate",)),
    ("", "groups", ("impersonate",)),
    ("rbac.authorization.k8s.io", "clusterroles", ("create", "update", "patch", "escalate")),
    ("rbac.authorization.k8s.io", "clusterrolebindings", ("create", "update", "patch")),
)
"""What opens the data of every namespace."""

EVERYTHING = ({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},)
EDIT = (
    {
        "apiGroups": ["", "apps", "batch"],
        "resources": ["*"],
        "verbs": [*READING, *CHANGING],
    },
)
VIEW = (
    {
        "apiGroups": ["", "apps", "batch"],
        "resources": ["pods", "pods/log", "configmaps"],
        "verbs": list(READING),
    },
)

BUILT_IN: Mapping[str, Any] = {
    "cluster-admin": EVERYTHING,
    "admin": EVERYTHING,
    "edit": EDIT,
    "view": VIEW,
    "system:discovery": (),
    "system:basic-user": (),
    "system:public-info-viewer": (),
}
"""Cluster roles of Kubernetes that read or write data (Kubernetes, "Using RBAC
Authorization", default roles)."""

ACCESS_POLICIES: Mapping[str, Any] = {
    "AmazonEKSClusterAdminPolicy": EVERYTHING,
    "AmazonEKSAdminPolicy": EVERYTHING,
    "AmazonEKSEditPolicy": EDIT,
    "AmazonEKSViewPolicy": VIEW,
    "AmazonEKSAdminViewPolicy": ({"apiGroups": ["*"], "resources": ["*"], "verbs": list(READING)},),
    "AmazonEKSSecretReaderPolicy": (
        {"apiGroups": [""], "resources": ["secrets"], "verbs": list(READING)},
    ),
}
"""EKS access policy -> its rules (EKS User Guide, "Review access policy
permissions")."""

EVERYONE = ("system:authenticated", "system:unauthenticated", "system:serviceaccounts")

MASTERS = "system:masters"
"""The group that RBAC doesn't restrict."""


@dataclass(frozen=True)
class Binding:
    """Rules, whom they are bound to, and where they apply."""

    subjects: tuple[tuple[str, str], ...]
    """(kind, name): `("ServiceAccount", "research/training")`."""
    rules: Any
    """`None` where the plan doesn't have them."""
    home: Home | None
    """`None` for the whole cluster."""
    cluster: str
    resource: Resource
    role: str


def kubernetes_claims(plan: Plan) -> Iterator[Result]:
    """Yields the verdicts on all claims."""
    bindings = [*_bindings(plan), *_access_policies(plan), *_administrators(plan)]
    for team in plan.teams:
        subjects = set(_subjects(plan, team, bindings))
        for owner in plan.teams:
            if owner.name != team.name and owner.homes:
                yield _verdict(team, owner, subjects, bindings)


def _verdict(
    team: Team, owner: Team, subjects: set[tuple[str, str]], bindings: list[Binding]
) -> Result:
    claim = f"{team.name} neither reads nor changes objects in the namespaces of {owner.name}"
    reason = ""
    for binding in bindings:
        bound = sorted(s for s in binding.subjects if s in subjects or s[1] in EVERYONE)
        where = [h for h in owner.homes if _applies(binding, h)]
        if not bound or not where:
            continue
        if binding.rules is None:
            reason = reason or (
                f"{binding.resource.name} binds {binding.role}, whose rules the plan doesn't have"
            )
            continue
        allowed = next(_allowed(binding), None)
        if allowed:
            verb, what = allowed
            kind, name = bound[0]
            return Result(
                claim,
                Layer.KUBERNETES,
                team.name,
                owner.name,
                Verdict.REFUTED,
                Counterexample(
                    f"{kind} {name}",
                    f"{verb} {what}",
                    f"namespace {where[0].namespace}",
                    f"{binding.resource.type.rpartition(':')[2]} of {binding.role}",
                    binding.resource.name,
                    binding.resource.source,
                ),
            )
    decided = Verdict.UNKNOWN if reason else Verdict.PROVED
    return Result(claim, Layer.KUBERNETES, team.name, owner.name, decided, reason=reason)


def _applies(binding: Binding, where: Home) -> bool:
    same = not binding.cluster or not where.cluster or binding.cluster == where.cluster
    return same and (binding.home is None or binding.home.namespace == where.namespace)


def _allowed(binding: Binding) -> Iterator[tuple[str, str]]:
    """Yields what the rules allow of what opens data: a verb and a resource."""
    wanted = NAMESPACED if binding.home else (*NAMESPACED, *OF_CLUSTER)
    for group, resource, verbs in wanted:
        for rule in binding.rules:
            groups, resources = _texts(rule, "apiGroups"), _texts(rule, "resources")
            if not ({group, "*"} & groups):
                continue
            parent, _, sub = resource.partition("/")
            if not ({resource, "*", f"*/{sub}" if sub else parent} & resources):
                continue
            for verb in verbs:
                if {verb, "*"} & _texts(rule, "verbs"):
                    yield verb, resource


def _bindings(plan: Plan) -> Iterator[Binding]:
    for resource in of_kind(plan.manifest, "RoleBinding", "ClusterRoleBinding"):
        reference = resource.inputs.get("roleRef")
        reference = reference if isinstance(reference, Mapping) else {}
        own = home(resource) if resource.type.endswith(":RoleBinding") else None
        role = f"{reference.get('kind')} {reference.get('name')}"
        where = metadata(resource).get("namespace")
        if is_unknown([where, resource.inputs.get("subjects")]):
            anyone = (("Group", EVERYONE[0]),)
            yield Binding(anyone, None, None, cluster_of(resource), resource, "what is unknown")
            continue
        yield Binding(
            tuple(_subjects_of(resource, own)),
            _rules(plan, reference, own, cluster_of(resource)),
            own,
            cluster_of(resource),
            resource,
            role,
        )


def _rules(plan: Plan, reference: Mapping[str, Any], own: Home | None, cluster: str) -> Any:
    kind, name = str(reference.get("kind")), str(reference.get("name"))
    for resource in of_kind(plan.manifest, kind):
        if cluster_of(resource) != cluster or metadata(resource).get("name") != name:
            continue
        if kind == "Role" and own and home(resource) != own:
            continue
        if resource.inputs.get("aggregationRule"):
            return None
        rules = resource.inputs.get("rules")
        if is_unknown(rules) or (rules is not None and not isinstance(rules, list)):
            return None
        return [rule for rule in listed(rules) if isinstance(rule, Mapping)]
    return BUILT_IN.get(name) if kind == "ClusterRole" else None


def _subjects_of(resource: Resource, own: Home | None) -> Iterator[tuple[str, str]]:
    subjects = resource.inputs.get("subjects")
    for subject in subjects if isinstance(subjects, list) else ():
        if not isinstance(subject, Mapping):
            continue
        kind, name = str(subject.get("kind")), str(subject.get("name"))
        if kind == "ServiceAccount":
            namespace = subject.get("namespace") or (own.namespace if own else "default")
            name = f"{namespace}/{name}"
        yield kind, name


def _access_policies(plan: Plan) -> Iterator[Binding]:
    for resource in plan.manifest:
        if catalog.key(resource.type) != "eks.AccessPolicyAssociation":
            continue
        policy = str(resource.inputs.get("policyArn")).rpartition("/")[2]
        principal = plan.names.text(str(resource.inputs.get("principalArn")))
        scope = resource.inputs.get("accessScope")
        scope = scope if isinstance(scope, Mapping) else {}
        namespaces = scope.get("namespaces") if scope.get("type") == "namespace" else None
        for namespace in namespaces if isinstance(namespaces, list) else [None]:
            yield Binding(
                (("IAM", principal),),
                ACCESS_POLICIES.get(policy),
                Home(str(namespace)) if namespace else None,
                "",
                resource,
                policy,
            )


def _administrators(plan: Plan) -> Iterator[Binding]:
    """Yields the access entries of principals that RBAC doesn't restrict."""
    for resource in plan.manifest:
        if catalog.key(resource.type) != "eks.AccessEntry":
            continue
        if MASTERS in listed(resource.inputs.get("kubernetesGroups")):
            principal = plan.names.text(str(resource.inputs.get("principalArn")))
            yield Binding((("IAM", principal),), EVERYTHING, None, "", resource, MASTERS)


def _subjects(plan: Plan, team: Team, bindings: list[Binding]) -> Iterator[tuple[str, str]]:
    """Yields the subjects that a team's people and pods are: what is bound in its
    namespaces, its service accounts, and the IAM principals of both."""
    accounts = {
        (h.namespace, str(metadata(r).get("name")))
        for h in team.homes
        for r in of_kind(plan.manifest, "ServiceAccount")
        if home(r) == h
    } | {(h.namespace, "default") for h in team.homes}
    yield from (("ServiceAccount", f"{namespace}/{name}") for namespace, name in accounts)
    for binding in bindings:
        # Any account of its namespaces, whether or not the plan creates it.
        yield from (
            subject
            for subject in binding.subjects
            if subject[0] == "ServiceAccount" and subject[1].split("/")[0] in team.namespaces
        )
    groups = {f"system:serviceaccounts:{namespace}" for namespace in team.namespaces}
    for binding in bindings:
        if binding.home is None or not binding.rules:
            continue
        if not any(_applies(binding, h) for h in team.homes):
            continue
        for kind, name in binding.subjects:
            if kind == "ServiceAccount" and name.partition("/")[0] not in team.namespaces:
                continue  # of a controller that works in the team's namespace
            groups.add(name)
            yield kind, name
    yield from (("Group", group) for group in groups)
    for actor in plan.actors.of[team.name]:
        yield "IAM", actor.identity.arn
    for resource in plan.manifest:
        if catalog.key(resource.type) != "eks.AccessEntry":
            continue
        mapped = resource.inputs.get("kubernetesGroups")
        principal = plan.names.text(str(resource.inputs.get("principalArn")))
        mine = {str(group) for group in listed(mapped)} & groups
        if mine or any(a.identity.arn == principal for a in plan.actors.of[team.name]):
            yield "IAM", principal
            yield from (("Group", str(g)) for g in listed(mapped))


def _texts(rule: Mapping[str, Any], key: str) -> set[str]:
    found = rule.get(key)
    return {str(item) for item in found} if isinstance(found, list) else set()
