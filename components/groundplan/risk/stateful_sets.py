"""Volumes that Kubernetes deletes with the pods of a stateful set (Kubernetes:
StatefulSets, "PersistentVolumeClaim retention")."""

from collections.abc import Iterator

from groundplan.risk.context import ChangeContext, at, number
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import count

DATA_LOSS = "data-loss"
POLICY = "spec.persistentVolumeClaimRetentionPolicy"
MEANS = {
    "whenDeleted": "when it is deleted",
    "whenScaled": "of pods that it no longer has when it is scaled down",
}


def claims(context: ChangeContext) -> Iterator[Risk]:
    """Volumes that are deleted with pods, at once or from now on."""
    if context.type != "kubernetes.StatefulSet" or not context.old:
        return
    path = f"{POLICY}.whenDeleted"
    if context.is_removed:
        if at(context.old, path) == "Delete" and not context.old_option("retainOnDelete"):
            words = f"the volumes of {context.subject} are deleted with it, with all data on them."
            yield context.risk(Level.HIGH, DATA_LOSS, words, f"{path} is Delete")
        return
    then, now = (number(value) for value in context.values("spec.replicas"))
    scaled = at(context.new, f"{POLICY}.whenScaled") == "Delete"
    if scaled and then is not None and now is not None and now < then:
        pods = "pod" if then - now == 1 else "pods"
        words = (
            f"the volumes of {count(then - now)} {pods} of {context.subject} are deleted, with "
            "all data on them."
        )
        because = f"{context.change_text('spec.replicas')}; {POLICY}.whenScaled is Delete"
        yield context.risk(Level.HIGH, DATA_LOSS, words, because)
    for name, when in MEANS.items():
        path = f"{POLICY}.{name}"
        if at(context.new, path) == "Delete" and at(context.old, path) != "Delete":
            words = f"{context.subject} now deletes its volumes {when}."
            yield context.risk(Level.MEDIUM, DATA_LOSS, words, context.change_text(path))
