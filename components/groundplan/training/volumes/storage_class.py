"""The storage class that volumes of pods get if they name none: EKS has had no default
one since Kubernetes 1.30."""

import pulumi
import pulumi_kubernetes as kubernetes

NAME = "gp3"


def default_storage_class(
    name: str, opts: pulumi.ResourceOptions
) -> kubernetes.storage.v1.StorageClass:
    """Encrypted gp3 volumes that can grow, each in the zone where its pod runs. They
    are gone with their claims."""
    return kubernetes.storage.v1.StorageClass(
        name,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name=NAME,
            annotations={"storageclass.kubernetes.io/is-default-class": "true"},
        ),
        provisioner="ebs.csi.aws.com",
        parameters={"type": "gp3", "encrypted": "true"},
        volume_binding_mode="WaitForFirstConsumer",
        allow_volume_expansion=True,
        reclaim_policy="Delete",
        opts=opts,
    )
