"""Checksums as S3 keeps them, in one text: `SHA256:<base64>`."""

import base64
import hashlib
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

KNOWN = ("SHA256", "CRC64NVME", "SHA1", "CRC32C", "CRC32")
"""Algorithms of S3, the strongest first (API Reference, `Checksum`)."""


def of_answer(answer: Mapping[str, Any]) -> str:
    """Returns the checksum in an answer of S3 to a request with `ChecksumMode`; the
    ETag, which is no checksum of encrypted content, where S3 keeps none."""
    composite = answer.get("ChecksumType") == "COMPOSITE"
    for algorithm in KNOWN:
        value = answer.get(f"Checksum{algorithm}")
        if value and not composite:
            return f"{algorithm}:{value}"
    return f"ETAG:{str(answer['ETag']).strip(chr(34))}"


def base64_of(digest: bytes) -> str:
    """Returns bytes as S3 writes checksums."""
    return base64.b64encode(digest).decode()


class Verification:
    """A checksum that is computed while content passes."""

    def __init__(self, checksum: str) -> None:
        self._algorithm, _, self._wanted = checksum.partition(":")
        self._sha: Any = None
        self._crc = 0
        if self._algorithm in ("SHA256", "SHA1"):
            self._sha = hashlib.new(self._algorithm.lower(), usedforsecurity=False)
        elif self._algorithm == "ETAG" and is_md5(self._wanted):
            self._sha = hashlib.md5(usedforsecurity=False)
        self._update = _updater(self._algorithm)

    @property
    def possible(self) -> bool:
        """Whether this machine can compute it. An ETag of encrypted or multipart
        content is no checksum; CRC64NVME and CRC32C need the package awscrt."""
        return self._sha is not None or self._update is not None

    def update(self, chunk: bytes) -> None:
        """Takes content."""
        if self._sha is not None:
            self._sha.update(chunk)
        elif self._update is not None:
            self._crc = self._update(chunk, self._crc)

    def holds(self) -> bool:
        """Whether the content has the checksum; true if it can't be computed."""
        if self._sha is not None:
            if self._algorithm == "ETAG":
                return bool(self._sha.hexdigest() == self._wanted)
            return base64_of(self._sha.digest()) == self._wanted
        if self._update is not None:
            width = 8 if self._algorithm == "CRC64NVME" else 4
            return base64_of(self._crc.to_bytes(width, "big")) == self._wanted
        return True


def is_md5(etag: str) -> bool:
    """Whether an ETag may be the MD5 of the content: that of a multipart upload has a
    hyphen."""
    return len(etag) == 32 and "-" not in etag


def _updater(algorithm: str) -> Any:
    if algorithm == "CRC32":
        return zlib.crc32
    if algorithm in ("CRC64NVME", "CRC32C"):
        try:
            import awscrt.checksums  # type: ignore[import-not-found]
        except ImportError:
            return None
        return getattr(awscrt.checksums, algorithm.lower())
    return None


def sha256_of(chunks: Iterable[bytes]) -> bytes:
    """Returns the SHA-256 of content that comes in pieces."""
    found = hashlib.sha256()
    for chunk in chunks:
        found.update(chunk)
    return found.digest()
