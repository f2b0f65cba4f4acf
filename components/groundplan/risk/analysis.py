"""Analyzes a comparison: runs all analyzers over all changes."""

from collections.abc import Callable, Iterator

from groundplan.diff.changes import Changes
from groundplan.manifest.model import Manifest
from groundplan.risk import (
    alarms,
    attachments,
    capacity,
    cluster_access,
    data_loss,
    downtime,
    endpoints,
    exposure,
    firewalls,
    iam,
    interruption,
    karpenter,
    kubernetes_access,
    limits,
    protection,
    queues,
    retention,
)
from groundplan.risk.context import ChangeContext, Plan
from groundplan.risk.risk import ORDER, Risk

ANALYZERS: tuple[Callable[[ChangeContext], Iterator[Risk]], ...] = (
    data_loss.lost,
    data_loss.doubtful,
    limits.shortened,
    limits.switched,
    retention.lifecycle,
    retention.versioning,
    retention.object_lock,
    retention.copies,
    retention.images,
    downtime.down,
    downtime.gap,
    capacity.fewer,
    capacity.fewer_instances,
    capacity.serverless,
    capacity.lower_ceiling,
    capacity.switched_off,
    capacity.restarted,
    capacity.recreated,
    interruption.nodes,
    interruption.template,
    interruption.smaller,
    interruption.spot,
    interruption.taints,
    interruption.upgrade,
    interruption.jobs,
    karpenter.nodes,
    karpenter.spot,
    karpenter.evicting,
    karpenter.unbounded,
    interruption.throughput,
    interruption.repair,
    queues.lowered,
    iam.widened,
    attachments.attached,
    attachments.boundary,
    firewalls.opened,
    exposure.public_access_block,
    exposure.acl,
    exposure.exposed,
    exposure.instance_metadata,
    exposure.unencrypted,
    exposure.bucket_encryption,
    exposure.private_way,
    cluster_access.api_server,
    cluster_access.entries,
    kubernetes_access.roles,
    kubernetes_access.bindings,
    kubernetes_access.pods,
    kubernetes_access.namespace_guard,
    kubernetes_access.network,
    protection.options,
    protection.guards,
    protection.watchers,
    protection.logs,
    protection.budgets,
    alarms.deleted,
    alarms.silenced,
    alarms.later,
    alarms.rollback,
)
"""Each takes the change of a resource and yields the risks of it."""


def analyze(changes: Changes, before: Manifest, after: Manifest) -> list[Risk]:
    """The risks of `changes`, worst first, then by name."""
    risks = dict.fromkeys(_risks(changes, before, after))
    return sorted(
        risks,
        key=lambda r: (
            ORDER.index(r.level),
            r.urn.rsplit("::", 1)[-1],
            r.kind,
            r.urn,
            r.words,
            r.because,
        ),
    )


def _risks(changes: Changes, before: Manifest, after: Manifest) -> Iterator[Risk]:
    plan = Plan(changes, before, after)
    for context in plan.contexts:
        if context.is_resource:
            for analyzer in ANALYZERS:
                yield from analyzer(context)
    yield from endpoints.unguarded(plan)
