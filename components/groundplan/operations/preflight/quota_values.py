"""The service quotas of an account in a region, and how a short one is reported."""

from collections.abc import Mapping
from dataclasses import dataclass

from groundplan.manifest.model import Resource
from groundplan.operations.preflight.finding import Finding, Increase, Stage
from groundplan.operations.preflight.reader import Missing, Reader, Unread, entries

GLOBAL = {"iam": "us-east-1"}
"""Services whose quotas are of the account, and the region that lists them (Service
Quotas User Guide, "Viewing service quotas")."""


@dataclass(frozen=True)
class QuotaValue:
    """A quota and its value."""

    service: str
    code: str
    name: str
    value: float
    adjustable: bool
    region: str


def of(account: Reader, service: str, region: str) -> Mapping[str, QuotaValue]:
    """Code -> quota of a service: the applied value, or AWS's default."""
    region = GLOBAL.get(service, region)
    found: dict[str, QuotaValue] = {}
    for operation in ("list_aws_default_service_quotas", "list_service_quotas"):
        try:
            answer = account.read("service-quotas", operation, region=region, ServiceCode=service)
        except Missing as error:
            raise Unread(f"Service Quotas has no service {service} in {region}: {error}") from None
        for entry in entries(answer, "Quotas"):
            if isinstance(entry.get("Value"), int | float):
                code = str(entry["QuotaCode"])
                found[code] = QuotaValue(
                    service,
                    code,
                    str(entry.get("QuotaName", code)),
                    float(entry["Value"]),
                    bool(entry.get("Adjustable")),
                    region,
                )
    return found


def by_name(account: Reader, service: str, region: str) -> Mapping[str, QuotaValue]:
    """Name -> quota of a service."""
    return {quota.name: quota for quota in of(account, service, region).values()}


def short(
    check: str,
    resource: Resource,
    quota: QuotaValue,
    *,
    needed: float,
    used: float,
    unit: str,
    most: float | None = None,
    stage: Stage = Stage.UP,
    why: str = "",
    other: str = "",
    alternatives: tuple[str, ...] = (),
) -> Finding:
    """A finding of a quota that is too small for `needed` beside what is `used`."""
    wanted = used + max(needed, most or 0)
    use = f", {used:g} used by others" if used else ""
    increase = None
    if quota.adjustable:
        increase = Increase(quota.service, quota.code, quota.name, quota.region, wanted)
        fix = f"request {wanted:g} {unit} (--request, or Service Quotas: {quota.code})"
    else:
        fix = "this quota can't be raised"
    return Finding(
        check,
        resource.urn,
        f"{needed:g} {unit}{why}",
        f"{quota.name} ({quota.code}): {quota.value:g}{use}, in {quota.region}",
        f"{fix}{f', or {other}' if other else ''}",
        stage,
        quota.region,
        alternatives,
        increase,
        resource.source,
    )
