"""Checks that Karpenter's node pools have limits."""

from collections.abc import Iterator

from groundplan.catalog.kubernetes.karpenter import NODE_POOL
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, unknown


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type != NODE_POOL.token:
        return
    limits = at(resource.inputs, "spec", "limits")
    if not limits and not unknown(limits):
        reason = (
            f"the node pool {resource.name} has no limits: any user who can create pods can "
            "start any number of instances"
        )
        yield Breach(resource.urn, reason, "spec.limits")


RULE = Rule(
    name="node-pool-has-limits",
    severity=Severity.MEDIUM,
    summary="Node pools have limits.",
    reason=(
        "Without limits, any user who can create pods can start any number of instances: only "
        "the account's quotas limit the cost."
    ),
    fix="set spec.limits: the total of nodes, CPUs or GPUs of the pool",
    settings_fix="set maxSize of the pool",
    check=check,
    url="https://karpenter.sh/docs/concepts/nodepools/#speclimits",
)
