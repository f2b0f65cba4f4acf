"""Training that would be interrupted: nodes that are replaced under it, fewer of them,
or ones that may be taken away."""

from collections.abc import Iterator

from groundplan.diff.changes import Kind
from groundplan.risk import types
from groundplan.risk.context import Case, at, flag, number, objects
from groundplan.risk.downtime import goes_with_another
from groundplan.risk.risk import Danger, Level
from groundplan.risk.wording import count, listed, moved

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
"""Inputs of a group of nodes whose change gives it new nodes, and what they are."""


def nodes(case: Case) -> Iterator[Danger]:
    """A group of nodes that gets new ones in place."""
    if case.type not in POOLS or case.kind is not Kind.UPDATE:
        return
    paths = [path for path in ROLLING if case.changed(path)]
    if paths:
        what = listed(dict.fromkeys(ROLLING[path] for path in paths))
        words = f"{case.told} changes {what}: its nodes are replaced one by one, and jobs on them are interrupted."
        yield case.danger(
            Level.MEDIUM, INTERRUPTION, words, "; ".join(case.moved(path) for path in paths)
        )


def template(case: Case) -> Iterator[Danger]:
    """A launch template that changes under the node groups that follow it."""
    if case.type != "ec2.LaunchTemplate" or case.kind is Kind.DELETE or not case.old:
        return
    touched = [
        key for key in sorted({*case.old, *case.new} - {"tags", "tagsAll"}) if case.changed(key)
    ]
    if not touched and case.kind is not Kind.REPLACE:
        return
    users = [
        resource
        for resource in case.plan.dependents(case.change)
        if types.kind(resource.type) in POOLS
        and case.change.resource.urn
        in {urn for urns in resource.property_dependencies.values() for urn in urns}
        and case.plan.kind_of(resource.urn) in (None, Kind.UPDATE)
        and not str(
            at(resource.inputs, "launchTemplate.version")
        ).isdigit()  # a pinned version stays
    ]
    if users:
        whose = listed([user.name for user in users])
        words = f"{case.told} changes: the nodes of {whose} are replaced one by one, and jobs on them are interrupted."
        yield case.danger(
            Level.MEDIUM,
            INTERRUPTION,
            words,
            "; ".join(case.moved(key) for key in touched) or case.replacing,
        )


def smaller(case: Case) -> Iterator[Danger]:
    """A group of nodes that may grow less."""
    path = {"eks.NodeGroup": "scalingConfig.maxSize", "autoscaling.Group": "maxSize"}.get(case.type)
    if path is None or not (case.old and case.new):
        return
    then, now = (number(value) for value in case.both(path))
    if then is not None and now is not None and now < then:
        most = f"{count(now)} {'node' if now == 1 else 'nodes'} in place of {count(then)}"
        words = f"{case.told} may have {most}: jobs on nodes beyond that are interrupted."
        if now == 0:
            words = f"{case.told} may have no nodes any more: jobs on them are interrupted, and no more start."
        yield case.danger(Level.MEDIUM, INTERRUPTION, words, case.moved(path))


def spot(case: Case) -> Iterator[Danger]:
    """On-demand nodes that turn into spot nodes."""
    if (
        case.type != "eks.NodeGroup"
        or not (case.old and case.new)
        or not case.changed("capacityType")
    ):
        return
    if at(case.new, "capacityType") == "SPOT":
        words = f"{case.told} turns to spot capacity: AWS may take its nodes from under a job at two minutes' notice."
        yield case.danger(Level.MEDIUM, INTERRUPTION, words, case.moved("capacityType"))


def taints(case: Case) -> Iterator[Danger]:
    """Taints that keep jobs off the nodes, or drive them away."""
    if case.type != "eks.NodeGroup" or case.kind is not Kind.UPDATE or not case.changed("taints"):
        return
    old, new = (
        {
            (str(t.get("key")), str(t.get("value", "")), str(t.get("effect")))
            for t in objects(side.get("taints"))
        }
        for side in (case.old, case.new)
    )
    added = sorted(new - old)
    if not added:
        return
    names = listed(
        [f"{key}={value}:{effect}" if value else f"{key}:{effect}" for key, value, effect in added]
    )
    drives = any(effect.upper().replace("_", "") == "NOEXECUTE" for *_, effect in added)
    rest = (
        "are driven off its nodes, and no more start there"
        if drives
        else "no longer start on its nodes"
    )
    words = f"{case.told} gets the {'taint' if len(added) == 1 else 'taints'} {names}: jobs that don't tolerate it {rest}."
    yield case.danger(
        Level.MEDIUM if drives else Level.LOW, INTERRUPTION, words, case.moved("taints")
    )


def upgrade(case: Case) -> Iterator[Danger]:
    """An EKS cluster that is upgraded."""
    if case.type != "eks.Cluster" or case.kind is not Kind.UPDATE or not case.changed("version"):
        return
    then, now = case.both("version")
    steps = [number(str(side).partition(".")[2]) for side in (then, now)]
    if steps[0] is None or steps[1] is None:
        return
    if steps[1] < steps[0]:
        words = f"{case.told} would go back from Kubernetes {then} to {now}: EKS refuses that, and the deployment fails."
    elif steps[1] > steps[0] + 1:
        words = f"{case.told} would skip from Kubernetes {then} to {now}: EKS takes one step at a time, and the deployment fails."
    else:
        words = (
            f"{case.told} is upgraded from Kubernetes {then} to {now}, and can't go back; "
            "its API answers slowly meanwhile, and nodes that follow it are replaced under their jobs."
        )
    yield case.danger(Level.MEDIUM, INTERRUPTION, words, case.moved("version"))


JOBS = {
    "batch.ComputeEnvironment": "jobs that run in it are stopped",
    "batch.JobQueue": "jobs that wait in it are dropped",
    "emr.Cluster": "jobs that run on it are stopped",
    "emrserverless.Application": "jobs that run in it are stopped",
    "sagemaker.TrainingJob": "it is stopped if it still runs",
    "sagemaker.Cluster": "jobs that run on it are stopped",
    "kubernetes.ClusterQueue": "jobs that wait in it don't start, and ones that were let in may be stopped",
    "kubernetes.EC2NodeClass": "the nodes that it describes are replaced, and jobs on them are interrupted",
    "kubernetes.Job": "it is stopped if it still runs",
    "kubernetes.CronJob": "it no longer starts",
    "kubernetes.JobSet": "it is stopped if it still runs",
    "kubernetes.LocalQueue": "jobs that wait in it don't start",
    "kubernetes.NodePool": "its nodes go, and jobs on them are interrupted",
    "kubernetes.PyTorchJob": "it is stopped if it still runs",
    "kubernetes.RayCluster": "jobs that run on it are stopped",
    "kubernetes.RayJob": "it is stopped if it still runs",
    "kubernetes.ResourceFlavor": "jobs that ask for it don't start",
    "kubernetes.TrainJob": "it is stopped if it still runs",
    "fsx.LustreFileSystem": "jobs that read or write it fail",
    "fsx.OpenZfsFileSystem": "jobs that read or write it fail",
    "fsx.OntapFileSystem": "jobs that read or write it fail",
}
"""Type of what training runs in or on -> what its deletion or replacement means."""


def jobs(case: Case) -> Iterator[Danger]:
    """What training runs in or on, deleted or replaced."""
    stops = JOBS.get(case.type)
    if stops is None or not case.goes or goes_with_another(case) or case.was("retainOnDelete"):
        return
    verb = "deleted" if case.kind is Kind.DELETE else "replaced"
    because = "it is no longer in the program" if case.kind is Kind.DELETE else case.replacing
    yield case.danger(Level.MEDIUM, INTERRUPTION, f"{case.told} is {verb}: {stops}.", because)


def throughput(case: Case) -> Iterator[Danger]:
    """A file system that is changed under the jobs that use it."""
    paths = (
        "perUnitStorageThroughput",
        "throughputCapacity",
        "fileSystemTypeVersion",
        "metadataConfiguration",
    )
    if not case.type.startswith("fsx.") or case.kind is not Kind.UPDATE:
        return
    found = [path for path in paths if case.changed(path)]
    if found:
        words = f"{case.told} is changed while it is in use: jobs that read or write it may wait for minutes."
        yield case.danger(
            Level.LOW, INTERRUPTION, words, "; ".join(case.moved(path) for path in found)
        )


def repair(case: Case) -> Iterator[Danger]:
    """A node group whose sick nodes are no longer replaced."""
    path = "nodeRepairConfig.enabled"
    if (
        case.type == "eks.NodeGroup"
        and case.kind is Kind.UPDATE
        and flag(at(case.old, path))
        and not flag(at(case.new, path))
    ):
        words = f"{case.told} no longer replaces sick nodes by itself: jobs hang on a broken GPU until somebody looks."
        yield case.danger(
            Level.LOW, INTERRUPTION, words, moved(path, at(case.old, path), at(case.new, path))
        )
