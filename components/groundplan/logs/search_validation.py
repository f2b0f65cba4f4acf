"""Validates the arguments of the search of a LogStore."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from groundplan.arguments import with_defaults
from groundplan.logs.args import SearchArgs, SearchDomainArgs
from groundplan.logs.spec import is_burstable
from groundplan.problems import MISSING, Problem, under, whole_number

INSTANCE_TYPE = re.compile(r"[a-z]+[0-9]+[a-z]*\.[0-9]*[a-z]+\.search")
VERSION = re.compile(r"OpenSearch_(\d+)\.(\d+)")
OLDEST = (2, 7)
"""The first with the field type `flat_object` (OpenSearch 2.7 release notes)."""
ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
MAX_NODES = 80
"""OpenSearch Service quotas: instances of a domain with fewer than three zones of
dedicated masters."""
LOCAL = re.compile(r"(i\d|im\d|[a-z]\d+g?d)[a-z]*\..*")
"""Types whose data is on disks of their own, which have no EBS volume (OpenSearch
Service Developer Guide, "Supported instance types")."""
TOO_SMALL = ("t2.", "m3.", "r3.")
"""No encryption at rest (OpenSearch Service Developer Guide, "Encryption of data at
rest")."""


def problems(search: SearchArgs) -> Iterator[Problem]:
    """Returns the problems of a search."""
    chosen = [key for key in ("domain", "serverless") if key in search]
    if not chosen:
        yield Problem("domain", MISSING, "domain or serverless, one of the two", "set domain: {}")
    elif len(chosen) == 2:
        fix = "remove one of the two"
        yield Problem("serverless", "set", "nothing beside domain: one of the two", fix)
    yield from whole_number("retention_days", search.get("retention_days"), 1, 3650, "days")
    yield from roles("readers", search.get("readers", ()))
    yield from roles("administrators", search.get("administrators", ()))
    for key in ("readers", "administrators"):
        if key in search and not search[key]:
            yield Problem(key, [], "at least one ARN of an IAM role", "name one, or remove the key")
    if "domain" in search:
        subnets = search.get("network", {}).get("subnet_ids")
        yield from under("domain", _domain(search["domain"], subnets))


def roles(key: str, arns: Sequence[Any]) -> Iterator[Problem]:
    """Returns the problems of ARNs that are known and are not those of roles."""
    for index, arn in enumerate(arns):
        if isinstance(arn, str) and not ROLE.fullmatch(arn):
            allowed = "the ARN of an IAM role, arn:aws:iam::<account>:role/<name>"
            fix = "use the role's own ARN, not a session's, and no wildcard"
            yield Problem(f"{key}[{index}]", arn, allowed, fix)


def _domain(domain: SearchDomainArgs, subnets: Any) -> Iterator[Problem]:
    filled = with_defaults(SearchDomainArgs, domain)
    yield from _type(filled["instance_type"])
    yield from _version(filled["engine_version"])
    found = [
        *whole_number("instance_count", domain.get("instance_count"), 1, MAX_NODES, "data nodes"),
        *whole_number("zone_count", domain.get("zone_count"), 1, 3, "zones"),
    ]
    yield from found
    yield from whole_number("volume_size_gb", domain.get("volume_size_gb"), 10, 24_576, "GB")
    zones, nodes = filled["zone_count"], filled["instance_count"]
    if not found and nodes % zones:
        allowed = f"a multiple of zone_count, {zones}: zones have equally many nodes"
        fix = f"use {-(-nodes // zones) * zones}, or another zone_count"
        yield Problem("instance_count", nodes, allowed, fix)
    if isinstance(subnets, Sequence) and not isinstance(subnets, str) and len(subnets) < zones:
        allowed = f"at most {len(subnets)}, as many as subnets"
        yield Problem("zone_count", zones, allowed, "lower it, or add subnets in other zones")
    if domain.get("auto_tune") and is_burstable(filled["instance_type"]):
        allowed = f"false: {filled['instance_type']} has no Auto-Tune"
        yield Problem("auto_tune", True, allowed, "remove it, or use another instance type")


def _type(name: str) -> Iterator[Problem]:
    if not INSTANCE_TYPE.fullmatch(name):
        allowed = "an instance type of OpenSearch: m6g.large.search"
        yield Problem("instance_type", name, allowed, "write it with .search at the end")
    elif name.startswith(TOO_SMALL):
        allowed = "an instance type with encryption at rest, t3 or newer"
        yield Problem("instance_type", name, allowed, "use t3.small.search")
    elif LOCAL.fullmatch(name):
        allowed = "an instance type with EBS volumes: m6g, r6g, c6g, t3 and newer ones of these"
        yield Problem("instance_type", name, allowed, "use r6g.large.search")


def _version(text: str) -> Iterator[Problem]:
    found = VERSION.fullmatch(text)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        allowed = "OpenSearch_2.7 or newer: indexes have fields of the type flat_object"
        yield Problem("engine_version", text, allowed, "write it as OpenSearch_2.19")
