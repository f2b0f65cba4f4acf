"""Tags that AWS refuses are refused by every component, before anything is created."""

import pytest
from groundplan import plugin, tags
from groundplan.arguments import read
from groundplan.definitions import definition


def problems(**given: str) -> dict[str, str]:
    return {problem.key: str(problem) for problem in tags.problems(given)}


@pytest.mark.parametrize(
    "key", ["", " ", "aws:team", "AWS:team", "rds:x", "k" * 129, "a?", "a,b", "a\n", "name"]
)
def test_keys_that_aws_refuses(key: str) -> None:
    assert list(problems(**{key: "x"})) == [key]


@pytest.mark.parametrize("value", ["x" * 257, "a<b", "a,b", "aws:x", "a\x1bb", "#1"])
def test_values_that_aws_refuses(value: str) -> None:
    assert list(problems(team=value)) == ["team"]


def test_what_aws_allows_is_accepted() -> None:
    longest = {"k" * 128: "v" * 256, "empty": "", "Équipe": "a b_.:/=+-@1", "Name": "x"}
    assert problems(**longest, **{f"k{n}": "v" for n in range(36)}) == {}


def test_there_is_room_for_the_tags_that_are_added() -> None:
    reported = problems(**{f"k{n}": "v" for n in range(41)})
    assert list(reported) == [""]
    assert "at most 40 tags" in reported[""]


def test_keys_that_are_the_same_for_iam() -> None:
    assert list(problems(Team="a", team="b")) == ["team"]


@pytest.mark.parametrize("name", [component.__name__ for component in plugin.components()])
def test_every_component_refuses_them(name: str) -> None:
    reported = read(definition(name).args, {"tags": {"aws:team": "x"}})[1]
    keys = {problem.key for problem in reported}
    # Components without AWS resources have no tags.
    without = ("AcceptedFinding", "TrainingPlatform")
    assert ("tags" if name in without else "tags.aws:team") in keys
