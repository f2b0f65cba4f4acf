from typing import Any

import pytest
from groundplan.training.teams import team_args


def problems(teams: Any) -> dict[str, str]:
    return {problem.key: str(problem) for problem in team_args.problems(teams)}


@pytest.mark.parametrize("name", ["vision", "v", "team-7", "a" * 30])
def test_a_team_has_the_name_of_its_namespace(name: str) -> None:
    assert not problems({name: {}})


@pytest.mark.parametrize("name", ["Vision", "7", "-a", "a-", "a_b", "a" * 31, "a.b", ""])
def test_what_is_no_dns_label_is_no_name(name: str) -> None:
    assert "lower-case letters" in problems({name: {}})[name]


@pytest.mark.parametrize(
    "name",
    [
        "default",
        "training",
        "system",
        "monitoring",
        "karpenter",
        "kube-system",
        "kube-x",
        "kueue-system",
        "amazon-x",
    ],
)
def test_namespaces_of_the_cluster_are_no_teams(name: str) -> None:
    assert "no namespace of the cluster's own" in problems({name: {}})[name]


@pytest.mark.parametrize(
    ("team", "key", "words"),
    [
        ({"weight": 0}, "weight", "from 1 to 1000"),
        (
            {"members": ["team-vision", "system:authenticated"]},
            "members[1]",
            "a Kubernetes group of your own",
        ),
        ({"members": [" "]}, "members[0]", "give the group's name"),
        ({"members": ["eks:k8s-metrics"]}, "members[0]", "a Kubernetes group of your own"),
        ({"members": ["a", "b", "a"]}, "members[2]", "each group once"),
        ({"reached_from": ["Monitoring"]}, "reached_from[0]", "a namespace"),
        ({"reaches": ["mlflow", "a.b"]}, "reaches[1]", "a namespace"),
        ({"networks": ["10.0.0.1/8"]}, "networks[0]", "has host bits set"),
        ({"networks": ["10.0.0.0/8", "169.254.169.254/32"]}, "networks[1]", "instance metadata"),
        ({"networks": ["0.0.0.0/0"]}, "networks[0]", "instance metadata"),
        (
            {"borrowing": False, "borrowing_limits": {"h100": 8}},
            "borrowing_limits",
            "remove one of the two",
        ),
    ],
)
def test_what_can_not_work_is_refused(team: Any, key: str, words: str) -> None:
    reported = problems({"vision": team})

    assert set(reported) == {f"vision.{key}"}
    assert words in reported[f"vision.{key}"]


def test_a_team_with_every_valid_argument_has_no_problems() -> None:
    assert not problems(
        {
            "vision": {
                "weight": 1000,
                "members": ["team-vision"],
                "reached_from": ["monitoring"],
                "reaches": ["mlflow"],
                "networks": ["10.20.0.0/16"],
                "borrowing": True,
                "borrowing_limits": {"h100": 8},
            }
        }
    )


def test_all_problems_of_a_team_are_reported_at_once() -> None:
    assert set(problems({"Vision": {"weight": 0}, "default": {"members": ["system:masters"]}})) == {
        "Vision", "Vision.weight", "default", "default.members[0]",
    }  # fmt: skip
