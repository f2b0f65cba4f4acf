"""The spending ceiling of a team, enforced by the borrowing limits of its queue.

Knows nothing of Pulumi.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from groundplan.problems import Problem, under
from groundplan.training.queues import quotas, spending
from groundplan.training.queues.flavor import Flavor
from groundplan.training.queues.spending import Share
from groundplan.training.teams.team_spec import TeamSpec


def problems(flavors: Sequence[Flavor], teams: Mapping[str, TeamSpec]) -> list[Problem]:
    """Returns the problems of ceilings that are lower than the cost of the guarantees.
    Keys start with the team's name."""
    return [
        problem
        for name, team in teams.items()
        for problem in under(
            name,
            spending.guarantee_problems(
                _shares(flavors, team), team.guaranteed, team.max_usd_per_hour
            ),
        )
    ]


def enforced(flavors: Sequence[Flavor], teams: Mapping[str, TeamSpec]) -> dict[str, TeamSpec]:
    """Returns valid teams, those with a ceiling with borrowing limits that enforce
    it."""
    return {name: _enforced(flavors, team) for name, team in teams.items()}


def _enforced(flavors: Sequence[Flavor], team: TeamSpec) -> TeamSpec:
    if team.max_usd_per_hour is None:
        return team
    limits = spending.borrowing_limits(
        _shares(flavors, team), team.guaranteed, team.max_usd_per_hour
    )
    return replace(team, borrowing_limits=limits)


def _shares(flavors: Sequence[Flavor], team: TeamSpec) -> list[Share]:
    """Returns the pools that the team can use, in the unit of quotas."""
    return [
        Share(
            f.name, quotas.reach(f, team), unit_price(f), price_key=f"pools.{f.name}.usd_per_hour"
        )
        for f in flavors
        if quotas.reach(f, team)
    ]


def unit_price(flavor: Flavor) -> float | None:
    """Returns the price of one accelerator per hour, with its part of the node; of a
    node in a pool without accelerators."""
    return None if flavor.usd_per_hour is None else flavor.usd_per_hour / (flavor.accelerators or 1)
