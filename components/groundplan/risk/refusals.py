"""Changes in place that a provider or a service refuses, so that `pulumi up` fails."""

from collections.abc import Iterator

from groundplan import catalog
from groundplan.diff.changes import Kind
from groundplan.diff.value_rules.kubernetes import quantity
from groundplan.manifest.model import Resource
from groundplan.manifest.symbol_names import names
from groundplan.risk.context import ChangeContext, at, flag
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text

REFUSED = "refused"
STORAGE = "spec.resources.requests.storage"


def refused(context: ChangeContext) -> Iterator[Risk]:
    """Yields the reasons for which an update is refused, each with the properties that
    it is about."""
    reasons: dict[str, list[str]] = {}
    for change in context.change.refusals:
        texts = reasons.setdefault(change.refused, [])
        texts.append(change_text(change.path, change.old, change.new))
    for why, texts in reasons.items():
        yield _risk(context, why, texts)


def _risk(context: ChangeContext, why: str, texts: list[str]) -> Risk:
    words = f"the update of {context.subject} is refused: {why}."
    return context.risk(Level.MEDIUM, REFUSED, words, "; ".join(texts[:5]), prevents_up=True)


def expanded(context: ChangeContext) -> Iterator[Risk]:
    """A claim that grows although its storage class doesn't allow that
    (https://kubernetes.io/docs/concepts/storage/persistent-volumes)."""
    if context.type != "kubernetes.PersistentVolumeClaim" or context.kind is not Kind.UPDATE:
        return
    then, now = (quantity(value) for value in context.values(STORAGE))
    storage_class = _storage_class(context)
    if then is None or now is None or now <= then or storage_class is None:
        return
    if not flag(storage_class.inputs.get("allowVolumeExpansion")):
        why = f"the storage class {storage_class.name} has no allowVolumeExpansion"
        yield _risk(context, why, [context.change_text(STORAGE)])


def _storage_class(context: ChangeContext) -> Resource | None:
    """Returns the storage class of a claim, where it is in the program."""
    name = str(at(context.new, "spec.storageClassName"))
    for resource in context.plan.resources_after:
        if catalog.key(resource.type) != "kubernetes.StorageClass":
            continue
        if name == at(resource.inputs, "metadata.name") or resource.name in names(name):
            return resource
    return None
