"""The sign-off: a person's approval of a version, bound to the gate report that the
person saw.

It is in the registry: `ModelApprovalStatus` and the description say what and why, the
version's properties say who, when, and the digest of the report. A report that has
changed since (other metrics, another champion, other gates) needs a new one.

What the properties say can be written by everyone who may update model packages. IAM is
what keeps others from it: the registry's policies allow `sagemaker:UpdateModelPackage`
to approvers only, and CloudTrail keeps who did it.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from groundplan.release.engine import registry
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.gate_spec import Gates
from groundplan.release.engine.principals import is_principal, is_same_person
from groundplan.release.engine.registry import Version
from groundplan.release.engine.target import Target

REPORT = "groundplan:gate-report"
"""The property that holds the digest of the report."""


def required(target: Target, gates: Gates) -> bool:
    """Returns whether a report needs a person's word: the gates say so, or the
    environment asks for two persons and has gates."""
    return gates.sign_off.required or (
        target.require_second_approver and bool(gates.metrics or gates.smoke)
    )


def sign_off_problems(
    package: Version, report: Mapping[str, Any], caller: str | None = None
) -> list[str]:
    """Returns the missing sign-offs of a release, as sentences; nothing
    if the report asks for none.

    Without a `caller`: whether the one in the registry holds. With one: whether this
    person may sign.
    """
    asked = report.get("sign_off", {})
    if not asked.get("required"):
        return []
    name = f"version {package.version}"
    who = caller or package.approved_by
    found = []
    if caller is None:
        if package.approval != registry.APPROVED:
            return [f"{name} is {package.approval}, and needs a sign-off"]
        if not who:
            return [f"{name} was approved elsewhere: nobody knows by whom, and of which report"]
    found += _approver(who, asked.get("approvers", ()))
    if not package.registered_by:
        found.append(
            f"{name} does not say who registered it (property {registry.REGISTERED_BY}), "
            "and two persons are asked for"
        )
    elif is_same_person(package.registered_by, who):
        found.append(f"{registry.person(who)} registered {name}, and can't sign it off too")
    signed = package.properties.get(REPORT, "")
    if caller is None and signed != report["digest"]:
        seen = (
            f"of another report ({signed[:19]}..., now {report['digest'][:19]}...)"
            if signed
            else "without a gate report"
        )
        found.append(f"the sign-off by {registry.person(who)} was {seen}")
    return found


def sign(
    clients: Clients,
    target: Target,
    version: Version,
    report: Mapping[str, Any],
    reason: str,
    now: datetime.datetime,
    despite: bool = False,
) -> Version:
    """Approve a version, and bind the approval to a gate report.

    Raises `Refused` if the caller may not, or if a gate is broken, unless it is
    `despite` that. A later sign-off takes the place of an earlier one.
    """
    name = f"Version {version.version} of {target.model_package_group}"
    wrong = sign_off_problems(version, report, clients.caller())
    if wrong:
        raise Refused(f"{name} can't be signed off: {'; '.join(wrong)}")
    if not report["passed"] and not despite:
        raise Refused(
            f"{name} breaks a gate: {'; '.join(report['broken'])}. Fix: see `groundplan "
            "release gate`"
        )
    if (
        version.approval == registry.APPROVED
        and version.properties.get(REPORT) == report["digest"]
        and version.approved_by
    ):
        return version  # signed off already
    properties = {**version.properties, REPORT: report["digest"]}
    # With the approval, in one update: that sets releases in motion, and approvers may
    # change nothing without it (`ModelRegistry.grant_approve`). A version that was
    # approved before is approved again: by this person, at this time.
    renewed = replace(version, properties=properties, approval=registry.PENDING)
    return registry.decide(clients, target, renewed, approve=True, reason=reason, now=now)


def _approver(who: str, allowed: Sequence[str]) -> list[str]:
    if not allowed or any(is_principal(pattern, who) for pattern in allowed):
        return []
    return [f"{registry.person(who)} is none of the approvers: {', '.join(allowed)}"]
