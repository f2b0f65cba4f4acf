import pytest
from groundplan.storage.prefixes import prefix_problems, slug


@pytest.mark.parametrize("prefix", ["", "datasets/", "runs/2026/", "a.b/c_d/"])
def test_a_folder_is_a_prefix(prefix: str) -> None:
    assert prefix_problems("prefix", prefix) == []


@pytest.mark.parametrize(
    ("prefix", "fix"),
    [
        ("models", 'write "models/"'),
        ("/models/", 'write "models/"'),
        ("models//v1", 'write "models/v1/"'),
        ("/", 'write ""'),
        ("models/*", "name the folder itself"),
        ("model?/", "name the folder itself"),
        ("models/../secrets/", "name the folder itself"),
    ],
)
def test_text_that_is_no_folder_is_refused_with_a_fix(prefix: str, fix: str) -> None:
    (problem,) = prefix_problems("prefix", prefix)

    assert (problem.key, problem.value, problem.fix) == ("prefix", prefix, fix)


def test_a_prefix_becomes_part_of_a_name() -> None:
    assert slug("runs/2026_07/") == "runs-2026-07"
