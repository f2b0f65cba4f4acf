"""The journal of the runs of a pipeline: one folder a run, each document written once.

    pipelines/<pipeline>/runs/<number>/begun.json    why, and what the run is named
                                       inputs-*.gz   the objects that it reads
                                       <step>.json   that a step is done
                                       ended.json    what came of it
    pipelines/<pipeline>/dead-letters/<run>.json     a run that failed
    pipelines/<pipeline>/asked                       a person asks for a run
    pipelines/<pipeline>/latest.json                 a hint: a run that exists

S3 grants a document to one of two drivers, so that both go on from the same one.
"""

import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.data.pipeline.engine.cluster.inputs import RawObject
from groundplan.data.versions.bucket import Bucket

BEGUN, ENDED, INPUTS, CONSUMED = "begun", "ended", "inputs", "consumed"


class Journal:
    """The runs in a bucket, by their numbers from 1."""

    def __init__(self, bucket: Bucket, folder: str) -> None:
        self.bucket, self._folder = bucket, folder

    def latest(self) -> int:
        """Returns the number of the last run; 0 if there is none. The hint may be late,
        and is never ahead."""
        hint = self.bucket.document(f"{self._folder}latest.json")
        number = int(hint[0]["number"]) if hint else 0
        while self.read(number + 1, BEGUN) is not None:
            number += 1
        return number

    def point(self, number: int) -> None:
        """Says where `latest` may begin to look."""
        self.bucket.s3.put_object(
            Bucket=self.bucket.name,
            Key=f"{self._folder}latest.json",
            Body=json.dumps({"number": number}).encode(),
            ContentType="application/json",
        )

    def key(self, number: int, name: str, kind: str = "json") -> str:
        """Returns the key of a document."""
        return f"{self._folder}runs/{number:06d}/{name}.{kind}"

    def read(self, number: int, name: str) -> dict[str, Any] | None:
        """Returns a document of a run, None if it is not there."""
        found = self.bucket.document(self.key(number, name))
        return found[0] if found else None

    def write(self, number: int, name: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Writes a document, and returns it; if it is there, the one that is."""
        content = json.dumps(document, sort_keys=True).encode()
        if self.bucket.create(self.key(number, name), content):
            return dict(document)
        found = self.read(number, name)
        return dict(document) if found is None else found

    def write_objects(self, key: str, objects: Sequence[RawObject]) -> None:
        """Writes a list of objects, unless it is there: the same objects are the same
        bytes."""
        lines = "".join(f"{json.dumps(vars(item), sort_keys=True)}\n" for item in objects)
        content = gzip.compress(lines.encode(), mtime=0)
        self.bucket.create(key, content, ContentType="application/gzip")

    def objects(self, key: str) -> list[RawObject]:
        """Returns a list of objects; empty without a key."""
        stored = self.bucket.get(key) if key else None
        if stored is None:
            return []
        with gzip.open(io.BytesIO(stored.content), "rt", encoding="utf-8") as lines:
            return [RawObject(**json.loads(line)) for line in lines]

    def add_dead_letter(self, run: str, document: Mapping[str, Any]) -> None:
        """Records a run that failed, with what it has read."""
        content = json.dumps(document, sort_keys=True, indent=1).encode()
        self.bucket.create(f"{self._folder}dead-letters/{run}.json", content)

    def dead_letters(self) -> Iterator[dict[str, Any]]:
        """Yields the runs that failed, and that nobody has removed."""
        for item in self.bucket.keys(f"{self._folder}dead-letters/"):
            found = self.bucket.document(item["Key"])
            if found:
                yield found[0]

    def asked(self) -> str:
        """Returns what identifies the last request of a person; empty without one."""
        for item in self.bucket.keys(f"{self._folder}asked"):
            if item["Key"] == f"{self._folder}asked":
                return str(item["LastModified"].isoformat())
        return ""
