"""The arguments of a team, and their validation without the pools.

`quotas` validates a team's shares of the pools. Nothing here knows AWS.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

from groundplan.arguments import defaults
from groundplan.kubernetes import namespaces
from groundplan.kubernetes.pod_security import PodSecurity, PodSecurityValue
from groundplan.problems import Problem, under, whole_number
from groundplan.training.teams import connection_args
from groundplan.training.teams.connection_args import ConnectionArgs


class TeamArgs(ConnectionArgs):
    """A team: a namespace of the same name with a queue, a share of the pools, and
    limits.

    Quantities of a pool are accelerators, or nodes in a pool without any. They include
    a proportional part of the node: 4 of a node's 8 GPUs include half of its cores,
    memory and EFA interfaces.
    """

    guaranteed: NotRequired[Mapping[str, int]]
    """Pool -> the quantity that is guaranteed to the team, 0 or more: jobs that others
    run on it are evicted and queued again when the team needs it. Default: none; the
    team runs on idle capacity. Updates in place."""
    borrowing: NotRequired[bool]
    """Whether the team's jobs may also run on idle capacity, until the team that it is
    guaranteed to needs it. Default: true. Updates in place."""
    borrowing_limits: NotRequired[Mapping[str, int]]
    """Pool -> the maximum that the team borrows of it beyond its guarantee, 0 or more.
    Default: none, all idle capacity. Updates in place."""
    lending_limits: NotRequired[Mapping[str, int]]
    """Pool -> the maximum of its guarantee that the team lends while it is idle, 0 or
    more; the rest stays free for the team. Default: none, all of it. Updates in
    place."""
    max_usd_per_hour: NotRequired[float]
    """Ceiling of the cost of what the team uses at one time, in US dollars per hour at
    on-demand prices, above 0: borrowing is limited accordingly. Default: none. Updates
    in place."""
    weight: NotRequired[int]
    """Share of idle capacity when several teams compete for it, 1 to 1000: a team with
    2 gets twice the share of one with 1. Default: 1. Updates in place."""
    members: NotRequired[Sequence[str]]
    """Kubernetes groups whose members run jobs in the namespace and read their logs. On
    EKS an access entry puts an IAM role into a group. Default: none. Updates in
    place."""
    pod_security: NotRequired[PodSecurityValue]
    """Pod Security Standard that the namespace enforces: `baseline`, `restricted` or
    `privileged`. It warns about pods that violate `restricted`. Default: baseline.
    Updates in place; running pods stay."""


TEAM_DEFAULTS = defaults(
    TeamArgs,
    borrowing=True,
    weight=1,
    # Training images often run as root.
    pod_security=PodSecurity.BASELINE,
)


MAX_WEIGHT = 1000

SHARES = ("guaranteed", "borrowing_limits", "lending_limits")
"""The keys that map pools to quantities."""


def problems(teams: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """Returns the problems of teams without the pools. Keys start with the team's name:
    `vision.weight`."""
    return [
        p
        for name, team in teams.items()
        for p in [*_name_problems(name), *under(name, _team_problems(team))]
    ]


def _name_problems(name: str) -> list[Problem]:
    if namespaces.is_reserved(name):
        allowed = (
            "a name that is no namespace of the cluster's own: not "
            f"{', '.join(namespaces.RESERVED)}, kube-* or *-system"
        )
        return [Problem(name, name, allowed, "rename the team")]
    if not namespaces.SHORT_NAME.fullmatch(name):
        allowed = (
            "a name of lower-case letters, digits and hyphens that begins with a letter, at "
            "most 30 characters"
        )
        return [Problem(name, name, allowed, "rename the team")]
    return []


def _team_problems(team: Mapping[str, Any]) -> list[Problem]:
    problems = whole_number("weight", team.get("weight"), 1, MAX_WEIGHT)
    for field in SHARES:
        for pool, share in (team.get(field) or {}).items():
            if isinstance(share, int) and share < 0:
                allowed = "a whole number, 0 or more"
                problems.append(Problem(f"{field}.{pool}", share, allowed, "remove it for none"))
    price = team.get("max_usd_per_hour")
    if isinstance(price, int | float) and not price > 0:
        allowed, fix = "a price above 0 (USD an hour)", "remove it for no ceiling"
        problems.append(Problem("max_usd_per_hour", price, allowed, fix))
    members = list(team.get("members") or ())
    for index, group in enumerate(members):
        problems += _group_problems(f"members[{index}]", group)
        if group in members[:index]:
            problems.append(Problem(f"members[{index}]", group, "each group once", "remove it"))
    problems += connection_args.problems(team)
    if team.get("borrowing") is False and team.get("borrowing_limits"):
        allowed = "no limits where borrowing is false"
        problems.append(
            Problem("borrowing_limits", team["borrowing_limits"], allowed, "remove one of the two")
        )
    return problems


def _group_problems(key: str, group: str) -> list[Problem]:
    allowed = "a Kubernetes group of your own, such as team-vision"
    if not group.strip():
        return [Problem(key, group, allowed, "give the group's name, or remove it")]
    # system:authenticated is everybody, system:masters would need no role; access
    # entries refuse the prefixes (Amazon EKS API, CreateAccessEntry,
    # `kubernetesGroups`).
    if group.startswith(("system:", "eks:", "aws:", "amazon:", "iam:")):
        return [Problem(key, group, allowed, "give a group that holds the team's people only")]
    return []
