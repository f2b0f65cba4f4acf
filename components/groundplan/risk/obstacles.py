"""Obstacles: why the engine, a provider or a service refuses a change, so that `pulumi
up` fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from groundplan.diff.changes import Kind
from groundplan.diff.matching import alias_urns
from groundplan.manifest.model import Resource
from groundplan.risk import physical_names
from groundplan.risk.context import ChangeContext, Plan, at, flag
from groundplan.risk.wording import change_text, listed, readable


@dataclass(frozen=True)
class Reason:
    """A kind of obstacle."""

    one: str
    """The clause for one resource: `a protected resource leaves the program`."""
    many: str
    """The clause for several."""
    fix: str
    """What to do in a program, in the imperative."""
    settings_fix: str = ""
    """What to do in a stack file, where that differs."""
    certain: bool = True
    """Whether `pulumi up` fails for sure; otherwise it isn't known."""


@dataclass(frozen=True)
class Obstacle:
    """One resource that `pulumi up` fails at, or may fail at."""

    reason: Reason
    urn: str
    subject: str
    """`the bucket artifacts`."""
    because: str = ""
    """The cause in the change."""
    source: str = ""
    """The line that caused it: `Pulumi.prod.yaml:12`, `infra/environment.py:48`."""
    setting: str = ""
    """The key of the settings at that line; empty for a line of a program."""


UNPROTECT = (
    "to delete it, remove its protection and run pulumi up first (protect=False, "
    "retain_on_delete as you need); to keep it, leave it in the program, with an alias if it "
    "has a new name or parent"
)
DELETED = Reason(
    "a protected resource leaves the program",
    "protected resources leave the program",
    UNPROTECT,
    "to delete it, set deletionProtection to false and run pulumi up first; to keep it, leave "
    "its section in the settings",
)
REPLACED = Reason(
    "a protected resource would be replaced",
    "protected resources would be replaced",
    "undo the change that forces the replacement, or remove the protection (protect=False)",
    "undo the change that forces the replacement, or set deletionProtection to false",
)
MAY_BE_REPLACED = Reason(
    "it isn't known whether the change of a protected resource replaces it",
    "it isn't known whether changes of protected resources replace them",
    "run pulumi preview with credentials",
    certain=False,
)
GUARDED = Reason(
    "AWS refuses to delete a resource whose deletion protection is on",
    "AWS refuses to delete resources whose deletion protection is on",
    "disable it and run pulumi up first",
    "set deletionProtection to false and run pulumi up first",
)
NO_SNAPSHOT = Reason(
    "a database would be deleted without a name for its final snapshot",
    "databases would be deleted without names for their final snapshots",
    "set final_snapshot_identifier or skip_final_snapshot and run pulumi up first",
)
NOT_EMPTY = Reason(
    "AWS deletes a resource only if it is empty",
    "AWS deletes resources only if they are empty",
    "empty it, or retain it (retain_on_delete=True)",
    "empty it, or leave its section in the settings",
    certain=False,
)
NAME_TAKEN = Reason(
    "a new resource needs a name that an existing one still has",
    "new resources need names that existing ones still have",
    "set delete_before_replace=True, leave the name to Pulumi, or add an alias if it is the "
    "same resource under a new name",
    "choose another name, keep the old key of the section, or do it in two steps: remove it, run "
    "pulumi up, and add it again",
)
SHARE_TAKEN = Reason(
    "a new resource needs what an existing one still has",
    "new resources need what existing ones still have",
    "set delete_before_replace=True, or do it in two steps: remove it, run pulumi up, and add it "
    "again",
    "do it in two steps: remove it, run pulumi up, and add it again",
)
MAY_BE_TAKEN = Reason(
    "it isn't known whether a change replaces a resource, whose name would be taken",
    "it isn't known whether changes replace resources, whose names would be taken",
    "set delete_before_replace=True, or run pulumi preview with credentials",
    "run pulumi preview with credentials",
    certain=False,
)
IMPORT_REPLACED = Reason(
    "a resource with the option import would be replaced",
    "resources with the option import would be replaced",
    "remove import_ from the program",
)
IMPORTED = Reason(
    "an import succeeds only if the inputs are those of the existing resource",
    "imports succeed only if the inputs are those of the existing resources",
    "run pulumi preview with credentials, which compares them",
    certain=False,
)
ALIASED_TWICE = Reason(
    "a resource has an alias that is another resource",
    "resources have aliases that are other resources",
    "remove the alias from all but one of them",
)
NO_URN = Reason(
    "an alias is not a URN",
    "aliases are not URNs",
    'use pulumi.Alias(name="..."), or a whole URN: urn:pulumi:<stack>::<project>::<type>::<name>',
)


def obstacles(plan: Plan) -> Iterator[Obstacle]:
    """Yields all obstacles of a plan, except those that a risk states
    (`prevents_up`)."""
    protected = {c.change.resource.parent for c in plan.contexts if c.is_refused}
    for context in plan.contexts:
        # The children of a protected component inherit its protection.
        if context.is_resource or context.change.resource.urn not in protected:
            yield from _protected(context)
        if context.is_resource:
            for find in OF_RESOURCES:
                yield from find(context)
    yield from _taken_names(plan)
    yield from _aliases(plan)


def _protected(context: ChangeContext) -> Iterator[Obstacle]:
    """Yields the engine deletes and replaces nothing that is protected (pulumi/pulumi,
    pkg/resource/deploy: `step_generator.go`, `DeleteStep`), also where it would be
    retained."""
    if context.is_refused:
        if context.kind is Kind.DELETE:
            yield _obstacle(context, DELETED, "protect: true")
        else:
            yield _obstacle(context, REPLACED, context.causes)
    elif (
        context.change.may_replace
        and context.old_option("protect")
        and context.change.resource.option("protect")
    ):
        unsure = [p for p in context.change.properties if p.replaces is None]
        because = "; ".join(change_text(p.path, p.old, p.new) for p in unsure[:3])
        yield _obstacle(context, MAY_BE_REPLACED, because)


def _guarded(context: ChangeContext) -> Iterator[Obstacle]:
    if context.is_deleted_in_cloud and context.guard:
        yield _obstacle(context, GUARDED, f"{context.guard} is on")


def _without_snapshot(context: ChangeContext) -> Iterator[Obstacle]:
    if context.is_deleted_in_cloud and context.lacks_snapshot_name:
        yield _obstacle(context, NO_SNAPSHOT, "skipFinalSnapshot is false")


def _not_empty(context: ChangeContext) -> Iterator[Obstacle]:
    store = context.entry.data if context.entry else None
    if context.is_deleted_in_cloud and store and store.deletes_contents_if:
        name = store.deletes_contents_if
        if not flag(at(context.old, name)) and not context.is_refused and not context.guard:
            yield _obstacle(context, NOT_EMPTY, f"{name} is not set")


def _imported(context: ChangeContext) -> Iterator[Obstacle]:
    """Yields the engine refuses to replace what is to be imported, as its ID would
    change."""
    after = context.change.after
    if after is None or not after.option("import"):
        return
    if context.kind is Kind.REPLACE:
        yield _obstacle(context, IMPORT_REPLACED, context.causes)
    elif context.kind is Kind.CREATE:
        yield _obstacle(context, IMPORTED, f"import: {after.option('import')}")


def _may_be_taken(context: ChangeContext) -> Iterator[Obstacle]:
    """A change that may replace what would be created before the old one is deleted."""
    after, before = context.change.after, context.change.before
    if after is None or before is None or not context.change.may_replace:
        return
    first = after.option("deleteBeforeReplace")
    if first or (first is None and not physical_names.is_unnamed(after)):
        return
    name = physical_names.identity(after, context.new)
    if name is not None and name == physical_names.identity(before, context.old):
        unsure = [p for p in context.change.properties if p.replaces is None]
        because = "; ".join(change_text(p.path, p.old, p.new) for p in unsure[:3])
        yield _obstacle(context, MAY_BE_TAKEN, because)


OF_RESOURCES: tuple[Callable[[ChangeContext], Iterator[Obstacle]], ...] = (
    _guarded,
    _without_snapshot,
    _not_empty,
    _imported,
    _may_be_taken,
)


def _taken_names(plan: Plan) -> Iterator[Obstacle]:
    """Replacements that are created before the old one is deleted, and new resources
    with the name of another one."""
    taken: dict[physical_names.Identity, Resource] = {}
    for resource in plan.resources_before:
        known = physical_names.identity(resource, resource.inputs)
        if known is not None:
            taken[known] = resource
    for context in plan.contexts:
        after = context.change.after
        if context.kind not in (Kind.CREATE, Kind.REPLACE) or after is None:
            continue
        name = physical_names.identity(after, context.new)
        holder = taken.get(name) if name else None
        if name is None or after.option("import"):
            continue
        if holder is None:
            taken[name] = after
        elif not _moves(context, after) and _is_there(context, holder):
            same = context.change.before is not None and holder.urn == context.change.before.urn
            several = len(physical_names.inputs_of_identity(after)) > 1
            verb = ("stay", "are those") if several else ("stays", "is that")
            rest = f"{verb[0]} the same" if same else f"{verb[1]} of {holder.name}"
            reason = SHARE_TAKEN if physical_names.is_unnamed(after) else NAME_TAKEN
            yield _obstacle(context, reason, f"{_text(after, context)} {rest}")


def _is_there(context: ChangeContext, holder: Resource) -> bool:
    """Returns whether the resource with the name still exists when the new one is
    created: the engine deletes last what it does not delete before its replacement."""
    former = context.plan.context_of(holder.urn)
    if former is None or former.kind is not Kind.REPLACE:
        return True
    causes = [change.path for change in former.change.properties if change.replaces]
    # Another provider or region: only names of buckets are unique in all of them.
    if not causes or ("region" in causes and former.type != "s3.Bucket"):
        return False
    return not former.deletes_first or bool(former.old_option("retainOnDelete"))


def _moves(context: ChangeContext, after: Resource) -> bool:
    """Returns whether an input of the identity comes from a resource that is new
    itself."""
    top = {path.split(".")[0] for path in physical_names.inputs_of_identity(after)}
    return any(
        context.plan.kind_of(urn) in (Kind.CREATE, Kind.REPLACE)
        for name in top
        for urn in after.property_dependencies.get(name, ())
    )


def _text(resource: Resource, context: ChangeContext) -> str:
    paths = [
        path
        for path in physical_names.inputs_of_identity(resource)
        if isinstance(at(context.new, path), str | int | float)
    ]
    return listed(f"{path} {readable(str(at(context.new, path)))}" for path in paths)


def _aliases(plan: Plan) -> Iterator[Obstacle]:
    """Two resources that would be the same former one (`Duplicate resource alias`)."""
    before = {resource.urn for resource in plan.resources_before}
    after = {resource.urn for resource in plan.resources_after}
    claimed: dict[str, str] = {}
    for context in plan.contexts:
        resource = context.change.after
        if resource is None:
            continue
        urns = alias_urns(resource)
        for urn in urns:
            if urn.count("::") < 3 or not urn.startswith("urn:pulumi:"):
                yield _obstacle(context, NO_URN, f"alias {urn}")
        former = next((urn for urn in urns if urn in before), None)
        if resource.urn in before or former is None:
            continue
        if former in after or former in claimed:
            name = former.rsplit("::", 1)[-1]
            yield _obstacle(context, ALIASED_TWICE, f"both are the former {name}")
        claimed[former] = resource.urn


def _obstacle(context: ChangeContext, reason: Reason, because: str = "") -> Obstacle:
    return Obstacle(reason, context.change.resource.urn, context.subject, because)
