"""Until when Kubernetes, its add-ons and Lambda's runtimes are supported, and whether
EKS has the versions that a stack names."""

import datetime
from collections.abc import Iterator
from typing import Any

from groundplan.facts import support_dates
from groundplan.operations.preflight import pools
from groundplan.operations.preflight.finding import Finding, Stage, Unchecked
from groundplan.operations.preflight.plan import Plan, known, mapping, mappings
from groundplan.operations.preflight.reader import Missing, Reader, entries

CHECK = "end of support"
ADDON_CHECK = "EKS add-ons"
ADDON = "aws:eks/addon:Addon"
FUNCTION = "aws:lambda/function:Function"

SOON = datetime.timedelta(days=90)
"""An end that is nearer than this is reported."""


def check_dates(plan: Plan, today: datetime.date) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each version whose support ends soon, by the dates that
    Groundplan knows: no account is needed."""
    for cluster in plan.of_type(pools.CLUSTER):
        version = known(cluster.inputs.get("version"))
        support = support_dates.of_kubernetes(version)
        policy = mapping(cluster.inputs.get("upgradePolicy")).get("supportType")
        newest = support_dates.kubernetes_versions()[-1]
        if version and support:
            last = support.last if policy != "STANDARD" and support.last else support.end
            yield from _ends(plan, cluster.urn, f"Kubernetes {version}", last, today, newest)
            if last != support.end and support.end - today < SOON <= last - today:
                yield _finding(
                    plan,
                    cluster.urn,
                    f"Kubernetes {version}",
                    f"standard support ends on {support.end}: then a cluster costs six times "
                    "as much",
                    f"use {newest}",
                    Stage.LATER,
                )
    for function in plan.of_type(FUNCTION):
        runtime = known(function.inputs.get("runtime"))
        support = support_dates.of_lambda(runtime)
        if support:
            language = runtime.rstrip("0123456789.x")
            newest = [r for r in support_dates.lambda_runtimes() if r.startswith(language)][-1]
            yield from _ends(plan, function.urn, runtime, support.end, today, newest, creates=True)


def check_cluster_versions(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each version of Kubernetes that EKS does not have, in a
    region."""
    for cluster in plan.of_type(pools.CLUSTER):
        version, region = known(cluster.inputs.get("version")), plan.region(cluster)
        if not version or not region or plan.is_deployed(cluster):
            continue
        answer = account.read("eks", "describe_cluster_versions", region=region)
        listed = {
            str(entry.get("clusterVersion")): str(entry.get("versionStatus", ""))
            for entry in entries(answer, "clusterVersions")
        }
        if version not in listed or listed[version].upper() == "UNSUPPORTED":
            yield _finding(
                plan,
                cluster.urn,
                f"Kubernetes {version}",
                f"EKS in {region} has {', '.join(sorted(listed))}",
                "name a version that EKS has",
            )


def check_addons(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each add-on version that EKS does not have for the cluster's
    version of Kubernetes."""
    for addon in plan.of_type(ADDON):
        name, version = (known(addon.inputs.get(key)) for key in ("addonName", "addonVersion"))
        region = plan.region(addon)
        kubernetes = _kubernetes(plan, addon.inputs.get("clusterName"))
        if not name or not region:
            continue
        request = {"kubernetesVersion": kubernetes} if kubernetes else {}
        try:
            answer = account.read(
                "eks", "describe_addon_versions", region=region, addonName=name, **request
            )
        except Missing:
            answer = {}
        listed = [
            str(entry.get("addonVersion"))
            for each in entries(answer, "addons")
            for entry in mappings(each.get("addonVersions"))
        ]
        if not listed or (version and version not in listed):
            has = f"; it has {', '.join(listed[:3])}" if listed else ""
            of = f" for Kubernetes {kubernetes}" if kubernetes else ""
            yield _finding(
                plan,
                addon.urn,
                f"{name} {version}".strip(),
                f"EKS in {region} has no such version{of}{has}",
                "name a version that EKS has",
                check=ADDON_CHECK,
            )


def _kubernetes(plan: Plan, value: Any) -> str:
    cluster = plan.referenced(value, pools.CLUSTER) or next(
        (each for each in plan.of_type(pools.CLUSTER) if each.inputs.get("name") == value), None
    )
    return known(cluster.inputs.get("version")) if cluster else ""


def _ends(
    plan: Plan,
    urn: str,
    what: str,
    end: datetime.date,
    today: datetime.date,
    newest: str,
    *,
    creates: bool = False,
) -> Iterator[Finding]:
    """A finding of an end that is near or past. A deprecated runtime still works for a
    while; EKS creates no cluster of a version after its support."""
    if end - today >= SOON:  # there is no day after 9999-12-31
        return
    past = end < today
    limit = f"support {'ended' if past else 'ends'} on {end}"
    stage = Stage.UP if past and not creates else Stage.LATER
    yield _finding(plan, urn, what, limit, f"use {newest}", stage)


def _finding(
    plan: Plan,
    urn: str,
    need: str,
    limit: str,
    fix: str,
    stage: Stage = Stage.UP,
    check: str = CHECK,
) -> Finding:
    resource = plan.manifest.by_urn[urn]
    return Finding(
        check, urn, need, limit, fix, stage, plan.region(resource), source=resource.source
    )
