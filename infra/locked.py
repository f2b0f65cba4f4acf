"""Applies the lock of a stack to its settings, before they are wired: some become
texts, which nothing replaces later. What components choose is replaced at registration.

A stack without a lock file has its references as they are written.
"""

from typing import Any

import settings_file
from groundplan.facts import instances
from groundplan.locks import application, file, node_images
from groundplan.locks.model import Lock
from groundplan.manifest import lock_files
from groundplan.training import versions
from groundplan.training.choices import ImageFamily, Provisioner
from groundplan.training.nodes import images
from groundplan.training.nodes.pool_args import SYSTEM_POOL_DEFAULTS
from settings import Settings


def of_stack(root: str | None, stack: str) -> Lock:
    """Returns the lock of a stack of the project in `root`, or of the project that the
    program runs in. Raises `LockError`."""
    folder = settings_file.project_folder(root)
    return file.read(lock_files.file_of(folder, stack)) or Lock()


def settings(written: Settings, lock: Lock) -> Settings:
    """Returns the settings with each image that the lock has by its digest, and each
    managed pool with the release of its machine image."""
    resolved: Settings = application.applied(written, lock)
    training = resolved.get("training")
    if training is None:
        return resolved
    kubernetes = training.get("kubernetes_version", versions.NEWEST)
    pools = {
        name: _released(pool, kubernetes, lock) for name, pool in training.get("pools", {}).items()
    }
    system = {**SYSTEM_POOL_DEFAULTS, **training.get("system_pool", {})}
    of_system = _released(system, kubernetes, lock)
    released: Any = {**training}
    if pools:
        released["pools"] = pools
    if of_system != system:
        own = training.get("system_pool", {})
        released["system_pool"] = {**own, "release_version": of_system["release_version"]}
    return {**resolved, "training": released}


def _released(pool: Any, kubernetes: str, lock: Lock) -> Any:
    """Returns a pool with the release that the lock has for it."""
    instance = instances.find(str(pool.get("instance_type")))
    family = pool.get("image", ImageFamily.AL2023)
    if (
        "release_version" in pool
        or instance is None
        or family not in list(ImageFamily)
        or pool.get("provisioner", Provisioner.MANAGED) != Provisioner.MANAGED
    ):
        return pool
    ami_type = images.ami_type(instance, ImageFamily(family)) or ""
    entry = lock.by_reference.get(node_images.reference(kubernetes, ami_type))
    return {**pool, "release_version": entry.resolved} if entry else pool
