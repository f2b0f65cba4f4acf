"""The spending ceiling of a team, kept by its queue: what the team may borrow beyond
its guarantee is cut to fit.

Knows nothing of Pulumi.
"""

from collections.abc import Mapping, Sequence

from groundplan.problems import Problem, under
from groundplan.training.queues import quotas, spending
from groundplan.training.queues.flavor import Flavor
from groundplan.training.queues.spending import Share
from groundplan.training.teams.team_args import TeamArgs


def problems(flavors: Sequence[Flavor], teams: Mapping[str, TeamArgs]) -> list[Problem]:
    """Whether the ceilings hold what the teams are guaranteed. The keys are the teams'
    names, then their fields."""
    return [
        problem
        for name, team in teams.items()
        for problem in under(
            name,
            spending.guarantee_problems(
                _shares(flavors, team), team.get("guaranteed", {}), team.get("max_usd_per_hour")
            ),
        )
    ]


def kept(flavors: Sequence[Flavor], teams: Mapping[str, TeamArgs]) -> dict[str, TeamArgs]:
    """The teams, those with a ceiling with borrowing limits that keep it. They have no
    problems."""
    return {name: _kept(flavors, team) for name, team in teams.items()}


def _kept(flavors: Sequence[Flavor], team: TeamArgs) -> TeamArgs:
    ceiling, guaranteed = team.get("max_usd_per_hour"), team.get("guaranteed", {})
    if ceiling is None:
        return team
    return {
        **team,
        "borrowing_limits": spending.borrowing_limits(_shares(flavors, team), guaranteed, ceiling),
    }


def _shares(flavors: Sequence[Flavor], team: TeamArgs) -> list[Share]:
    """The pools by the unit that they are shared out by, as far as the team reaches."""
    return [
        Share(f.name, quotas.reach(f, team), unit_price(f))
        for f in flavors
        if quotas.reach(f, team)
    ]


def unit_price(flavor: Flavor) -> float | None:
    """What an hour of one accelerator costs, with its part of the node; of a node where
    there are none."""
    return None if flavor.usd_per_hour is None else flavor.usd_per_hour / (flavor.accelerators or 1)
