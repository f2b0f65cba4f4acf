"""The arguments of a team: its share of the pools, and what bounds it in its namespace.
Rules for its name and its network.

Nothing here knows Pulumi or AWS; what concerns pools is judged in `quotas`.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from groundplan.kubernetes import namespaces
from groundplan.kubernetes.pod_security import PodSecurity
from groundplan.problems import Problem, under, whole_number


class TeamArgs(TypedDict):
    """A team: a namespace of the same name, with a queue, a share of the pools, and
    bounds.

    Quantities of a pool are accelerators, and nodes in a pool without any. What belongs
    to them comes along: 4 of a node's 8 GPUs bring half of its cores, memory and EFA
    interfaces.
    """

    guaranteed: NotRequired[Mapping[str, int]]
    """Pool -> how much of it the team gets whenever it asks: jobs that others run on it
    are evicted and queued again. Default: none, the team runs on what is idle. Updates
    in place."""
    borrowing: NotRequired[bool]
    """Whether the team's jobs may also run on what is idle, until whoever it is
    guaranteed to asks for it. Default: true. Updates in place."""
    borrowing_limits: NotRequired[Mapping[str, int]]
    """Pool -> the most that the team borrows of it beyond its guarantee. Default: all
    that is idle. Updates in place."""
    lending_limits: NotRequired[Mapping[str, int]]
    """Pool -> the most of its guarantee that the team lends while it is idle; the rest
    stays free for it. Default: all of it. Updates in place."""
    max_usd_per_hour: NotRequired[float]
    """The most that what the team holds may cost in an hour, in US dollars at on-demand
    prices: it can borrow no more than fits below it. Default: no ceiling but the
    pools'. Updates in place."""
    weight: NotRequired[int]
    """How much of what is idle the team gets when several want it: one with 2 gets
    twice that of one with 1. 1 to 1000. Default: 1. Updates in place."""
    members: NotRequired[Sequence[str]]
    """Kubernetes groups whose members run jobs in the namespace and read their logs. On
    EKS an access entry puts an IAM role into a group. Default: none. Updates in
    place."""
    pod_security: NotRequired[PodSecurity]
    """What the namespace enforces: `baseline`, `restricted` or `privileged`. It warns
    of what is not `restricted`. Default: baseline, as training images often run as
    root. Updates in place; pods that run stay."""
    reached_from: NotRequired[Sequence[str]]
    """Namespaces whose pods may connect to the team's: that of Prometheus. Default:
    none. Updates in place."""
    reaches: NotRequired[Sequence[str]]
    """Namespaces whose pods the team's may connect to, on all ports: that of a tracking
    server. Default: none. In place."""
    networks: NotRequired[Sequence[str]]
    """Networks outside of the cluster that the team's pods may connect to on all ports,
    in CIDR notation: that of a database. HTTPS they reach anywhere. Default: none.
    Updates in place."""


NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""A DNS label (RFC 1123), as names of namespaces have to be."""

MAX_WEIGHT = 1000


def problems(teams: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """What is wrong with teams apart from their shares of the pools; the keys are the
    teams' names, then their fields."""
    return [
        p
        for name, team in teams.items()
        for p in [*_name_problems(name), *under(name, _team_problems(team))]
    ]


def _name_problems(name: str) -> list[Problem]:
    if namespaces.is_reserved(name):
        allowed = f"a name that is no namespace of the cluster's own: not {', '.join(namespaces.RESERVED)}, kube-* or *-system"
        return [Problem(name, name, allowed, "rename the team")]
    if not namespaces.SHORT_NAME.fullmatch(name):
        return [Problem(name, name, namespaces.SHORT_NAME_ALLOWED, "rename the team")]
    return []


def _team_problems(team: Mapping[str, Any]) -> list[Problem]:
    found = whole_number("weight", team.get("weight"), 1, MAX_WEIGHT)
    for index, group in enumerate(team.get("members") or ()):
        found += _group_problems(f"members[{index}]", group)
    for field in ("reached_from", "reaches"):
        for index, namespace in enumerate(team.get(field) or ()):
            if not NAMESPACE.fullmatch(namespace):
                allowed = (
                    "a namespace: lower-case letters, digits and hyphens, at most 63 characters"
                )
                found.append(
                    Problem(f"{field}[{index}]", namespace, allowed, "give the namespace's name")
                )
    for index, network in enumerate(team.get("networks") or ()):
        found += _network_problems(f"networks[{index}]", network)
    if team.get("borrowing") is False and team.get("borrowing_limits"):
        allowed = "no limits where borrowing is false"
        found.append(
            Problem("borrowing_limits", team["borrowing_limits"], allowed, "remove one of the two")
        )
    return found


def _group_problems(key: str, group: str) -> list[Problem]:
    allowed = "a Kubernetes group of your own, such as team-vision"
    if not group.strip():
        return [Problem(key, group, allowed, "give the group's name, or remove it")]
    if group.startswith(
        "system:"
    ):  # system:authenticated is everybody, system:masters would need no role
        return [Problem(key, group, allowed, "give a group that holds the team's people only")]
    return []


LINK_LOCAL = ipaddress.IPv4Network("169.254.0.0/16")


def _network_problems(key: str, text: str) -> list[Problem]:
    allowed = "an IPv4 network in CIDR notation, such as 10.20.0.0/16"
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as error:
        return [Problem(key, text, allowed, str(error))]
    if network.overlaps(LINK_LOCAL):
        fix = "name the networks that the team needs: 169.254.0.0/16 holds the instance metadata, and with it the node's role"
        return [Problem(key, text, f"{allowed}, apart from 169.254.0.0/16", fix)]
    return []
