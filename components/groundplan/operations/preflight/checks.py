"""All checks, and how they run: at once, in a few threads, each on its own."""

import datetime
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial

from groundplan.operations.preflight import (
    charts,
    counted_quotas,
    ec2_quotas,
    images,
    names,
    offerings,
    permissions,
    reachability,
    reservations,
    sagemaker_quotas,
    subnets,
    support,
)
from groundplan.operations.preflight.finding import Finding, Result, Unchecked
from groundplan.operations.preflight.plan import Plan
from groundplan.operations.preflight.reader import Missing, Reader, Unread

THREADS = 8
"""Checks at once: so few that one preflight does not throttle an account's API."""

Yields = Callable[[Plan, Reader], Iterator[Finding | Unchecked]]


@dataclass(frozen=True)
class Check:
    """A check, by its name."""

    name: str
    run: Yields
    web_only: bool = False
    """Whether it reads the web, and no account."""


CHECKS = (
    Check("quotas of EC2 vCPUs", ec2_quotas.check),
    Check("quotas of SageMaker instances", sagemaker_quotas.check),
    Check("quotas of addresses, VPCs, gateways and clusters", counted_quotas.check),
    Check("quota of NAT gateways", counted_quotas.check_nat_gateways),
    Check("quota of node groups", counted_quotas.check_node_groups),
    Check("quota of Lambda's concurrency", counted_quotas.check_concurrency),
    Check("quota of roles", counted_quotas.check_roles),
    Check("instance offerings", offerings.check),
    Check("zones", offerings.check_zones),
    Check("addresses of subnets", subnets.check),
    Check("existing subnets", subnets.check_existing),
    Check("existing VPCs", subnets.check_vpcs),
    Check("reservations", reservations.check),
    Check("images", images.check),
    Check("machine images", images.check_machine_images),
    Check("charts", charts.check, web_only=True),
    Check("versions of Kubernetes", support.check_cluster_versions),
    Check("versions of add-ons", support.check_addons),
    Check("permissions", permissions.check),
    Check("names", names.check),
    Check("API server", reachability.check),
)
"""The checks that need an account or the web."""


def run(
    plan: Plan,
    account: Reader | None,
    today: datetime.date,
    say: Callable[[str], None] = lambda _text: None,
    without: str = "no account: there are no valid credentials",
    account_id: str = "",
    web: Reader | None = None,
) -> Result:
    """Runs every check. Without an account, those that need one say so, and `web` reads
    for the others."""
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    checked = ["support dates", "names within the stack"]
    _sort(support.check_dates(plan, today), findings, unchecked)
    _sort(names.check_twice(plan), findings, unchecked)
    readers = {check: account or (web if check.web_only else None) for check in CHECKS}
    unchecked += [
        Unchecked(check.name, "all of it", without) for check in CHECKS if not readers[check]
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        futures = {
            pool.submit(_entries, partial(check.run, plan, reader)): check
            for check, reader in readers.items()
            if reader
        }
        for done, future in enumerate(as_completed(futures), 1):
            check = futures[future]
            say(f"{done} of {len(futures)} checks: {check.name}")
            found, failure = future.result()
            _sort(found, findings, unchecked)
            if failure:
                unchecked.append(Unchecked(check.name, "the rest of it", failure))
            else:
                checked.append(check.name)
    return Result(
        plan.manifest.project,
        plan.manifest.stack,
        tuple(sorted(findings, key=partial(_order, plan))),
        tuple(sorted(set(unchecked), key=lambda each: (each.check, each.what, each.why))),
        tuple(sorted(checked)),
        account_id,
    )


def _entries(
    check: Callable[[], Iterator[Finding | Unchecked]],
) -> tuple[list[Finding | Unchecked], str]:
    """Returns what a check yields until it ends, or can't read on."""
    found: list[Finding | Unchecked] = []
    try:
        for entry in check():
            found.append(entry)  # noqa: PERF402 (what came before an error stays)
    except (Unread, Missing) as error:
        return found, str(error)
    return found, ""


def _sort(
    found: Iterable[Finding | Unchecked], findings: list[Finding], unchecked: list[Unchecked]
) -> None:
    for entry in found:
        if isinstance(entry, Finding):
            findings.append(entry)
        else:
            unchecked.append(entry)


def _order(plan: Plan, finding: Finding) -> tuple[object, ...]:
    return plan.steps.get(finding.urn, 0), finding.urn, finding.check, finding.need
