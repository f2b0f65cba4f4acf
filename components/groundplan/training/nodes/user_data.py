"""The user data that a managed node group's launch template needs: local NVMe disks put
to use, and nothing else.

EKS merges in its own part (cluster, labels, taints), since the template names no image.
That takes a MIME multi-part archive for Amazon Linux and TOML for Bottlerocket (Amazon
EKS User Guide, "Customize managed nodes with launch templates"). EFA needs nothing
here: both images reserve huge pages and lift the limit of locked memory themselves
where they find a device (awslabs/amazon-eks-ami@81fec2e8, install-efa.sh;
bottlerocket-os/bottlerocket-core-kit pull request 141). Karpenter writes all of it by
itself, from `instanceStorePolicy`.
"""

import json

from groundplan.training.choices import ImageFamily
from groundplan.training.nodes.pool import Pool

NODE_CONFIG = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="GROUNDPLAN"

--GROUNDPLAN
Content-Type: application/node.eks.aws

---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  instance:
    localStorage:
      strategy: RAID0

--GROUNDPLAN--
"""
"""nodeadm joins all local disks and moves /var/lib/kubelet, /var/lib/containerd and
/var/log/pods to them, with what is there (awslabs/amazon-eks-ami@81fec2e8,
nodeadm/doc/api.md, LocalStorageOptions; setup-local-disks)."""

COMMANDS = (
    ("apiclient", "ephemeral-storage", "init"),
    (
        "apiclient",
        "ephemeral-storage",
        "bind",
        "--dirs",
        "/var/lib/containerd",
        "/var/lib/kubelet",
        "/var/log/pods",
    ),
)
"""Bottlerocket's way to the same: `init` joins and formats the disks if they are not
yet, `bind` mounts them at every boot (bottlerocket.dev, 1.57.x, "Bootstrap Commands";
since 1.22)."""

# A node that can't mount its disks must not join: it would run full. Arrays and strings
# are the same in JSON and TOML; of headers, EKS takes bare keys only.
SETTINGS = f"""\
[settings.bootstrap-commands.local-storage]
commands = {json.dumps(COMMANDS)}
mode = "always"
essential = true
"""


def user_data(pool: Pool) -> str | None:
    """Returns the user data of a managed pool's nodes, as text (a launch template wants
    it in base64); None if they need none."""
    if not pool.local_storage:
        return None
    return SETTINGS if pool.image is ImageFamily.BOTTLEROCKET else NODE_CONFIG
