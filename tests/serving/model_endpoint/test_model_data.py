"""The keys of a model's files in the artifact bucket."""

import pytest
from groundplan.serving.model_endpoint import model_data


def test_a_model_is_an_archive_or_a_folder() -> None:
    assert model_data.problems("model_data", None) == []
    assert model_data.problems("model_data", "models/fraud/3/model.tar.gz") == []
    assert model_data.s3_type("models/fraud/3/model.tar.gz") == ("S3Object", "Gzip")
    assert model_data.problems("model_data", "models/fraud/3/") == []
    assert model_data.s3_type("models/fraud/3/") == ("S3Prefix", "None")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "models/fraud",
        "model.zip",
        ".tar.gz",
        "/models/model.tar.gz",
        "s3://bucket/model.tar.gz",
        "models/*/model.tar.gz",
    ],
)
def test_any_other_key_is_a_problem(path: str) -> None:
    (result,) = model_data.problems("model_data", path)
    assert result.key == "model_data"
    assert result.fix


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        ("models/fraud/3/model.tar.gz", "models/fraud/"),
        ("models/fraud/v3.1/", "models/fraud/"),
        ("models/fraud/2026-11-21/model.tar.gz", "models/fraud/"),
        ("models/fraud/model.tar.gz", "models/fraud/"),
        ("models/fraud-2/model.tar.gz", "models/fraud-2/"),
        ("3/model.tar.gz", "3/"),
        ("model.tar.gz", "model.tar.gz"),
    ],
)
def test_all_versions_of_a_model_are_one_folder(path: str, prefix: str) -> None:
    assert model_data.versions_prefix(path) == prefix
