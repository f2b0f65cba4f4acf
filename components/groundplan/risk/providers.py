"""Providers that may lead to another account or cluster, which Pulumi doesn't notice:
it replaces nothing."""

from collections.abc import Iterator

from groundplan.diff.changes import Kind
from groundplan.diff.provider_changes import ACCOUNT, AWS, CLUSTER, KUBERNETES
from groundplan.risk.context import ChangeContext
from groundplan.risk.risk import Level, Risk

DOWNTIME = "downtime"
PLACES = {AWS: (sorted(ACCOUNT), "account"), KUBERNETES: (CLUSTER, "cluster")}
"""Type -> the inputs that select where it leads, and what that is."""


def elsewhere(context: ChangeContext) -> Iterator[Risk]:
    """A provider whose account or cluster may be another one."""
    paths, place = PLACES.get(context.change.resource.type, ((), ""))
    changed = [path for path in paths if context.changed(path)]
    known = place == "cluster" and any(s.get("kubeconfig") for s in (context.old, context.new))
    if not changed or known or context.kind is not Kind.UPDATE:
        return
    package = context.change.resource.type.rsplit(":", 1)[-1]
    words = (
        f"the {package} provider {context.name} may lead to another {place}: what is deployed "
        "then stays in the old one, unmanaged, and isn't in the new one."
    )
    because = "; ".join(context.change_text(path) for path in changed)
    yield context.risk(Level.MEDIUM, DOWNTIME, words, because)
