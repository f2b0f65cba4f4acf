"""Interrupted training: nodes that are replaced, fewer nodes, spot capacity, deleted
queues and jobs."""

from collections.abc import Iterator, Mapping
from typing import Any

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
}
"""Inputs of a node group whose change replaces its nodes -> their names."""

REFRESHED = {
    "launchTemplate": "its launch template",
    "launchConfiguration": "its launch configuration",
    "mixedInstancesPolicy": "its instance types",
}
"""Inputs of an Auto Scaling group whose change replaces its nodes if it has an instance
refresh (terraform-provider-aws, autoscaling/group.go) -> their names."""

VERSIONS = (
    "launchTemplate.version",
    "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.version",
)
"""Where a group or node group names the version of its launch template."""

_ONE_BY_ONE = "its nodes are replaced one by one, and jobs on them are interrupted"
_LATER = "new nodes start with that, and those that run stay as they are until they are replaced"


def nodes(context: ChangeContext) -> Iterator[Risk]:
    """A node group or an Auto Scaling group whose nodes are replaced."""
    if context.type not in POOLS or context.kind is not Kind.UPDATE:
        return
    inputs = REFRESHED if context.type == "autoscaling.Group" else ROLLING
    paths = [path for path in inputs if context.changed(path)]
    if paths:
        what = listed(dict.fromkeys(inputs[path] for path in paths))
        replaces = context.type != "autoscaling.Group" or _refreshes(context.new)
        yield context.risk(
            Level.MEDIUM if replaces else Level.LOW,
            INTERRUPTION,
            f"{context.subject} changes {what}: {_ONE_BY_ONE if replaces else _LATER}.",
            "; ".join(context.change_text(path) for path in paths),
        )


def launch_template(context: ChangeContext) -> Iterator[Risk]:
    """A launch template whose change replaces the nodes of the groups that follow it,
    or that only new nodes start with."""
    if context.type != "ec2.LaunchTemplate" or context.kind is Kind.DELETE or not context.old:
        return
    touched = [
        key
        for key in sorted({*context.old, *context.new} - {"tags", "tagsAll"})
        if context.changed(key)
    ]
    if not touched and context.kind is not Kind.REPLACE:
        return
    because = "; ".join(context.change_text(key) for key in touched) or context.causes
    replaced, later = _followers(context)
    if replaced:
        words = (
            f"{context.subject} changes: the nodes of {listed(replaced)} are replaced one by one, "
            "and jobs on them are interrupted."
        )
        yield context.risk(Level.MEDIUM, INTERRUPTION, words, because)
    if later:
        words = (
            f"{context.subject} changes: new nodes of {listed(later)} start with that, and those "
            "that run stay as they are until they are replaced."
        )
        yield context.risk(Level.LOW, INTERRUPTION, words, because)


def _followers(context: ChangeContext) -> tuple[list[str], list[str]]:
    """Returns the names of the groups whose nodes a launch template's change replaces,
    and of those that only start new nodes with it.

    The nodes are replaced where the version that the group names changes with the
    template: it is an output of the template. `$Latest` and `$Default` stay the same,
    so that the provider doesn't update the group."""
    urn = context.change.resource.urn
    replaced: list[str] = []
    later: list[str] = []
    for user in context.plan.dependents(context.change):
        uses = {used for urns in user.property_dependencies.values() for used in urns}
        if catalog.key(user.type) not in POOLS or urn not in uses:
            continue
        if context.plan.kind_of(user.urn) not in (None, Kind.UPDATE):
            continue
        versions = [str(at(user.inputs, path)) for path in VERSIONS]
        if any(version.isdigit() for version in versions):
            continue  # a pinned version doesn't change
        follows = context.kind is Kind.REPLACE or any("${" in version for version in versions)
        refreshed = catalog.key(user.type) != "autoscaling.Group" or _refreshes(user.inputs)
        (replaced if follows and refreshed else later).append(user.name)
    return replaced, later


def _refreshes(inputs: Mapping[str, Any]) -> bool:
    """Returns whether a change of an Auto Scaling group replaces its nodes."""
    return bool(objects(inputs.get("instanceRefresh")))


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


def lower_size(context: ChangeContext) -> Iterator[Risk]:
    """A node group whose number of nodes is lowered."""
    paths = {
        "eks.NodeGroup": ("scalingConfig.desiredSize", "scalingConfig.maxSize"),
        "autoscaling.Group": ("desiredCapacity", "maxSize"),
    }.get(context.type)
    if paths is None or not (context.old and context.new):
        return
    path, most = paths
    then, now = (number(value) for value in context.values(path))
    if then is None or now is None or now >= then:
        return
    highest, lower = (number(value) for value in context.values(most))
    if highest is not None and lower is not None and lower < highest:
        return  # the lower maximum is reported
    words = (
        f"{context.subject} is told to have {count(now)} {'node' if now == 1 else 'nodes'} in "
        f"place of {count(then)}: those beyond are stopped, with what runs on them."
    )
    yield context.risk(Level.MEDIUM, INTERRUPTION, words, context.change_text(path))


def at_once(context: ChangeContext) -> Iterator[Risk]:
    """A node group that may update more nodes at once."""
    if context.type != "eks.NodeGroup" or not (context.old and context.new):
        return
    path = "updateConfig.maxUnavailablePercentage"
    now = number(at(context.new, path))
    if now is not None and now >= 50 and context.changed(path):
        words = f"{context.subject} may update {count(now)} % of its nodes at once."
        yield context.risk(Level.LOW, INTERRUPTION, words, context.change_text(path))


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
