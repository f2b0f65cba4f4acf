"""Access to EKS clusters that widens: an API server that opens, and people or programs
that get in."""

from collections.abc import Iterator

from groundplan.diff.changes import ABSENT, Kind
from groundplan.risk.context import Case, at, flag, texts
from groundplan.risk.firewalls import WORLD, within
from groundplan.risk.iam import ACCESS
from groundplan.risk.policies import own_name
from groundplan.risk.risk import Danger, Level
from groundplan.risk.wording import listed, spoken


def api_server(case: Case) -> Iterator[Danger]:
    """A cluster's API server that can be reached from further away."""
    if case.type != "eks.Cluster" or not case.new:
        return
    was, now = (_ranges(case, old=old) for old in (True, False))
    wider = [cidr for cidr in now if not any(within(cidr, known) for known in was)]
    if not wider or (case.old and not _switched(case)):
        return
    world = any(cidr in WORLD for cidr in wider)
    who = "anywhere on the internet" if world else listed(wider)
    level = Level.LOW if not case.old else Level.HIGH if world else Level.MEDIUM
    words = f"the API server of {case.told} can now be reached from {who}."
    yield case.danger(level, ACCESS, words, _because(case))


def _because(case: Case) -> str:
    return "; ".join(
        case.moved(path)
        for path in ("vpcConfig.endpointPublicAccess", "vpcConfig.publicAccessCidrs")
        if case.changed(path) or not case.old
    )


def _switched(case: Case) -> bool:
    return case.changed("vpcConfig.endpointPublicAccess") or case.changed(
        "vpcConfig.publicAccessCidrs"
    )


def _ranges(case: Case, old: bool) -> list[str]:
    """From where the API server is public; EKS's defaults are a public one, for
    everyone."""
    side = case.old if old else case.new
    if not side or flag(at(side, "vpcConfig.endpointPublicAccess")) is False:
        return []
    return texts(at(side, "vpcConfig.publicAccessCidrs")) or ["0.0.0.0/0"]


def entries(case: Case) -> Iterator[Danger]:
    """Somebody who gets into a cluster that is there already, or gets more of it."""
    if (
        case.type == "eks.AccessPolicyAssociation"
        and case.new
        and case.owner("clusterName") is not Kind.CREATE
    ):
        keys = ("policyArn", "principalArn", "accessScope")
        if case.old and not any(case.changed(key) for key in keys):
            return
        policy = str(case.new.get("policyArn", "")).rsplit("/", 1)[-1]
        scope = texts(at(case.new, "accessScope.namespaces"))
        where = (
            f" in {listed(scope)}"
            if scope and at(case.new, "accessScope.type") == "namespace"
            else ""
        )
        admin = policy == "AmazonEKSClusterAdminPolicy" and not where
        words = f"{_who(case)} gets {policy} on the cluster {_cluster(case)}{where}"
        words += ", and may do everything in it" if admin else ""
        level = Level.HIGH if admin else Level.MEDIUM
        told = [
            key
            for key in keys
            if at(case.new, key) is not ABSENT and (not case.old or case.changed(key))
        ]
        yield case.danger(level, ACCESS, f"{words}.", "; ".join(case.moved(key) for key in told))
    if case.type == "eks.AccessEntry" and case.new and case.owner("clusterName") is not Kind.CREATE:
        yield from _entry(case)
    if case.type == "eks.PodIdentityAssociation" and case.old and case.new:
        yield from _pod_identity(case)


def _entry(case: Case) -> Iterator[Danger]:
    groups = sorted(
        set(texts(case.new.get("kubernetesGroups"))) - set(texts(case.old.get("kubernetesGroups")))
    )
    if str(case.new.get("type", "STANDARD")) == "STANDARD" and groups:
        words = f"{_who(case)} joins the groups {listed(groups)} of the cluster {_cluster(case)}."
        yield case.danger(Level.MEDIUM, ACCESS, words, case.moved("kubernetesGroups"))
    elif case.old and case.changed("principalArn"):
        words = f"{_who(case)} gets into the cluster {_cluster(case)}."
        yield case.danger(Level.MEDIUM, ACCESS, words, case.moved("principalArn"))


def _pod_identity(case: Case) -> Iterator[Danger]:
    paths = [path for path in ("roleArn", "namespace", "serviceAccount") if case.changed(path)]
    if paths:
        account = f"{case.new.get('namespace')}/{case.new.get('serviceAccount')}"
        words = f"pods of the service account {account} now act as the role {own_name(str(case.new.get('roleArn')))}."
        yield case.danger(
            Level.MEDIUM, ACCESS, words, "; ".join(case.moved(path) for path in paths)
        )


def _who(case: Case) -> str:
    arn = str(case.new.get("principalArn", case.name))
    return (
        own_name(arn)
        if arn.startswith("${")
        else spoken(arn.split(":", 5)[-1] if arn.count(":") >= 5 else arn)
    )


def _cluster(case: Case) -> str:
    return own_name(str(case.new.get("clusterName", "")))
