"""100 plans with one planted fault each: every one is refuted."""

import random

import pytest
from groundplan.proof import Verdict, prove
from isolation_mutations import KINDS
from isolation_plans import TEAMS, isolated, manifest

SEED = 11
PLANS = 100


@pytest.mark.parametrize("number", range(PLANS))
def test_a_planted_fault_is_refuted(number: int) -> None:
    rng = random.Random(f"{SEED} {number}")  # noqa: S311
    plant = KINDS[number % len(KINDS)]
    team, other = rng.sample(TEAMS, 2)
    data = isolated()
    plant(data, team, other, rng)
    proof = prove(manifest(data))
    found = proof.of(Verdict.REFUTED)
    assert found, f"{plant.__name__} ({team} reaches {other})"
    for result in found:
        assert result.counterexample is not None
        assert result.counterexample.principal
        assert result.counterexample.action
        assert result.counterexample.resource
        assert result.counterexample.declared_in


def test_there_are_many_kinds_of_faults() -> None:
    assert len(KINDS) >= 35
