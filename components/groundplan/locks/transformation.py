"""Applies the lock of a stack to all that a Pulumi program registers."""

import pathlib
from typing import Any

import pulumi

from groundplan.locks import application, file, node_images
from groundplan.locks.charts import RELEASES
from groundplan.locks.model import Lock
from groundplan.manifest import lock_files


def lock_stack() -> Lock:
    """Reads `lock.<stack>.yaml` beside Pulumi.yaml, and replaces what it has resolved
    in each resource that the program registers from now on; without the file nothing is
    replaced. Returns the lock, for what a program builds texts of. Raises
    `LockError`."""
    root = pulumi.runtime.get_root_directory()
    folder = pathlib.Path(root) if root else pathlib.Path.cwd()
    lock = file.read(lock_files.file_of(folder, pulumi.get_stack())) or Lock()
    if lock:
        apply(lock)
    return lock


def apply(lock: Lock) -> None:
    """Replaces what the lock has resolved in each resource that is registered from now
    on: images, the releases of node groups, charts in OCI registries. Values that are
    outputs stay as they are."""

    def locked(
        resource: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        props: dict[str, Any] = dict(resource.props)
        replaced = application.applied(props, lock) | _added(resource.type_, props, lock)
        if replaced == props:
            return None
        return pulumi.ResourceTransformationResult(replaced, resource.opts)

    pulumi.runtime.register_stack_transformation(locked)


def _added(type_: str, props: dict[str, Any], lock: Lock) -> dict[str, Any]:
    """Returns what a type of resource has in place of a name that moves."""
    if type_ in RELEASES:
        chart = application.with_digest(props.get("chart"), props.get("version"), lock)
        return {"chart": chart}
    if type_ == node_images.NODE_GROUP and props.get("release_version") is None:
        version, ami_type = props.get("version"), props.get("ami_type")
        if isinstance(version, str) and isinstance(ami_type, str):
            entry = lock.by_reference.get(node_images.reference(version, ami_type))
            return {"release_version": entry.resolved} if entry else {}
    return {}
