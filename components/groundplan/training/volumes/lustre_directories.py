"""The directories of a Lustre file system: one for each namespace, which nobody else
mounts.

FSx has no API for directories, and a client cannot mount one that does not exist. So a
Job creates each, on a volume of the whole file system in `kube-system`, where no team
has access. What is in a directory stays when its namespace is deleted.
"""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.kubernetes import pod_security
from groundplan.kubernetes.busybox import BUSYBOX
from groundplan.training import namespace_folders
from groundplan.training.volumes import static_volumes
from groundplan.training.volumes.lustre_volumes import LustreMount, static_volume
from groundplan.training.volumes.static_volumes import Bound

NAMESPACE = "kube-system"
ROOT = "/lustre"
"""Where the Jobs mount the file system."""


class LustreDirectories:
    """The volume of a whole file system, and the Jobs that create directories on it."""

    root: Bound
    jobs: dict[str, kubernetes.batch.v1.Job]
    """By namespace."""

    def __init__(
        self,
        name: str,
        mount: LustreMount,
        namespaces_with_directory: list[str],
        *,
        claim_name: str,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`opts` has parent and provider, and depends on the driver's add-on."""
        root_claim = f"{claim_name}-root"
        volume_name = f"{NAMESPACE}-{root_claim}"
        self.root = static_volumes.bind(
            f"{name}-root",
            static_volume(mount, volume_name, read_only=False),
            namespace=NAMESPACE,
            volume_name=volume_name,
            claim_name=root_claim,
            opts=opts,
        )
        after = pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=[self.root.claim])
        )
        self.jobs = {
            namespace: kubernetes.batch.v1.Job(
                f"{name}-{namespace}-directory",
                metadata=kubernetes.meta.v1.ObjectMetaArgs(
                    name=f"{claim_name}-{namespace}-directory",
                    namespace=NAMESPACE,
                    # A Job that failed is created again by the next update.
                    annotations={"pulumi.com/replaceUnready": "true"},
                ),
                spec=job_spec(root_claim, namespace_folders.directory(namespace)),
                opts=pulumi.ResourceOptions.merge(
                    after, pulumi.ResourceOptions(delete_before_replace=True)
                ),
            )
            for namespace in namespaces_with_directory
        }


def job_spec(claim_name: str, directory: str) -> Any:
    """Returns the spec of the Job that creates a directory; one that exists stays as it
    is."""
    container = {
        "name": "mkdir",
        "image": BUSYBOX,
        # All users of the namespace's pods write to it: only they mount it.
        "command": ["mkdir", "-p", "-m", "0777", f"{ROOT}{directory}"],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "32Mi"}},
        "securityContext": dict(pod_security.CONTAINER),
        "volumeMounts": [{"name": "files", "mountPath": ROOT}],
    }
    pod = {
        "restartPolicy": "OnFailure",
        "automountServiceAccountToken": False,
        # The root of a new file system belongs to this user.
        "securityContext": {"runAsUser": 0, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        "volumes": [{"name": "files", "persistentVolumeClaim": {"claimName": claim_name}}],
    }
    return {"backoffLimit": 6, "template": {"spec": pod}}
