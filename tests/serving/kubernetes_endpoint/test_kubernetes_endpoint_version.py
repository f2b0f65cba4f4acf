"""Pods serve one version of a model, whatever is written to its key later."""

from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest
from groundplan import KubernetesEndpoint
from groundplan.arguments import InvalidArguments
from groundplan.testing import Plan, deploy

ARCHIVE: dict[str, Any] = {
    "image": "registry.example.com/fraud:1.0.0",
    "model_data": "models/fraud/3/model.tar.gz",
    "cluster_name": "ml",
    "artifacts": {
        "bucket_name": "ml-artifacts",
        "bucket_arn": "arn:aws:s3:::ml-artifacts",
        "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
    },
}
VERSION = "3HL4kqtJvjVBH40Nrjfkd"


def endpoint(**args: Any) -> Plan:
    values: Any = {**ARCHIVE, **args}

    def program() -> None:
        provider = k8s.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint("fraud", values, pulumi.ResourceOptions(providers=[provider]))

    return deploy(program)


def downloads(plan: Plan) -> dict[str, list[str]]:
    """Returns Deployment -> the arguments of the container that downloads the model."""
    return {
        name: r.inputs["spec"]["template"]["spec"]["initContainers"][0]["args"]
        for name, r in plan.all("kubernetes:apps/v1:Deployment").items()
    }


def of_version(version: str, key: str = "models/fraud/3/model.tar.gz") -> list[str]:
    which = ["--bucket", "ml-artifacts", "--key", key, "--version-id", version]
    return ["s3api", "get-object", *which, "/archive/model.tar.gz"]


def test_a_version_of_the_archive_is_downloaded() -> None:
    assert list(downloads(endpoint(model_version_id=VERSION)).values()) == [of_version(VERSION)]


def test_without_a_version_the_newest_is_downloaded() -> None:
    (arguments,) = downloads(endpoint()).values()
    assert arguments[:2] == ["s3", "cp"]


def test_the_role_may_read_versions() -> None:
    plan = endpoint(model_version_id=VERSION)
    policies = [r.inputs["policy"] for r in plan.all("aws:iam/rolePolicy:RolePolicy").values()]
    assert any("s3:GetObjectVersion" in text for text in policies)


@pytest.mark.parametrize(
    ("canary", "expected"),
    [
        ({"model_version_id": "next"}, of_version("next")),
        ({"image": "registry.example.com/fraud:2.0.0"}, of_version(VERSION)),
        (
            {"model_data": "models/fraud/4/model.tar.gz", "model_version_id": "v4"},
            of_version("v4", "models/fraud/4/model.tar.gz"),
        ),
    ],
    ids=["another version", "another image", "another object"],
)
def test_a_candidate_has_its_own_version(canary: Any, expected: list[str]) -> None:
    plan = endpoint(model_version_id=VERSION, canary={"percent": 33, **canary})
    assert expected in downloads(plan).values()
    assert of_version(VERSION) in downloads(plan).values()


def test_the_version_of_another_object_is_not_the_candidates() -> None:
    canary = {"percent": 33, "model_data": "models/fraud/4/model.tar.gz"}
    plan = endpoint(model_version_id=VERSION, canary=canary)
    assert sorted(args[0] for args in downloads(plan).values()) == ["s3", "s3api"]


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"model_data": "models/fraud/3/", "model_version_id": VERSION}, "model_version_id"),
        ({"model_version_id": "a b"}, "model_version_id"),
        ({"model_version_id": ""}, "model_version_id"),
        (
            {"canary": {"percent": 10, "model_data": "models/f/", "model_version_id": VERSION}},
            "canary.model_version_id",
        ),
    ],
)
def test_a_version_that_cannot_be_selected_is_refused(args: Any, key: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        endpoint(**args)
    assert key in {problem.key for problem in caught.value.problems}
