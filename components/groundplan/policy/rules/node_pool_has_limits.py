"""Karpenter's node pools that can't grow, and cost, without bound."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.kinds import NODE_POOL
from groundplan.policy.reading import at, unknown


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type != NODE_POOL:
        return
    limits = at(resource.inputs, "spec", "limits")
    if not limits and not unknown(limits):
        reason = f"the node pool {resource.name} has no limits: whoever can start pods can start any number of machines"
        yield Breach(resource.urn, reason, "spec.limits")


RULE = Rule(
    name="node-pool-has-limits",
    severity=Severity.MEDIUM,
    summary="Node pools say how large they may grow.",
    fix="set spec.limits: the nodes, the cores or the GPUs that all of its machines may have together",
    check=check,
    url="https://karpenter.sh/docs/concepts/nodepools/#speclimits",
)
