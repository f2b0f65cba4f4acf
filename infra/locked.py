"""Applies the lock of a stack: in its settings, before they are wired, and in what its
components choose to run.

A stack without a lock file has its references as they are written.
"""

from typing import Any

import pulumi
import settings_file
from groundplan.locks import application, file
from groundplan.locks.model import Lock
from groundplan.manifest import lock_files
from settings import Settings


def of_stack(root: str | None, stack: str) -> Lock:
    """Returns the lock of a stack of the project in `root`, or of the project that the
    program runs in. Raises `LockError`."""
    folder = settings_file.project_folder(root)
    return file.read(lock_files.file_of(folder, stack)) or Lock()


def settings(written: Settings, lock: Lock) -> Settings:
    """Returns the settings with each image that the lock has by its digest."""
    resolved: Settings = application.applied(written, lock)
    return resolved


def lock_resources(lock: Lock) -> None:
    """Replaces the images that components choose themselves, by tag."""

    def locked(
        resource: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        props: dict[str, Any] = dict(resource.props)
        replaced = application.applied(props, lock)
        if replaced == props:
            return None
        return pulumi.ResourceTransformationResult(replaced, resource.opts)

    pulumi.runtime.register_stack_transformation(locked)
