"""Proves or refutes all claims on a plan."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from groundplan.manifest.model import Manifest
from groundplan.proof.model import Proof, Result

if TYPE_CHECKING:
    from groundplan.proof.plan import Plan

ASSUMPTIONS = (
    "No policy, role or binding from outside of the plan gives a team access.",
    "Helm charts and operators of the cluster act for their own purpose only.",
    "A condition that the plan can't decide is met where it allows, and isn't where it denies.",
    "Service control policies and session policies refuse nothing.",
    "Generated names end in Pulumi's random suffix, and nobody guesses it in a policy's pattern.",
)


class SolverMissing(Exception):
    """z3 is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "the proof needs the solver z3, which is not installed. "
            "Fix: pip install 'groundplan[prove]'"
        )


def prove(
    manifest: Manifest,
    teams: Mapping[str, Sequence[str]] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Proof:
    """Returns the verdicts on every claim that a plan's teams are isolated. `teams`:
    team -> its namespaces. Default: those that the plan has. Raises `SolverMissing`
    without z3."""
    try:
        import z3  # noqa: F401
    except ImportError:
        raise SolverMissing from None
    from groundplan.proof.plan import read

    progress("reading roles and policies")
    plan = read(manifest, teams)
    results: list[Result] = []
    for result in _results(plan):
        results.append(result)
        progress(f"{len(results)} claims; {result.claim}")
    return Proof(
        manifest.project,
        manifest.stack,
        tuple(team.name for team in plan.teams),
        tuple(results),
        ASSUMPTIONS,
    )


def _results(plan: "Plan") -> Iterator[Result]:
    from groundplan.proof.buckets import buckets
    from groundplan.proof.network import network_claims
    from groundplan.proof.objects import Objects
    from groundplan.proof.rbac import kubernetes_claims
    from groundplan.proof.roles import role_claims
    from groundplan.proof.tagged import resource_claims
    from groundplan.proof.volumes import volume_claims

    with_data = buckets(plan.manifest, plan.teams, plan.actors, plan.names)
    yield from role_claims(plan)
    for bucket in with_data:
        yield from Objects(bucket, plan.teams, plan.actors, plan.names, plan.solver).results()
    yield from resource_claims(plan)
    yield from kubernetes_claims(plan)
    yield from volume_claims(plan, with_data)
    yield from network_claims(plan)
