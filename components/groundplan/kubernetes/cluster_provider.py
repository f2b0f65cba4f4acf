"""Which components need a Kubernetes provider in their options."""

from groundplan.context import Context
from groundplan.problems import MISSING, Problem


def problems(context: Context) -> list[Problem]:
    """Returns the problem of options without a Kubernetes provider."""
    if context.has_kubernetes_provider:
        return []
    allowed = "a Kubernetes provider in the options: TrainingCluster.kubernetes_provider"
    fix = "set ResourceOptions(provider=...): the default kubeconfig may be another cluster's"
    return [Problem("opts.provider", MISSING, allowed, fix)]
