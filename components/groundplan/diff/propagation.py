"""What a change does to others: a resource that is made anew has new outputs, and those
are other resources' inputs.

A dependent is replaced itself where such an input forces replacement, else updated in
place; that goes on until nothing more changes. A few types put out something new with
every update in place too.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from groundplan.diff import provider_changes
from groundplan.diff.known_replacements import deleted_first
from groundplan.diff.matching import Matching
from groundplan.diff.pending_changes import Draft
from groundplan.diff.properties import Differ, Difference
from groundplan.manifest.model import Resource
from groundplan.manifest.property_paths import leaves, restored
from groundplan.manifest.symbol_names import unsettled

NEW_WITH_UPDATE: Mapping[str, tuple[str, ...]] = {
    "aws:ec2/launchTemplate:LaunchTemplate": ("latestVersion", "defaultVersion"),
    "aws:lambda/function:Function": ("version", "qualifiedArn", "qualifiedInvokeArn"),
    "aws:lambda/layerVersion:LayerVersion": ("version",),
    "aws:imagebuilder/imagePipeline:ImagePipeline": ("dateUpdated",),
    "aws:s3/bucketObjectv2:BucketObjectv2": ("versionId", "etag"),
    "aws:s3/bucketObject:BucketObject": ("versionId", "etag"),
    "aws:ssm/parameter:Parameter": ("version",),
    "aws:appconfig/deployment:Deployment": ("deploymentNumber",),
}
"""Outputs that have a new value after an update in place (the provider marks them as
unknown in its plan)."""

COMMONEST = 5
"""Characters that a value has at least which is taken to come from a deployed resource;
shorter ones are too common."""


class Ripple:
    """Follows the changes of a stack to what depends on them."""

    def __init__(self, drafts: Mapping[str, Draft], matching: Matching, deployed: bool) -> None:
        self._drafts = drafts
        self._matching = matching
        self._deployed = deployed
        self._index: dict[str, list[tuple[Draft, str]]] = {}
        self._managed: dict[str, list[Draft]] = {}
        self._with: dict[str, list[Draft]] = {}
        for _, draft in sorted(drafts.items()):
            after = draft.after
            for name, urns in sorted(after.property_dependencies.items()):
                for urn in urns:
                    self._index.setdefault(urn, []).append((draft, name))
            self._managed.setdefault(after.option("provider") or "", []).append(draft)
            for urn in after.option("replaceWith") or ():
                self._with.setdefault(urn, []).append(draft)

    def spread(self) -> None:
        """Add to the drafts what follows from those that change, to the end."""
        queue = deque(urn for urn, draft in sorted(self._drafts.items()) if draft.touched)
        told: set[tuple[str, bool]] = set()
        while queue:
            urn = queue.popleft()
            cause = self._drafts[urn]
            if (urn, cause.replaced) in told:
                continue
            told.add((urn, cause.replaced))
            queue.extend(draft.after.urn for draft in self._hit(cause))

    def _hit(self, cause: Draft) -> Iterator[Draft]:
        """The drafts that change because of one that does."""
        name, urn = cause.after.name, cause.after.urn
        if not cause.replaced:
            outputs = NEW_WITH_UPDATE.get(cause.after.type)
            if outputs and cause.properties:
                yield from self._through_inputs(cause, outputs, "updated")
            return
        yield from self._through_inputs(cause, (), "replaced")
        if provider_changes.is_provider(cause.after.type):
            yield from _forced(self._managed.get(urn, ()), f"its provider {name}")
        yield from _forced(self._with.get(urn, ()), name)

    def _through_inputs(self, cause: Draft, outputs: tuple[str, ...], what: str) -> Iterator[Draft]:
        for draft, name in self._index.get(cause.after.urn, ()):
            if draft is cause or name not in draft.after.inputs:
                continue
            old = draft.after.inputs
            new = {**old, name: self._anew(old[name], cause, outputs)}
            kept = restored(old, new, draft.after.option("ignoreChanges") or ())
            differ = Differ(draft.facts.unordered)
            differences = differ.between(name, old[name], kept.get(name))
            if not differences and what == "replaced":
                differences = _gone_with(cause, draft, name)
            if draft.add(differences):
                provider_changes.settle(draft, old, kept)
                draft.because(cause.after.name, what)
                yield draft

    def _anew(self, value: Any, cause: Draft, outputs: tuple[str, ...]) -> Any:
        """A value while `cause` is made anew."""
        value = unsettled(value, cause.after.name, outputs)
        if self._deployed and not outputs:
            for text in sorted(
                set(_values(cause.before, cause.after)), key=lambda text: (-len(text), text)
            ):
                value = _without(value, text, "${unknown until " + cause.after.name + "}")
        return value


def _gone_with(cause: Draft, draft: Draft, name: str) -> list[Difference]:
    """What of a dependent goes with a resource that is deleted before the new one is
    made, though its value stays.

    The engine takes an input that comes from such a resource as unknown, and replaces
    what that would replace (pulumi/pulumi, pkg/resource/deploy,
    `calculateDependentReplacements`): a node group with its cluster, whose name is the
    same.
    """
    unknown = Difference(
        name, (name,), draft.after.inputs[name], "${unknown until " + cause.after.name + "}"
    )
    ignored = name in (draft.after.option("ignoreChanges") or ())
    return (
        [unknown] if not ignored and deleted_first(cause) and draft.facts.verdict(unknown) else []
    )


def _forced(drafts: Iterable[Draft], name: str) -> Iterator[Draft]:
    for draft in drafts:
        if not draft.forced:
            draft.forced = True
            draft.because(name, "replaced")
            yield draft


def _values(before: Resource, after: Resource) -> Iterator[str]:
    """The texts that only the cloud gave a deployed resource: its ID, its ARN."""
    given = set(leaves(dict(after.inputs)))
    for name in ("id", "arn"):
        text = before.outputs.get(name)
        if isinstance(text, str) and len(text) >= COMMONEST and text not in given:
            yield text


def _without(value: Any, text: str, instead: str) -> Any:
    if isinstance(value, str):
        return value.replace(text, instead)
    if isinstance(value, Mapping):
        return {key: _without(item, text, instead) for key, item in value.items()}
    return [_without(item, text, instead) for item in value] if isinstance(value, list) else value
