"""What the members of a team may do in its namespace. Pure data: the rules of a Role
(rbac.authorization.k8s.io/v1).

Work with jobs of all kinds, and what they need; look at what bounds them, but not
change it: neither roles, service accounts, network policies and quotas, nor the queue.
Verbs and resources are named: new ones aren't in it by themselves.
"""

from collections.abc import Sequence
from typing import Any

READ = ("get", "list", "watch")
WORK = (*READ, "create", "update", "patch", "delete", "deletecollection")


def rules() -> list[dict[str, Any]]:
    """Returns the rules, for kinds that aren't installed too: those do no harm."""
    return [
        _rule("batch", ["jobs", "cronjobs"], WORK),
        _rule("jobset.x-k8s.io", ["jobsets"], WORK),
        _rule("kubeflow.org", ["mpijobs", "pytorchjobs"], WORK),
        _rule("leaderworkerset.x-k8s.io", ["leaderworkersets"], WORK),
        _rule("ray.io", ["rayclusters", "rayjobs", "rayservices"], WORK),
        _rule("trainer.kubeflow.org", ["trainingruntimes", "trainjobs"], WORK),
        _rule(
            "apps", ["deployments", "deployments/scale", "statefulsets", "statefulsets/scale"], WORK
        ),
        _rule("", ["configmaps", "persistentvolumeclaims", "pods", "secrets", "services"], WORK),
        # A shell in a job, and the way to its dashboard. Kubernetes asks for `get` when
        # the connection is a WebSocket.
        _rule("", ["pods/attach", "pods/exec", "pods/portforward"], ("create", "get")),
        _rule(
            "",
            [
                "events",
                "limitranges",
                "pods/log",
                "pods/status",
                "resourcequotas",
                "serviceaccounts",
            ],
            READ,
        ),
        _rule("apps", ["replicasets"], READ),
        _rule("kueue.x-k8s.io", ["localqueues", "workloads"], READ),
        _rule("networking.k8s.io", ["networkpolicies"], READ),
    ]


def _rule(group: str, resources: Sequence[str], verbs: Sequence[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
