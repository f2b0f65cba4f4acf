from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.repository_tags_immutable import RULE

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]

REPOSITORY = "aws:ecr/repository:Repository"


@pytest.mark.parametrize(
    "mutability", ["IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "${unknown until config}"]
)
def test_tags_that_never_move_comply(build: Build, check_rule: CheckRule, mutability: str) -> None:
    assert check_rule(RULE, build(REPOSITORY, "images", {"imageTagMutability": mutability})) == []


@pytest.mark.parametrize(
    "inputs",
    [{}, {"imageTagMutability": "MUTABLE"}, {"imageTagMutability": "MUTABLE_WITH_EXCLUSION"}],
)
def test_tags_that_can_be_moved_are_named(build: Build, check_rule: CheckRule, inputs: Any) -> None:
    repository = build(REPOSITORY, "images", inputs)
    (breach,) = check_rule(RULE, repository)
    assert (breach.urn, breach.property) == (repository.urn, "imageTagMutability")
    assert breach.reason.startswith("in the repository images a tag can be moved to another image")


def test_it_is_about_repositories_only(build: Build, check_rule: CheckRule) -> None:
    # A cache follows its upstream, whose tags move.
    assert (
        check_rule(RULE, build("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"))
        == []
    )
