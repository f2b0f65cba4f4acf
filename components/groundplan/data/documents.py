"""Documents of dataset versions: JSON with one spelling, so that equal content has
equal bytes and one digest."""

import hashlib
import json
from typing import Any


def canonical(document: Any) -> bytes:
    """Returns a document's bytes: sorted keys, no spaces, UTF-8, no number that JSON
    has no spelling for."""
    text = json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8", "surrogatepass")


def digest(content: bytes) -> str:
    """Returns `sha256:` and the digits of the content's SHA-256."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
