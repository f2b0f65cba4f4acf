"""Validates teams, and pools and teams together."""

from collections.abc import Mapping, Sequence

from groundplan.problems import Problem, under
from groundplan.training.queues import quotas, spending
from groundplan.training.queues.flavor import Flavor
from groundplan.training.queues.spending import Share
from groundplan.training.teams import team_args, team_ceiling
from groundplan.training.teams.team_args import TeamArgs
from groundplan.training.teams.team_spec import TeamSpec, resolve_all


def problems(
    flavors: Sequence[Flavor] | None,
    teams: Mapping[str, TeamArgs],
    *,
    shares: Sequence[Share],
    ceiling: float | None,
) -> list[Problem]:
    """Returns the problems of teams, of their shares of the pools, and of the ceiling.

    `flavors` is None if a pool is invalid: then shares and costs are unknown, and only
    what does not depend on them is validated. Keys: `pools`, `teams.<name>...`,
    `max_usd_per_hour`.
    """
    of_teams = under("teams", team_args.problems(teams))
    if flavors is None:
        return [*of_teams, *spending.ceiling_problems([], ceiling)]
    reported = {problem.key for problem in of_teams}
    of_shares = [
        problem
        for problem in under("teams", _share_problems(flavors, resolve_all(teams)))
        if problem.key not in reported
    ]
    return [
        *spending.ceiling_problems(shares, ceiling),
        *under("pools", quotas.flavor_problems(flavors)),
        *of_teams,
        *of_shares,
    ]


def _share_problems(flavors: Sequence[Flavor], teams: Mapping[str, TeamSpec]) -> list[Problem]:
    """Returns the problems of the teams' shares, and if there are none, of their
    ceilings."""
    return quotas.problems(flavors, teams) or team_ceiling.problems(flavors, teams)
