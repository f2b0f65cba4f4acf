"""Queues, teams and ceilings in a Kubernetes cluster that is there already: on
premises, another cloud's, or kind's.

Nothing here needs AWS. The nodes' labels and taints are the cluster's own.
"""

import pulumi
from groundplan import RunningJobs, TrainingPlatform

platform = TrainingPlatform(
    "platform",
    {
        "kubeconfig": "~/.kube/config",
        "pools": {
            "a100": {
                "nodes": 8,
                "cpu": 120,
                "memory_gib": 960,
                "accelerator": "nvidia.com/gpu",
                "accelerators": 8,
                "node_labels": {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"},
                "taints": [{"key": "nvidia.com/gpu", "value": "present"}],
                "usd_per_hour": 14.0,
            },
        },
        "teams": {
            "vision": {"guaranteed": {"a100": 32}, "members": ["vision"]},
            "speech": {"guaranteed": {"a100": 16}, "members": ["speech"], "max_usd_per_hour": 56.0},
        },
        "frameworks": {"ray": True},
        "schedule": {
            "close": "20:00",
            "open": "07:00",
            "time_zone": "Europe/Berlin",
            "running_jobs": RunningJobs.FINISH,
        },
    },
)

pulumi.export("queues", platform.cluster_queues)
