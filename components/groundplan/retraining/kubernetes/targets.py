"""The endpoint of a KubernetesRetraining: a SageMaker endpoint or one of a cluster, as
the engine reads it."""

from collections.abc import Mapping
from typing import Any

import pulumi

from groundplan.release.cluster.target import ClusterTarget
from groundplan.release.component import targets
from groundplan.release.engine.errors import Refused
from groundplan.retraining.kubernetes.spec import KubernetesRetrainingSpec


def readable(name: str, spec: KubernetesRetrainingSpec) -> pulumi.Output[Mapping[str, Any]]:
    """Returns the release target, or fails the deployment: else the first look
    would."""
    if spec.kubernetes_target is None:
        none: Mapping[str, Any] = {}
        own = none if spec.release_target is None else spec.release_target
        return targets.readable(name, own)

    def checked(known: Mapping[str, Any] | None) -> Mapping[str, Any]:
        if not known:
            raise pulumi.RunError(
                f"{name}: kubernetes_release_target is empty. Fix: set `release` of the "
                "KubernetesEndpoint to registry"
            )
        found: dict[str, Any] = targets.plain(known)
        try:
            ClusterTarget.read(name, found)
        except Refused as error:
            raise pulumi.RunError(str(error)) from None
        return found

    return pulumi.Output.from_input(spec.kubernetes_target).apply(checked)
