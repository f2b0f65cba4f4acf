"""Downtime: services that are deleted or replaced."""

import re
from collections.abc import Iterator

from groundplan.diff.changes import Kind
from groundplan.risk.context import ChangeContext, Plan, at, flag
from groundplan.risk.risk import Level, Risk

DOWNTIME = "downtime"


def stopped(context: ChangeContext) -> Iterator[Risk]:
    """Yields what stops with a service that is deleted or replaced."""
    service = context.entry.service if context.entry else None
    if service is None or not context.is_removed or (service.part and goes_with_another(context)):
        return
    if service.read_only and not _missed(context):
        return
    if service.part and context.owner_change("bucket") is Kind.DELETE:
        return
    if context.kind is Kind.DELETE and flag(at(context.old, service.retained_if or "-")):
        words = (
            f"{context.subject} leaves the program, but still runs in the cloud, where nothing "
            "manages it any more."
        )
        because = f"it is no longer in the program; {service.retained_if} is true"
        yield context.risk(Level.LOW, DOWNTIME, words, because)
        return
    if context.kind is Kind.DELETE and context.old_option("retainOnDelete"):
        words = (
            f"{context.subject} leaves the program, but is retained in the cloud "
            "(retainOnDelete), where nothing manages it any more."
        )
        because = "it is no longer in the program; retainOnDelete is true"
        yield context.risk(Level.LOW, DOWNTIME, words, because)
        return
    if context.kind is Kind.DELETE:
        words, level, because = (
            f"{context.subject} is deleted: {service.when_deleted}",
            service.level,
            "it is no longer in the program",
        )
    else:
        words = f"{context.subject} is replaced: {service.when_replaced or service.when_deleted}"
        level, because = service.level_when_replaced or service.level, context.causes
        if any(context.changed(path) for path in service.named_by):
            words, level = f"{words}, under its old name", service.level
        elif context.deletes_first and service.level is Level.HIGH:
            level = service.level
        if context.deletes_first:
            words += "; the old one is deleted before the new one exists"
            because += (
                "; deleteBeforeReplace is true"
                if context.change.resource.option("deleteBeforeReplace")
                else ""
            )
    level, refusal = _refused(context, level)
    yield context.risk(level, DOWNTIME, f"{words}{refusal}.", because)


def _missed(context: ChangeContext) -> bool:
    """Returns whether something still reads it when it is deleted: something in the
    program, or nothing in the program ever did, but others may by its name."""
    if context.kind is not Kind.DELETE:
        return False
    readers = context.plan.dependents(context.change)
    return not readers or any(
        context.plan.kind_of(reader.urn) is not Kind.DELETE for reader in readers
    )


CUSTOM = re.compile(r"kubernetes:(?![^:]*k8s\.io/)[^:/]+\.[^:/]+/")
"""Beginnings of the types of custom resources: groups of operators."""


def custom_objects(context: ChangeContext) -> Iterator[Risk]:
    """A deleted custom resource of a kind that the catalog doesn't know."""
    unknown = context.entry is None and CUSTOM.match(context.change.resource.type)
    if not unknown or context.kind is not Kind.DELETE or context.old_option("retainOnDelete"):
        return
    if not goes_with_another(context):
        words = f"{context.subject} is deleted: what its operator runs or stores for it goes."
        yield context.risk(Level.LOW, DOWNTIME, words, "it is no longer in the program")


def deleted_first(context: ChangeContext) -> Iterator[Risk]:
    """Any other resource that others depend on and that is deleted before its
    replacement exists."""
    if (
        (context.entry and context.entry.service)
        or context.kind is not Kind.REPLACE
        or not context.change.resource.option("deleteBeforeReplace")
    ):
        return  # fixed names are too common to report
    others = context.plan.dependents(context.change)
    if others:
        words = (
            f"{context.subject} is deleted before its replacement exists; {others[0].name} is "
            "without it in between."
        )
        yield context.risk(
            Level.LOW, DOWNTIME, words, f"{context.causes}; deleteBeforeReplace is true"
        )


def _refused(context: ChangeContext, level: Level) -> tuple[Level, str]:
    lower = Level.MEDIUM if level is Level.HIGH else level
    if context.is_refused:
        return lower, "; it is protected, so the engine refuses until protect is removed"
    if context.guard:
        return lower, f"; AWS refuses while {context.guard} is on"
    return level, ""


def goes_with_another(context: ChangeContext) -> bool:
    """Returns whether a resource that it depends on is removed as well, and reported
    itself."""
    before = context.change.before
    return before is not None and before.urn in _swept(
        context.plan, context.kind, context.type.startswith("ec2.")
    )


def _swept(plan: Plan, kind: Kind, network: bool) -> set[str]:
    """URNs of the dependents of services and namespaces with the same kind of change.

    Of a removed network, only its parts are included: nodes and services in it are
    reported themselves."""
    if (kind, network) not in plan.removed_dependents:
        roots = [
            context.change.before.urn
            for context in plan.contexts
            if context.kind is kind
            and context.change.before
            and context.is_resource
            and (context.type in _HOMES or (context.entry and context.entry.service))
            if network or not context.type.startswith("ec2.")
        ]
        plan.removed_dependents[kind, network] = {
            dependent.urn for root in roots for dependent in plan.graph_before.dependents(root)
        }
    return plan.removed_dependents[kind, network]


_HOMES = ("kubernetes.Namespace",)
