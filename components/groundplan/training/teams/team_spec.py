"""A team as plain data, with every default filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from groundplan.arguments import with_defaults
from groundplan.kubernetes.pod_security import PodSecurity
from groundplan.training.teams.team_args import TeamArgs


@dataclass(frozen=True)
class Connections:
    """The connections of the pods of a namespace, in addition to the default ones."""

    reached_from: Sequence[str] = ()
    reaches: Sequence[str] = ()
    networks: Sequence[str] = ()


@dataclass(frozen=True)
class TeamSpec(Connections):
    """A team. Quantities of a pool are accelerators, or nodes in a pool without any."""

    guaranteed: Mapping[str, int] = field(default_factory=dict)
    """Pool -> quantity."""
    borrowing: bool = True
    borrowing_limits: Mapping[str, int] = field(default_factory=dict)
    """Pool -> quantity; a pool that is missing has no limit."""
    lending_limits: Mapping[str, int] = field(default_factory=dict)
    """Pool -> quantity; a pool that is missing has no limit."""
    max_usd_per_hour: float | None = None
    """None for no ceiling but the pools'."""
    weight: int = 1
    members: Sequence[str] = ()
    pod_security: PodSecurity = PodSecurity.BASELINE


def resolve(args: TeamArgs) -> TeamSpec:
    """Returns the team of valid arguments."""
    own = with_defaults(TeamArgs, args)
    return TeamSpec(**{**own, "pod_security": PodSecurity(own["pod_security"])})


def resolve_all(args: Mapping[str, TeamArgs]) -> dict[str, TeamSpec]:
    """Returns the teams of valid arguments, by name and in the order of their names."""
    return {name: resolve(team) for name, team in sorted(args.items())}
