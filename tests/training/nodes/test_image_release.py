"""The release of the image of a managed pool's nodes."""

from typing import Any

import pytest
from groundplan.context import Context
from groundplan.training.cluster import validation
from groundplan.training.nodes import pools

CPU: dict[str, Any] = {"instance_type": "m6i.xlarge", "max_size": 1}


@pytest.mark.parametrize(
    "more",
    [
        {"release_version": "1.36.1-20260903"},
        {"release_version": "1.65.0-d8aad6c5", "image": "bottlerocket"},
    ],
)
def test_a_release_of_the_image_s_family_is_accepted(more: dict[str, str]) -> None:
    args: Any = {**CPU, **more}
    assert pools.problems({"cpu": args}) == []
    assert pools.resolve("cpu", args).release_version == more["release_version"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"release_version": "v20260903"}, "a release of al2023"),
        ({"release_version": "1.65.0-d8aad6c5"}, "a release of al2023"),
        ({"release_version": "1.36.1-20260903", "image": "bottlerocket"}, "of bottlerocket"),
        ({"release_version": "1.36.1-20260903", "provisioner": "karpenter"}, "none: only managed"),
    ],
)
def test_another_release_is_refused(more: dict[str, str], words: str) -> None:
    args: Any = {**CPU, **more}
    [problem] = pools.problems({"cpu": args})
    assert problem.key == "cpu.release_version"
    assert words in problem.allowed


def test_a_release_for_another_kubernetes_is_refused() -> None:
    pool = {**CPU, "release_version": "1.35.4-20260903"}
    args: Any = {
        "administrators": ["arn:aws:iam::123456789012:role/ml"],
        "pools": {"cpu": pool},
        "system_pool": {"release_version": "1.35.4-20260903"},
        "kubernetes_version": "1.36",
    }
    keys = {
        problem.key: problem.allowed
        for problem in validation.validate(args, Context("training", "shop", "prod"))
        if "release" in problem.key
    }
    allowed = "a release for Kubernetes 1.36, the cluster's version"
    assert keys == {"system_pool.release_version": allowed, "pools.cpu.release_version": allowed}
    args["kubernetes_version"] = "1.35"
    found = validation.validate(args, Context("training", "shop", "prod"))
    assert not [problem for problem in found if "release" in problem.key]
