"""Sorting more than memory holds: sorted runs in a temporary file each, merged."""

import heapq
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from operator import attrgetter
from typing import IO

from groundplan.data.versions.sources import SourceObject

RUN = 100_000
"""Objects that are sorted in memory: about 50 MB."""


def by_path(objects: Iterable[SourceObject], run: int = RUN) -> Iterator[SourceObject]:
    """Yields objects in the order of their paths."""
    found = iter(objects)
    with ExitStack() as files:
        runs: list[Iterator[SourceObject]] = []
        while batch := sorted(islice(found, run), key=attrgetter("path")):
            if len(batch) < run and not runs:
                yield from batch
                return
            runs.append(_spilled(files, batch))
        yield from heapq.merge(*runs, key=attrgetter("path"))


def _spilled(files: ExitStack, batch: list[SourceObject]) -> Iterator[SourceObject]:
    opened = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (closed by the stack)
    file: IO[str] = files.enter_context(opened)
    for item in batch:
        file.write(f"{json.dumps(list(vars(item).values()))}\n")
    file.seek(0)
    return (SourceObject(*json.loads(line)) for line in file)
