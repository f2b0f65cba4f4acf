"""Wider access to EKS clusters: public API servers, and principals that get access."""

from collections.abc import Iterator

from groundplan.diff.changes import ABSENT, Kind
from groundplan.networks import is_internet
from groundplan.risk.context import ChangeContext, at, flag, texts
from groundplan.risk.downtime import DOWNTIME, goes_with_another
from groundplan.risk.firewalls import within
from groundplan.risk.iam import ACCESS
from groundplan.risk.policies import policy_name, resource_name
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import listed, readable


def api_server(context: ChangeContext) -> Iterator[Risk]:
    """A cluster's API server that more networks can reach."""
    if context.type != "eks.Cluster" or not context.new:
        return
    was, now = (_ranges(context, old=old) for old in (True, False))
    wider = [cidr for cidr in now if not any(within(cidr, known) for known in was)]
    if not wider or (context.old and not _switched(context)):
        return
    world = is_internet(now)
    who = "anywhere on the internet" if world else listed(wider)
    level = Level.LOW if not context.old else Level.HIGH if world else Level.MEDIUM
    words = f"the API server of {context.subject} can now be reached from {who}."
    yield context.risk(level, ACCESS, words, _because(context))


def _because(context: ChangeContext) -> str:
    return "; ".join(
        context.change_text(path)
        for path in ("vpcConfig.endpointPublicAccess", "vpcConfig.publicAccessCidrs")
        if context.changed(path) or not context.old
    )


def _switched(context: ChangeContext) -> bool:
    return context.changed("vpcConfig.endpointPublicAccess") or context.changed(
        "vpcConfig.publicAccessCidrs"
    )


def _ranges(context: ChangeContext, old: bool) -> list[str]:
    """Returns the CIDR ranges that reach the API server from outside; by default,
    all."""
    side = context.old if old else context.new
    if not side or flag(at(side, "vpcConfig.endpointPublicAccess")) is False:
        return []
    return texts(at(side, "vpcConfig.publicAccessCidrs")) or ["0.0.0.0/0"]


def entries(context: ChangeContext) -> Iterator[Risk]:
    """Access entries, policies and pod identities of an existing cluster that are added
    or changed."""
    if (
        context.type == "eks.AccessPolicyAssociation"
        and context.new
        and context.owner_change("clusterName") is not Kind.CREATE
    ):
        keys = ("policyArn", "principalArn", "accessScope")
        if context.old and not any(context.changed(key) for key in keys):
            return
        policy = policy_name(str(context.new.get("policyArn", "")))
        scope = texts(at(context.new, "accessScope.namespaces"))
        where = (
            f" in {listed(scope)}"
            if scope and at(context.new, "accessScope.type") == "namespace"
            else ""
        )
        admin = policy == "AmazonEKSClusterAdminPolicy" and not where
        words = f"{_who(context)} gets {policy} on the cluster {_cluster(context)}{where}"
        words += ", and may do everything in it" if admin else ""
        level = Level.HIGH if admin else Level.MEDIUM
        changed = [
            key
            for key in keys
            if at(context.new, key) is not ABSENT and (not context.old or context.changed(key))
        ]
        yield context.risk(
            level, ACCESS, f"{words}.", "; ".join(context.change_text(key) for key in changed)
        )
    if (
        context.type == "eks.AccessEntry"
        and context.new
        and context.owner_change("clusterName") is not Kind.CREATE
    ):
        yield from _entry(context)
    if context.type == "eks.PodIdentityAssociation" and context.old and context.new:
        yield from _pod_identity(context)


def lost(context: ChangeContext) -> Iterator[Risk]:
    """Access entries and pod identities that are deleted, while the cluster stays."""
    if context.kind is not Kind.DELETE or context.old_option("retainOnDelete"):
        return
    if context.owner_change("clusterName") is Kind.DELETE or goes_with_another(context):
        return
    because = "it is no longer in the program"
    old = context.change.resource.inputs
    if context.type == "eks.AccessEntry":
        who = _principal(str(old.get("principalArn", context.name)))
        nodes = str(old.get("type", "STANDARD")) != "STANDARD"
        means = ": its nodes become NotReady" if nodes else ""
        words = f"{who} loses its access to the cluster {_cluster(context)}{means}."
        yield context.risk(Level.HIGH if nodes else Level.LOW, DOWNTIME, words, because)
    if context.type == "eks.PodIdentityAssociation":
        account = f"{old.get('namespace')}/{old.get('serviceAccount')}"
        words = (
            f"pods of the service account {account} no longer assume the role "
            f"{resource_name(str(old.get('roleArn')))}: their calls to AWS fail."
        )
        yield context.risk(Level.MEDIUM, DOWNTIME, words, because)


def _entry(context: ChangeContext) -> Iterator[Risk]:
    groups = sorted(
        set(texts(context.new.get("kubernetesGroups")))
        - set(texts(context.old.get("kubernetesGroups")))
    )
    if str(context.new.get("type", "STANDARD")) == "STANDARD" and groups:
        words = (
            f"{_who(context)} joins the groups {listed(groups)} of the cluster {_cluster(context)}."
        )
        yield context.risk(Level.MEDIUM, ACCESS, words, context.change_text("kubernetesGroups"))
    elif context.old and context.changed("principalArn"):
        words = f"{_who(context)} gets access to the cluster {_cluster(context)}."
        yield context.risk(Level.MEDIUM, ACCESS, words, context.change_text("principalArn"))


def _pod_identity(context: ChangeContext) -> Iterator[Risk]:
    paths = [path for path in ("roleArn", "namespace", "serviceAccount") if context.changed(path)]
    if paths:
        account = f"{context.new.get('namespace')}/{context.new.get('serviceAccount')}"
        words = (
            f"pods of the service account {account} now assume the role "
            f"{resource_name(str(context.new.get('roleArn')))}."
        )
        yield context.risk(
            Level.MEDIUM, ACCESS, words, "; ".join(context.change_text(path) for path in paths)
        )


def _who(context: ChangeContext) -> str:
    return _principal(str(context.new.get("principalArn", context.name)))


def _principal(arn: str) -> str:
    return (
        resource_name(arn)
        if arn.startswith("${")
        else readable(arn.split(":", 5)[-1] if arn.count(":") >= 5 else arn)
    )


def _cluster(context: ChangeContext) -> str:
    return resource_name(str(context.change.resource.inputs.get("clusterName", "")))
