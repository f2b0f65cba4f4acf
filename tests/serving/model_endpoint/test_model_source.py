import pytest
from groundplan.sagemaker import images
from groundplan.serving.model_endpoint import model_data

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
DIGEST = "sha256:" + "0a" * 32


@pytest.mark.parametrize("version", [":1.4.2", ":v3", f"@{DIGEST}", f":latest@{DIGEST}"])
def test_an_image_with_a_version_is_fine(version: str) -> None:
    assert images.problems("image", f"{REGISTRY}/team/fraud{version}") == []
    assert (
        images.repository_arn(f"{REGISTRY}/team/fraud{version}")
        == "arn:aws:ecr:eu-west-1:123456789012:repository/team/fraud"
    )


@pytest.mark.parametrize("version", ["", ":latest"])
def test_an_image_that_can_change_is_a_problem(version: str) -> None:
    (result,) = images.problems("image", f"{REGISTRY}/fraud{version}")
    assert result.fix == "add the version (:1.4.2) or the digest (@sha256:...)"


@pytest.mark.parametrize(
    "uri",
    ["fraud:1", "public.ecr.aws/x/fraud:1", f"{REGISTRY}/:1", f"{REGISTRY}/fraud:1@sha256:12"],
)
def test_an_image_outside_of_ecr_is_a_problem(uri: str) -> None:
    (result,) = images.problems("image", uri)
    assert result.fix == "push the image to ECR and use its URI"
    assert images.repository_arn(uri) is None


def test_repositories_in_other_partitions_have_their_arn() -> None:
    china = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/fraud:1"
    assert images.repository_arn(china) == "arn:aws-cn:ecr:cn-north-1:123456789012:repository/fraud"
    fips = "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/fraud:1"
    assert (
        images.repository_arn(fips)
        == "arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/fraud"
    )


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
