"""Interrupted training: nodes that are replaced, fewer nodes, spot capacity, deleted
queues and jobs."""

from collections.abc import Iterator

from groundplan import catalog
from groundplan.diff.changes import Kind
from groundplan.risk.context import ChangeContext, at, flag, number, objects
from groundplan.risk.downtime import goes_with_another
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text, count, listed

INTERRUPTION = "interruption"

POOLS = ("eks.NodeGroup", "autoscaling.Group")

ROLLING = {
    "launchTemplate": "its launch template",
    "version": "its Kubernetes version",
    "releaseVersion": "its machine image",
    "amiType": "its machine image",
    "instanceTypes": "its instance types",
    "diskSize": "its disks",
    "mixedInstancesPolicy": "its instance types",
}
"""Inputs of a node group whose change replaces its nodes -> their names."""


def nodes(context: ChangeContext) -> Iterator[Risk]:
    """A node group whose nodes are replaced."""
    if context.type not in POOLS or context.kind is not Kind.UPDATE:
        return
    paths = [path for path in ROLLING if context.changed(path)]
    if paths:
        what = listed(dict.fromkeys(ROLLING[path] for path in paths))
        words = (
            f"{context.subject} changes {what}: its nodes are replaced one by one, and jobs on "
            "them are interrupted."
        )
        yield context.risk(
            Level.MEDIUM,
            INTERRUPTION,
            words,
            "; ".join(context.change_text(path) for path in paths),
        )


def launch_template(context: ChangeContext) -> Iterator[Risk]:
    """A launch template whose change replaces the nodes of node groups."""
    if context.type != "ec2.LaunchTemplate" or context.kind is Kind.DELETE or not context.old:
        return
    touched = [
        key
        for key in sorted({*context.old, *context.new} - {"tags", "tagsAll"})
        if context.changed(key)
    ]
    if not touched and context.kind is not Kind.REPLACE:
        return
    users = [
        resource
        for resource in context.plan.dependents(context.change)
        if catalog.key(resource.type) in POOLS
        and context.change.resource.urn
        in {urn for urns in resource.property_dependencies.values() for urn in urns}
        and context.plan.kind_of(resource.urn) in (None, Kind.UPDATE)
        and not str(
            at(resource.inputs, "launchTemplate.version")
        ).isdigit()  # a pinned version doesn't change
    ]
    if users:
        whose = listed([user.name for user in users])
        words = (
            f"{context.subject} changes: the nodes of {whose} are replaced one by one, and jobs "
            "on them are interrupted."
        )
        yield context.risk(
            Level.MEDIUM,
            INTERRUPTION,
            words,
            "; ".join(context.change_text(key) for key in touched) or context.causes,
        )


def lower_maximum(context: ChangeContext) -> Iterator[Risk]:
    """A node group with a lower maximum."""
    path = {"eks.NodeGroup": "scalingConfig.maxSize", "autoscaling.Group": "maxSize"}.get(
        context.type
    )
    if path is None or not (context.old and context.new):
        return
    then, now = (number(value) for value in context.values(path))
    if then is not None and now is not None and now < then:
        most = f"{count(now)} {'node' if now == 1 else 'nodes'} in place of {count(then)}"
        words = f"{context.subject} may have {most}: jobs on nodes beyond that are interrupted."
        if now == 0:
            words = (
                f"{context.subject} may have no nodes any more: jobs on them are interrupted, "
                "and no more start."
            )
        yield context.risk(Level.MEDIUM, INTERRUPTION, words, context.change_text(path))


def spot(context: ChangeContext) -> Iterator[Risk]:
    """A node group that switches from on-demand to spot capacity."""
    if (
        context.type != "eks.NodeGroup"
        or not (context.old and context.new)
        or not context.changed("capacityType")
    ):
        return
    if at(context.new, "capacityType") == "SPOT":
        words = (
            f"{context.subject} switches to spot capacity: AWS may terminate its nodes, and the "
            "jobs on them, at two minutes' notice."
        )
        yield context.risk(Level.MEDIUM, INTERRUPTION, words, context.change_text("capacityType"))


def taints(context: ChangeContext) -> Iterator[Risk]:
    """Added taints, which keep jobs off the nodes or evict them."""
    if (
        context.type != "eks.NodeGroup"
        or context.kind is not Kind.UPDATE
        or not context.changed("taints")
    ):
        return
    old, new = (
        {
            (str(t.get("key")), str(t.get("value", "")), str(t.get("effect")))
            for t in objects(side.get("taints"))
        }
        for side in (context.old, context.new)
    )
    added = sorted(new - old)
    if not added:
        return
    names = listed(
        [f"{key}={value}:{effect}" if value else f"{key}:{effect}" for key, value, effect in added]
    )
    drives = any(effect.upper().replace("_", "") == "NOEXECUTE" for *_, effect in added)
    rest = (
        "are evicted from its nodes, and no more start there"
        if drives
        else "no longer start on its nodes"
    )
    words = (
        f"{context.subject} gets the {'taint' if len(added) == 1 else 'taints'} {names}: jobs "
        f"that don't tolerate it {rest}."
    )
    yield context.risk(
        Level.MEDIUM if drives else Level.LOW, INTERRUPTION, words, context.change_text("taints")
    )


def upgrade(context: ChangeContext) -> Iterator[Risk]:
    """An EKS cluster that is upgraded."""
    if (
        context.type != "eks.Cluster"
        or context.kind is not Kind.UPDATE
        or not context.changed("version")
    ):
        return
    then, now = context.values("version")
    if context.change.refusals or not all("." in str(side) for side in (then, now)):
        return
    words = (
        f"{context.subject} is upgraded from Kubernetes {then} to {now}, and can't be downgraded; "
        "its API server responds slowly meanwhile, and jobs on nodes that follow it are "
        "interrupted."
    )
    yield context.risk(Level.MEDIUM, INTERRUPTION, words, context.change_text("version"))


def jobs(context: ChangeContext) -> Iterator[Risk]:
    """Deleted or replaced jobs, queues, pools and file systems."""
    stops = context.entry.interrupts if context.entry else ""
    if (
        not stops
        or not context.is_removed
        or goes_with_another(context)
        or context.old_option("retainOnDelete")
    ):
        return
    verb = "deleted" if context.kind is Kind.DELETE else "replaced"
    because = "it is no longer in the program" if context.kind is Kind.DELETE else context.causes
    yield context.risk(
        Level.MEDIUM, INTERRUPTION, (f"{context.subject} is {verb}: {stops}."), because
    )


def throughput(context: ChangeContext) -> Iterator[Risk]:
    """A file system that is updated while jobs use it."""
    paths = (
        "perUnitStorageThroughput",
        "throughputCapacity",
        "fileSystemTypeVersion",
        "metadataConfiguration",
    )
    if not context.type.startswith("fsx.") or context.kind is not Kind.UPDATE:
        return
    changed = [path for path in paths if context.changed(path)]
    if changed:
        words = (
            f"{context.subject} is changed while it is in use: jobs that read or write it may "
            "stall for minutes."
        )
        yield context.risk(
            Level.LOW, INTERRUPTION, words, "; ".join(context.change_text(path) for path in changed)
        )


def repair(context: ChangeContext) -> Iterator[Risk]:
    """A node group that no longer repairs unhealthy nodes."""
    path = "nodeRepairConfig.enabled"
    if (
        context.type == "eks.NodeGroup"
        and context.kind is Kind.UPDATE
        and flag(at(context.old, path))
        and not flag(at(context.new, path))
    ):
        words = (
            f"{context.subject} no longer repairs unhealthy nodes: jobs hang on a broken GPU "
            "until its node is replaced by hand."
        )
        yield context.risk(
            Level.LOW,
            INTERRUPTION,
            words,
            change_text(path, at(context.old, path), at(context.new, path)),
        )
