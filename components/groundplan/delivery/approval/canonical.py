"""One form of data for digests and for comparison: canonical JSON, and its leaves by
path."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.manifest import json_text

Leaves = Mapping[str, Any]
"""Path -> the value there: `tags.owner`, `subnetIds[1]`. An empty object or list is a
value of its own, so that its removal is a difference."""


def text(data: Any) -> str:
    """JSON with sorted keys and without whitespace."""
    return json.dumps(json_text.finite(data), sort_keys=True, separators=(",", ":"))


def digest(data: Any) -> str:
    """The digest of data, whatever the order of its keys."""
    return f"sha256:{hashlib.sha256(text(data).encode()).hexdigest()}"


def keyed_digest(data: Any, salt: str) -> str:
    """The digest of data that must not be read from a document. The salt is the
    document's own: equal values of two documents have different digests."""
    return hmac.new(bytes.fromhex(salt), text(data).encode(), hashlib.sha256).hexdigest()[:32]


def leaves(data: Any) -> dict[str, Any]:
    """The values of nested data by path."""
    return dict(_leaves("", data))


def _leaves(path: str, data: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(data, Mapping) and data:
        for key, value in sorted(data.items(), key=lambda item: str(item[0])):
            yield from _leaves(_joined(path, str(key)), value)
    elif isinstance(data, list | tuple) and data:
        for index, value in enumerate(data):
            yield from _leaves(f"{path}[{index}]", value)
    else:
        yield path, data


def _joined(path: str, key: str) -> str:
    plain = key.replace("-", "").replace("_", "").replace(":", "").isalnum()
    step = key if plain else f"[{json.dumps(key)}]"
    return f"{path}.{step}" if path and plain else f"{path}{step}"
