"""Documents of the analysis: JSON with one spelling, so that equal content has equal
bytes and one digest."""

import hashlib
import json
import math
from abc import ABC, abstractmethod
from typing import Any


class InvalidDocument(Exception):
    """A document is not what its reader expects; the message names the document's part
    and the fix."""


DIGITS = 10
"""Significant digits of a published number: what two builds of a library of statistics
agree on."""


def canonical(document: Any) -> bytes:
    """Returns a document's bytes: sorted keys, no spaces, no number that JSON has no
    spelling for."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(document: Any) -> str:
    """Returns the digest of a document's bytes."""
    return f"sha256:{hashlib.sha256(canonical(document)).hexdigest()}"


class Document(ABC):
    """What is written as a document."""

    @abstractmethod
    def document(self) -> dict[str, Any]:
        """Returns plain data."""

    @property
    def digest(self) -> str:
        """The digest of the document."""
        return digest(self.document())

    def content(self) -> bytes:
        """Returns the document's bytes: equal for equal rows, in any order of
        shards."""
        return canonical(self.document())


def parsed(content: bytes | str, kind: str, schema: int) -> dict[str, Any]:
    """Returns a document that was written as bytes. Raises `InvalidDocument` unless it
    is of that kind and schema."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidDocument(f"the {kind} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("kind") != kind:
        raise InvalidDocument(f"the document is no {kind}. Fix: pass the key of a {kind}")
    if document.get("schema") != schema:
        raise InvalidDocument(
            f"the {kind} has schema {document.get('schema')!r}, this version reads {schema}. "
            "Fix: create it again with this version"
        )
    return document


def rounded(value: float | None) -> float | None:
    """Returns a number with ten significant digits; None for what is not finite."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{DIGITS}g}")


def hash64(text: str, salt: str = "") -> int:
    """Returns 64 bits that depend on a text alone: the same on every machine."""
    content = f"{salt}\0{text}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")
