"""An object of a bucket as a file that can be read from any place: a reader of Parquet
needs the end first, and then some columns."""

import io
from typing import Any

BUFFER = 1 << 20


class RangedObject(io.RawIOBase):
    """Reads ranges of an object. All are of one version: if the object is replaced in
    between, S3 refuses the next range (`If-Match`)."""

    def __init__(self, s3: Any, where: dict[str, str]) -> None:
        super().__init__()
        head = s3.head_object(**where)
        self._s3 = s3
        self._where = {**where, "IfMatch": head["ETag"]}
        self._size, self._place = int(head["ContentLength"]), 0

    def readable(self) -> bool:
        """Returns True."""
        return True

    def seekable(self) -> bool:
        """Returns True."""
        return True

    def tell(self) -> int:
        """Returns the place of the next byte."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Reads bytes into a buffer, and returns how many."""
        wanted = min(len(buffer), self._size - self._place)
        if wanted <= 0:
            return 0
        last = self._place + wanted - 1
        answer = self._s3.get_object(**self._where, Range=f"bytes={self._place}-{last}")
        with answer["Body"] as body:
            content = body.read()
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)


def opened(s3: Any, where: dict[str, str]) -> io.BufferedReader:
    """Returns an object as a file, which reads a megabyte at a time."""
    return io.BufferedReader(RangedObject(s3, where), BUFFER)
