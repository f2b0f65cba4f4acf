"""Propagates replacements to dependents: a replaced resource has new outputs, which are
inputs of other resources.

A dependent is replaced where such an input forces replacement, else updated in place.
That repeats until nothing more changes. A few types have new outputs after each update
in place too.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from groundplan.diff import provider_changes
from groundplan.diff.default_providers import urn_of_provider
from groundplan.diff.known_replacements import deletes_first
from groundplan.diff.pending_changes import PendingChange
from groundplan.diff.properties import Differ, Difference
from groundplan.manifest.model import Resource
from groundplan.manifest.property_paths import restored, strings
from groundplan.manifest.symbol_names import unknown_until, with_unknown_outputs

CHANGED_BY_UPDATE: Mapping[str, tuple[str, ...]] = {
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

SHORTEST_VALUE = 5
"""Minimum length of a deployed value that is searched for in other inputs; shorter
values are too common."""


class ReplacementPropagation:
    """Propagates the changes of a stack to the dependents of the changed resources."""

    def __init__(self, pending_changes: Mapping[str, PendingChange], deployed: bool) -> None:
        """`pending_changes` by the URN after the change; `deployed`: the base is a
        deployed state."""
        self._pending_changes = pending_changes
        self._deployed = deployed
        self._by_input: dict[str, list[tuple[PendingChange, str]]] = {}
        self._by_provider: dict[str, list[PendingChange]] = {}
        self._by_replace_with: dict[str, list[PendingChange]] = {}
        for _, pending in sorted(pending_changes.items()):
            after = pending.after
            for name, urns in sorted(after.property_dependencies.items()):
                for urn in urns:
                    self._by_input.setdefault(urn, []).append((pending, name))
            if after.custom:
                self._by_provider.setdefault(urn_of_provider(after), []).append(pending)
            for urn in after.option("replaceWith") or ():
                self._by_replace_with.setdefault(urn, []).append(pending)

    def propagate(self) -> None:
        """Adds the changes of all dependents, direct and indirect, to the pending
        changes."""
        queue = deque(
            urn for urn, pending in sorted(self._pending_changes.items()) if pending.has_changes
        )
        visited: set[tuple[str, bool]] = set()
        while queue:
            urn = queue.popleft()
            cause = self._pending_changes[urn]
            if (urn, cause.replaced) in visited:
                continue
            visited.add((urn, cause.replaced))
            queue.extend(pending.after.urn for pending in self._dependent_changes(cause))

    def _dependent_changes(self, cause: PendingChange) -> Iterator[PendingChange]:
        """Yields the direct dependents that `cause` changes."""
        name, urn = cause.after.name, cause.after.urn
        if not cause.replaced:
            outputs = CHANGED_BY_UPDATE.get(cause.after.type)
            if outputs and cause.properties:
                yield from self._input_changes(cause, outputs, "updated")
            return
        yield from self._input_changes(cause, (), "replaced")
        if provider_changes.is_provider(cause.after.type):
            yield from _forced(self._by_provider.get(urn, ()), f"its provider {name}", urn)
        yield from _forced(self._by_replace_with.get(urn, ()), name, urn)

    def _input_changes(
        self, cause: PendingChange, outputs: tuple[str, ...], operation: str
    ) -> Iterator[PendingChange]:
        """Yields the dependents that have `outputs` of `cause` (empty: any) as
        inputs."""
        urn = cause.after.urn
        for pending, name in self._by_input.get(urn, ()):
            if pending is cause or name not in pending.after.inputs:
                continue
            old = pending.after.inputs
            changed = {**old, name: self._during_replacement(old[name], cause, outputs)}
            new = restored(old, changed, pending.after.option("ignoreChanges") or ())
            differ = Differ(pending.facts.unordered)
            differences = differ.property_differences(name, old[name], new.get(name))
            if not differences and operation == "replaced":
                differences = _replaced_with(cause, pending, name)
            if pending.add_differences(differences, old, new):
                provider_changes.set_replaces(pending, old, new)
                pending.add_cause(cause.after.name, operation, urn)
                yield pending

    def _during_replacement(
        self, value: Any, cause: PendingChange, outputs: tuple[str, ...]
    ) -> Any:
        """A value in which the outputs of `cause` are unknown."""
        value = with_unknown_outputs(value, cause.after.name, outputs)
        if self._deployed and not outputs:
            for text in sorted(
                set(_output_values(cause.before, cause.after)), key=lambda text: (-len(text), text)
            ):
                value = _replaced_text(value, text, unknown_until(cause.after.name))
        return value


def _replaced_with(cause: PendingChange, pending: PendingChange, name: str) -> list[Difference]:
    """Returns the difference that replaces a dependent together with a resource that is
    deleted before its replacement is created, although the value of the input doesn't
    change.

    The engine treats an input that comes from such a resource as unknown, and replaces
    what that would replace (pulumi/pulumi, pkg/resource/deploy,
    `calculateDependentReplacements`): a node group with its cluster, whose name is the
    same.
    """
    unknown = Difference(name, (name,), pending.after.inputs[name], unknown_until(cause.after.name))
    ignored = name in (pending.after.option("ignoreChanges") or ())
    inputs = pending.after.inputs
    replaces = deletes_first(cause) and pending.replaces(
        unknown, inputs, {**inputs, name: unknown.new}
    )
    return [unknown] if replaces and not ignored else []


def _forced(
    pending_changes: Iterable[PendingChange], name: str, urn: str
) -> Iterator[PendingChange]:
    for pending in pending_changes:
        if not pending.forced:
            pending.forced = True
            pending.add_cause(name, "replaced", urn)
            yield pending


def _output_values(before: Resource, after: Resource) -> Iterator[str]:
    """Yields the ID and the ARN that the cloud assigned to a deployed resource."""
    inputs = set(strings(dict(after.inputs)))
    for name in ("id", "arn"):
        text = before.outputs.get(name)
        if isinstance(text, str) and len(text) >= SHORTEST_VALUE and text not in inputs:
            yield text


def _replaced_text(value: Any, text: str, replacement: str) -> Any:
    if isinstance(value, str):
        return value.replace(text, replacement)
    if isinstance(value, Mapping):
        return {key: _replaced_text(item, text, replacement) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced_text(item, text, replacement) for item in value]
    return value
