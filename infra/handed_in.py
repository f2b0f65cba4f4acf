"""The part of an environment that stands in a Kubernetes cluster which was there
already: queues, teams, frameworks."""

from typing import Any

from groundplan import TrainingPlatform
from platform_settings import PlatformSettings


def build(settings: PlatformSettings, deletion_protection: bool) -> TrainingPlatform:
    """Register the platform. Nothing of it needs AWS."""
    given: Any = {"deletion_protection": deletion_protection, **settings.arguments()}
    return TrainingPlatform("platform", given)


def exports(platform: TrainingPlatform) -> dict[str, Any]:
    """What those who send jobs need to know."""
    return {"namespaces": platform.namespaces, "clusterQueues": platform.cluster_queues}
