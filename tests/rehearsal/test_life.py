"""A model's whole life in the account of `Pulumi.rehearsal.yaml`."""

from collections.abc import Iterator

import pytest
from groundplan.policy.check import check

from rehearsal.life import Life, beginning
from rehearsal.stack import manifest


@pytest.fixture(scope="module")
def lived() -> Iterator[Life]:
    """A life that has been lived."""
    with beginning(manifest()) as life:
        life.live()
        yield life


def test_the_stack_of_the_rehearsal_complies_with_every_rule() -> None:
    assert [(found.rule, found.urn) for found in check(manifest())] == []


def test_every_step_of_a_life_passes(lived: Life) -> None:
    assert [step.name for step in lived.timeline.steps if not step.passed] == []
    assert lived.account.guard.refusals == []
