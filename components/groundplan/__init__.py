"""Groundplan: Pulumi components for machine-learning environments on AWS and Kubernetes.

    from groundplan import ArtifactBucket

Components load when they are first asked for, so that the command line starts without the cloud SDKs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundplan.storage.key import EncryptionKey as EncryptionKey
    from groundplan.storage.key import EncryptionKeyArgs as EncryptionKeyArgs

_ROOMS = {
    "EncryptionKey": "groundplan.storage.key",
    "EncryptionKeyArgs": "groundplan.storage.key",
}

__all__ = sorted(_ROOMS)


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'groundplan' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)
