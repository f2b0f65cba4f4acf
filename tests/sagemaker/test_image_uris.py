"""The URIs of container images in Amazon ECR."""

import pytest
from groundplan.sagemaker import images

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
