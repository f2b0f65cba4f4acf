"""Service quotas that a stack may meet (`service-quotas.csv`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from groundplan.facts import table


@dataclass(frozen=True)
class ServiceQuota:
    """A quota, as Service Quotas names it."""

    service: str
    code: str
    name: str


@cache
def _of_uses() -> Mapping[str, ServiceQuota]:
    found: dict[str, ServiceQuota] = {}
    for row in table.rows("service-quotas.csv"):
        quota = ServiceQuota(row["service"], row["code"], row["name"])
        bought, *families = row["use"].split()
        for use in [f"{bought} {family}" for family in families] or [bought]:
            found[use] = quota
    return found


def of_use(use: str) -> ServiceQuota:
    """Returns the quota of a use: `addresses`, `vpcs`."""
    return _of_uses()[use]


def of_instance(instance_type: str, spot: bool) -> ServiceQuota | None:
    """Returns the quota that the vCPUs of a running EC2 instance count against; `None`
    for a family that has none, or whose isn't known."""
    match = re.match(r"([a-z]+)([0-9]*)", instance_type)
    family, generation = match.groups() if match else ("", "")
    bought = "spot" if spot else "on-demand"
    known = _of_uses()
    # Families such as `mac` have quotas of hosts; `im`, `is` and `inf` are no `i`.
    names = {"im": "i", "is": "i"}
    family = names.get(family, family)
    return known.get(f"{bought} {family}{generation}") or known.get(f"{bought} {family}")
