from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.repository_tags_immutable import RULE

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]

REPOSITORY = "aws:ecr/repository:Repository"


@pytest.mark.parametrize(
    "mutability", ["IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "${unknown until config}"]
)
def test_tags_that_never_move_comply(make: Make, judge: Judge, mutability: str) -> None:
    assert judge(RULE, make(REPOSITORY, "images", {"imageTagMutability": mutability})) == []


@pytest.mark.parametrize(
    "inputs",
    [{}, {"imageTagMutability": "MUTABLE"}, {"imageTagMutability": "MUTABLE_WITH_EXCLUSION"}],
)
def test_tags_that_can_be_moved_are_named(make: Make, judge: Judge, inputs: Any) -> None:
    repository = make(REPOSITORY, "images", inputs)
    (breach,) = judge(RULE, repository)
    assert (breach.urn, breach.property) == (repository.urn, "imageTagMutability")
    assert breach.reason.startswith("in the repository images a tag can be moved to another image")


def test_it_is_about_repositories_only(make: Make, judge: Judge) -> None:
    # A cache follows its upstream, whose tags move.
    assert judge(RULE, make("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate")) == []
