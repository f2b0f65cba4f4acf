"""Whether pods fit on nodes, in every resource that they request."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

EPSILON = 1e-6


@dataclass(frozen=True)
class Resources:
    """What a pod requests, or what a node has left."""

    accelerators: float = 0
    cores: float = 0
    memory_mib: float = 0
    storage_gib: float = 0
    pods: float = 0

    def fits(self, free: "Resources") -> bool:
        """Returns whether the request fits into what is free."""
        return all(
            getattr(self, key) <= getattr(free, key) + EPSILON
            for key in _names()
            if self._asks(key)
        )

    def minus(self, other: "Resources", times: float = 1) -> "Resources":
        """Returns what is left beside a request."""
        return Resources(
            **{key: getattr(self, key) - times * getattr(other, key) for key in _names()}
        )

    def _asks(self, key: str) -> bool:
        return bool(getattr(self, key) > 0)


def _names() -> Sequence[str]:
    return [field.name for field in fields(Resources)]


def fit(nodes: Sequence[Resources], pods: Iterable[Resources]) -> bool:
    """Returns whether pods fit on nodes: first fit, the largest first."""
    free = list(nodes)
    for pod in sorted(pods, key=_size, reverse=True):
        index = next((i for i, node in enumerate(free) if pod.fits(node)), None)
        if index is None:
            return False
        free[index] = free[index].minus(pod)
    return True


def _size(pod: Resources) -> tuple[float, ...]:
    return (pod.accelerators, pod.memory_mib, pod.cores, pod.storage_gib)
