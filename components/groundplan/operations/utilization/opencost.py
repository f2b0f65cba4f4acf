"""What the teams of the cluster cost, by OpenCost's HTTP API.

OpenCost API documentation, "Allocation API": `/allocation/compute`, which answers with
a set of allocations for each window; `__idle__` is what nobody asked for.
"""

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.operations.utilization.metrics import Window
from groundplan.operations.utilization.prometheus import Unreachable, fetched, shown

IDLE = "__idle__"


@dataclass(frozen=True)
class Share:
    """What a namespace cost in the window, in USD, by OpenCost's prices."""

    namespace: str
    """`__idle__` for what nobody asked for."""
    usd: float
    gpu_usd: float
    gpu_hours: float


def shares(url: str, window: Window) -> list[Share]:
    """Returns the namespaces' shares, the dearest first. Raises `Unreachable`."""
    query = urllib.parse.urlencode(
        {
            "window": f"{_spelled(window.start)},{_spelled(window.end)}",
            "aggregate": "namespace",
            "includeIdle": "true",
            "accumulate": "true",
        }
    )
    answer = fetched(f"{url.rstrip('/')}/allocation/compute?{query}")
    if not isinstance(answer, Mapping) or answer.get("code") != 200:
        raise Unreachable(f"{shown(url)} does not answer as OpenCost does")
    found: dict[str, Share] = {}
    for set_ in answer.get("data") or ():
        for name, entry in (set_ or {}).items():
            found[name] = _sum(found.get(name), _share(name, entry))
    return sorted(found.values(), key=lambda share: (-share.usd, share.namespace))


def _share(name: str, entry: Mapping[str, Any]) -> Share:
    def number(key: str) -> float:
        return float(entry.get(key) or 0.0)

    return Share(name, number("totalCost"), number("gpuCost"), number("gpuHours"))


def _sum(one: Share | None, other: Share) -> Share:
    if one is None:
        return other
    return Share(
        one.namespace,
        one.usd + other.usd,
        one.gpu_usd + other.gpu_usd,
        one.gpu_hours + other.gpu_hours,
    )


def _spelled(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
