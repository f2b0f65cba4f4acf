"""Who reaches the cluster's API server, and from where: the rules for administrators,
networks and the cluster's name.

Pure data, for settings and the component alike; nothing here knows Pulumi.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.facts import log_retention
from groundplan.networks import is_internet
from groundplan.problems import Problem, one_of
from groundplan.storage import arns
from groundplan.training import versions

PRINCIPAL = re.compile(r"arn:aws(-cn|-us-gov)?:iam::\d{12}:(role|user)/[\w+=,.@/-]+")
"""What an access entry takes: IAM roles and users, not sessions of roles, groups or the
account's root.

Source: Amazon EKS User Guide, "Create access entries".
"""

MAX_NETWORKS = 40
"""Amazon EKS service quotas: public endpoint access CIDR ranges per cluster."""

PRIVATE = [
    ipaddress.IPv4Network(n)
    for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8")
]
"""EKS refuses reserved addresses for the public endpoint (Amazon EKS User Guide,
"Cluster API server endpoint")."""

WORK_FROM = "name the networks you work from, or leave it out and work from within the VPC"

NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}")
"""Amazon EKS API, CreateCluster, `name`."""


def problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of a cluster's name, logging and access. Values that are not
    known yet are not checked."""
    return [
        *_administrator_problems(args.get("administrators")),
        *_network_problems(args.get("public_access_cidrs") or ()),
        *_private_network_problems(args.get("private_access_cidrs") or ()),
        *_version_problems(args.get("kubernetes_version")),
        *log_retention.problems("log_retention_days", args.get("log_retention_days")),
        *arns.key_problems("kms_key_arn", args.get("kms_key_arn")),
        *name_problems("cluster_name", args.get("cluster_name")),
    ]


def name_problems(key: str, name: object) -> list[Problem]:
    """Returns the problems of a cluster's name."""
    if not isinstance(name, str) or NAME.fullmatch(name):
        return []
    allowed = "1 to 100 letters, digits, - and _, with a letter or a digit first"
    return [Problem(key, name, allowed, "give cluster_name a name of that form")]


def _administrator_problems(administrators: Sequence[Any] | None) -> list[Problem]:
    if administrators is None:
        return []
    if not administrators:
        allowed = "at least one ARN of an IAM role or user"
        return [
            Problem(
                "administrators",
                [],
                allowed,
                "give the role that runs `pulumi up`: without it nobody reaches the cluster",
            )
        ]
    problems = []
    for index, arn in enumerate(administrators):
        if not isinstance(arn, str):
            continue
        if not PRINCIPAL.fullmatch(arn):
            fix = (
                "give the role's own ARN, not a session of it"
                if ":assumed-role/" in arn
                else "give the role's ARN"
            )
            allowed = "the ARN of an IAM role or user, arn:aws:iam::123456789012:role/platform"
            problems.append(Problem(f"administrators[{index}]", arn, allowed, fix))
        elif arn in administrators[:index]:
            problems.append(
                Problem(f"administrators[{index}]", arn, "each principal once", "remove it")
            )
    return problems


def _private_network_problems(networks: Sequence[Any]) -> list[Problem]:
    problems = [
        p
        for i, network in enumerate(networks)
        for p in _one_network(f"private_access_cidrs[{i}]", network, inside=True)
    ]
    return problems + _repeated("private_access_cidrs", networks)


def _repeated(key: str, networks: Sequence[Any]) -> list[Problem]:
    return [
        Problem(f"{key}[{index}]", network, "each network once", "remove it")
        for index, network in enumerate(networks)
        if isinstance(network, str) and network in networks[:index]
    ]


def _network_problems(networks: Sequence[Any]) -> list[Problem]:
    problems = [
        p
        for i, network in enumerate(networks)
        for p in _one_network(f"public_access_cidrs[{i}]", network)
    ]
    named = [network for network in networks if isinstance(network, str)]
    if not problems and is_internet(named):
        allowed = "networks that together are less than half of the internet"
        problems.append(Problem("public_access_cidrs", named, allowed, WORK_FROM))
    problems += _repeated("public_access_cidrs", networks)
    if len(networks) > MAX_NETWORKS:
        allowed = f"at most {MAX_NETWORKS} networks"
        problems.append(
            Problem(
                "public_access_cidrs", len(networks), allowed, "put neighbouring networks together"
            )
        )
    return problems


def _one_network(key: str, text: object, inside: bool = False) -> list[Problem]:
    if not isinstance(text, str):
        return []
    allowed = (
        f"an IPv4 network in CIDR notation, such as {'10.0.0.0/16' if inside else '203.0.113.0/24'}"
    )
    if "/" not in text and re.fullmatch(
        r"[\d.]+", text
    ):  # Python takes it for a /32, AWS takes it for an error
        return [Problem(key, text, allowed, f"write {text}/32")]
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as error:
        return [Problem(key, text, allowed, str(error))]
    if is_internet([text]):
        return [
            Problem(key, text, f"{allowed}, but not the whole internet or half of it", WORK_FROM)
        ]
    if not inside and any(network.subnet_of(private) for private in PRIVATE):
        fix = "remove it: the private endpoint, which every cluster has, is for such addresses"
        return [Problem(key, text, f"{allowed}, of public addresses", fix)]
    return []


def _version_problems(version: object) -> list[Problem]:
    known = list(versions.KUBERNETES)
    problems = one_of("kubernetes_version", version, known)
    return [
        Problem(p.key, p.value, p.allowed, p.fix or f"use {versions.NEWEST}, the newest")
        for p in problems
    ]
