"""All judges over all changes."""

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
from groundplan.risk.context import Case, Plan
from groundplan.risk.risk import Danger

JUDGES: tuple[Callable[[Case], Iterator[Danger]], ...] = (
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
"""Each is given every change of something real, and says what is dangerous about it."""


def judge(changes: Changes, before: Manifest, after: Manifest) -> Iterator[Danger]:
    """All dangers of `changes`, in no order that means anything."""
    plan = Plan(changes, before, after)
    for case in plan.cases:
        if case.real:
            for found in JUDGES:
                yield from found(case)
    yield from endpoints.unguarded(plan)
