"""What bounds a team's namespace apart from its queue. Pure data: the specs of a
ResourceQuota and a LimitRange."""

from collections.abc import Sequence
from typing import Any

from groundplan.kubernetes.device_resources import EFA
from groundplan.training.queues import quotas
from groundplan.training.queues.flavor import Flavor
from groundplan.training.teams.team_spec import TeamSpec

DEFAULT_REQUESTS = {"cpu": "1", "memory": "1Gi"}


def resource_quota(team: TeamSpec, flavors: Sequence[Flavor]) -> dict[str, Any]:
    """No more accelerators than the queue could ever admit, even for pods that found a
    way around it; no load balancers.

    A load balancer would be open to the internet by default, cost money of its own, and
    stay when the cluster is destroyed; nothing but the team's own pods gets into its
    namespace anyhow.
    """
    most: dict[str, int] = {}
    for flavor in flavors:
        held = quotas.amounts(flavor, quotas.reach(flavor, team))
        for name in (flavor.accelerator, EFA):
            if name and name in held:
                most[name] = most.get(name, 0) + held[name]
    counted = [name for name in quotas.covered(flavors) if name not in ("cpu", "memory")]
    return {
        "hard": {
            **{f"requests.{name}": str(most.get(name, 0)) for name in counted},
            "services.loadbalancers": "0",
            "services.nodeports": "0",
        }
    }


def limit_range() -> dict[str, Any]:
    """Returns what a container asks for that doesn't say: without a request a queue
    would count it as nothing.

    No default limits: one of memory would refuse every container that asks for more of
    it than the limit and sets none.
    """
    return {"limits": [{"type": "Container", "defaultRequest": DEFAULT_REQUESTS}]}
