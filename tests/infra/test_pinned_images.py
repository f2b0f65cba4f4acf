"""What the components choose to run is pinned by digest."""

import re
from collections.abc import Mapping

from groundplan.manifest.model import Manifest
from groundplan.policy.containers import images
from groundplan.registry.experiment_tracking.versions import MLFLOW_IMAGE
from groundplan.serving.kubernetes_endpoint.images import AGENT

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
OF_USERS = (
    re.compile(r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/"),
    # A pool's `prefetch`.
    re.compile(r"^public\.ecr\.aws/docker/library/python:3\.12$"),
)
BY_TAG = dict.fromkeys((MLFLOW_IMAGE, AGENT), "no public source states its digest")


def chosen(manifest: Manifest) -> set[str]:
    return {
        image
        for resource in manifest
        for _, _, image in images(resource)
        if isinstance(image, str) and not any(pattern.match(image) for pattern in OF_USERS)
    }


def test_every_image_that_the_components_choose_has_a_digest(
    manifests: Mapping[str, Manifest],
) -> None:
    everything = set().union(*(chosen(manifest) for manifest in manifests.values()))
    repositories = {image.split("@")[0].rpartition(":")[0] for image in everything}
    assert {
        "docker.io/vllm/vllm-openai",
        "public.ecr.aws/aws-cli/aws-cli",
        "public.ecr.aws/docker/library/busybox",
        "registry.k8s.io/kubectl",
    } <= repositories
    assert {image for image in everything if not DIGEST.search(image)} <= set(BY_TAG)
