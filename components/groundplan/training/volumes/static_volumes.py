"""A volume that is there already, as a namespace's pods can mount it: a
PersistentVolume and the claim that it is for.

No storage class: nothing is provisioned, and nothing is deleted with the claim.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.training.queues import queue as queues


@dataclass(frozen=True)
class StaticVolume:
    """A volume of a CSI driver."""

    driver: str
    """The CSI driver."""
    handle: pulumi.Input[str]
    """Unique in the cluster: of several volumes with one handle, a pod gets only
    one."""
    attributes: Mapping[str, pulumi.Input[str]]
    """The driver's own."""
    capacity: str
    """Kubernetes matches claims by it; drivers of file systems don't hold anybody to
    it."""
    read_only: bool
    mount_options: Sequence[pulumi.Input[str]] = field(default_factory=tuple)

    @property
    def access_modes(self) -> list[str]:
        return ["ReadOnlyMany" if self.read_only else "ReadWriteMany"]


@dataclass(frozen=True)
class Bound:
    """The volume and claim of a namespace."""

    volume: kubernetes.core.v1.PersistentVolume
    claim: kubernetes.core.v1.PersistentVolumeClaim


def bind(
    name: str,
    volume: StaticVolume,
    *,
    namespace: pulumi.Input[str],
    volume_name: pulumi.Input[str],
    claim_name: str,
    opts: pulumi.ResourceOptions,
    home: pulumi.Resource | None = None,
) -> Bound:
    """Returns the volume and its claim in `namespace`, each named in the other, so that
    no other claim gets it.

    `home` is the namespace, where the program has it. Kubernetes keeps a claim while a
    pod uses it, and a volume while it has a claim: so the claim goes with the
    namespace, and the volume, which doesn't wait for the namespace, after both.
    """
    csi: dict[str, Any] = {
        "driver": volume.driver,
        "volume_handle": volume.handle,
        "volume_attributes": dict(volume.attributes),
    }
    if volume.read_only:
        csi["read_only"] = True
    persistent_volume = kubernetes.core.v1.PersistentVolume(
        f"{name}-volume",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=volume_name),
        spec=kubernetes.core.v1.PersistentVolumeSpecArgs(
            capacity={"storage": volume.capacity},
            access_modes=volume.access_modes,
            storage_class_name="",
            persistent_volume_reclaim_policy="Retain",
            mount_options=list(volume.mount_options),
            csi=kubernetes.core.v1.CSIPersistentVolumeSourceArgs(**csi),
            claim_ref=kubernetes.core.v1.ObjectReferenceArgs(namespace=namespace, name=claim_name),
        ),
        # Nearly all of a volume can't be changed; the objects hold no data, so a new
        # pair takes the old one's names.
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(delete_before_replace=True, custom_timeouts=queues.DELETION),
        ),
    )
    inside = pulumi.ResourceOptions(
        depends_on=[home] if home else None, deleted_with=home, delete_before_replace=True
    )
    claim = kubernetes.core.v1.PersistentVolumeClaim(
        f"{name}-claim",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=claim_name, namespace=namespace),
        spec=kubernetes.core.v1.PersistentVolumeClaimSpecArgs(
            access_modes=volume.access_modes,
            storage_class_name="",
            volume_name=persistent_volume.metadata.name,
            resources=kubernetes.core.v1.VolumeResourceRequirementsArgs(
                requests={"storage": volume.capacity}
            ),
        ),
        opts=pulumi.ResourceOptions.merge(opts, inside),
    )
    return Bound(persistent_volume, claim)
