"""Analyzes a comparison: runs all analyzers over all changes."""

from collections.abc import Callable, Iterator

from groundplan.diff.changes import Changes
from groundplan.manifest.model import Manifest
from groundplan.risk import (
    alarms,
    attachments,
    aws_auth,
    capacity,
    cluster_access,
    data_loss,
    downtime,
    endpoints,
    exclusive_attachments,
    exposure,
    firewalls,
    grants,
    iam,
    indexes,
    inline_rules,
    interruption,
    karpenter,
    kubernetes_access,
    kubernetes_services,
    limits,
    network_policies,
    overwritten,
    pods,
    protection,
    providers,
    queues,
    refusals,
    restarts,
    retention,
    stateful_sets,
    switches,
    tls,
    vpc_moves,
)
from groundplan.risk.context import ChangeContext, Plan
from groundplan.risk.risk import ORDER, Risk

ANALYZERS: tuple[Callable[[ChangeContext], Iterator[Risk]], ...] = (
    refusals.refused,
    data_loss.lost_data,
    data_loss.possible_loss,
    limits.shortened,
    switches.switched,
    switches.removed,
    retention.lifecycle,
    retention.versioning,
    retention.object_lock,
    retention.copies,
    retention.replicas,
    retention.backups,
    retention.images,
    downtime.stopped,
    downtime.deleted_first,
    vpc_moves.refused,
    vpc_moves.mount_targets,
    downtime.custom_objects,
    pods.unchecked,
    pods.less_memory,
    pods.root,
    pods.disruption,
    tls.older,
    capacity.fewer,
    capacity.fewer_instances,
    capacity.fewer_workers,
    capacity.serverless,
    capacity.lower_ceiling,
    capacity.disabled,
    restarts.restarted,
    indexes.rebuilt,
    capacity.recreate_strategy,
    interruption.nodes,
    interruption.launch_template,
    interruption.lower_maximum,
    interruption.spot,
    interruption.taints,
    interruption.upgrade,
    interruption.jobs,
    karpenter.nodes,
    karpenter.spot,
    karpenter.consolidation,
    karpenter.unbounded,
    interruption.throughput,
    interruption.repair,
    queues.lowered,
    iam.widened,
    attachments.attached,
    attachments.boundary,
    exclusive_attachments.detached,
    grants.granted,
    firewalls.opened,
    inline_rules.overwritten,
    exposure.public_access_block,
    exposure.acl,
    exposure.exposed,
    exposure.instance_metadata,
    exposure.unencrypted,
    exposure.bucket_encryption,
    exposure.internet_route,
    cluster_access.api_server,
    cluster_access.entries,
    cluster_access.lost,
    kubernetes_access.roles,
    kubernetes_access.bindings,
    kubernetes_access.pods,
    kubernetes_access.pod_security,
    kubernetes_access.admission,
    kubernetes_access.network,
    kubernetes_services.unreachable,
    kubernetes_services.unserved,
    network_policies.network_policies,
    aws_auth.mapped,
    stateful_sets.claims,
    providers.elsewhere,
    protection.options,
    protection.deletion_protection,
    protection.safeguards,
    protection.logs,
    protection.budgets,
    alarms.deleted,
    alarms.without_actions,
    alarms.raised_threshold,
    alarms.rollback,
)
"""Each takes the change of a resource and yields its risks."""


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
    yield from overwritten.overwritten(plan)
    yield from endpoints.unmoved(plan)
