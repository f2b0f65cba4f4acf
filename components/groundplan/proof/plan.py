"""What all claims on a plan are about: its names, teams, identities and solver."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundplan.manifest.model import Manifest
from groundplan.proof.access import Solver
from groundplan.proof.actors import Actors
from groundplan.proof.grants import identities
from groundplan.proof.names import Names
from groundplan.proof.teams import Team, teams


@dataclass(frozen=True)
class Plan:
    """A manifest, read for a proof."""

    manifest: Manifest
    names: Names
    teams: tuple[Team, ...]
    solver: Solver
    actors: Actors


def read(manifest: Manifest, only: Mapping[str, Sequence[str]] | None = None) -> Plan:
    """Reads a manifest. `only`: team -> its namespaces, where the plan's are not
    meant."""
    names = Names(manifest)
    every = teams(manifest, only)
    solver = Solver(names)
    actors = Actors(manifest, every, identities(manifest, names), names, solver)
    return Plan(manifest, names, every, solver, actors)
