"""The journal of an endpoint's runs in S3: what is true of them.

    <prefix><endpoint>/triggers/<trigger>.json    what asked for a run
    <prefix><endpoint>/answers/<trigger>.json     what came of it
    <prefix><endpoint>/lock.json                  the plan of the run that is open
    <prefix><endpoint>/runs/<run>/begun.json      the same plan
    <prefix><endpoint>/runs/<run>/<step>.json     what a step came to
    <prefix><endpoint>/runs/<run>/verdict.json    its outcome, once it is decided
    <prefix><endpoint>/runs/<run>/ended.json      the outcome, and what it cost

All are written once (`release.engine.objects`), so whatever is repeated, late or at the
same time changes nothing. Times are S3's. The lock has an owner, the run, and no
expiry: those who continue follow its plan, and the steps' own limits end a run.
"""

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine.errors import Unreadable
from groundplan.release.engine.objects import Entry, Objects
from groundplan.retraining.engine.settings import RetrainingSettings

LOCK = "lock.json"
BEGUN, VERDICT, ENDED = "begun", "verdict", "ended"


@dataclass(frozen=True)
class Note:
    """An object of the journal."""

    data: Mapping[str, Any]
    etag: str
    at: datetime.datetime | None
    """When S3 stored it."""
    age: float
    """Seconds since, by S3's clock; 0 if S3 does not say."""


class Journal(Objects):
    """The journal of one endpoint."""

    def __init__(self, s3: Any, settings: RetrainingSettings) -> None:
        super().__init__(s3, settings.bucket, settings.root, settings.kms_key_arn or None)

    def read(self, name: str) -> Note | None:
        """An object, if it is there. Raises `Unreadable` if it is no JSON object."""
        found = self._get(name)
        if found is None:
            return None
        data, etag, at, seen = found
        return Note(data, etag, at, (seen - at).total_seconds() if at and seen else 0.0)

    # The lock.

    def lock(self, plan: Mapping[str, Any]) -> Note:
        """Takes the lock for a plan. Returns the lock that is there, which is another's
        if it was taken."""
        while True:
            self.put(LOCK, plan)
            held = self.held()
            if held is not None:
                return held  # else another's, gone in between

    def held(self) -> Note | None:
        """Returns the lock, if there is one."""
        held = self.read(LOCK)
        if held is not None and not isinstance(held.data.get("run"), str):
            raise self._unreadable(LOCK, "it names no run")
        return held

    def unlock(self, held: Note) -> None:
        """Removes this lock, and no other."""
        try:
            self._s3.delete_object(
                Bucket=self._bucket, Key=f"{self._root}{LOCK}", IfMatch=held.etag
            )
        except ClientError as error:
            if not (aws.is_precondition(error) or aws.is_missing(error)):
                raise

    # Triggers.

    def add_trigger(self, name: str, data: Mapping[str, Any]) -> bool:
        """Records a trigger; whether it is new."""
        return self.put(f"triggers/{name}.json", data)

    def trigger(self, name: str) -> Mapping[str, Any]:
        """Returns what is recorded of a trigger."""
        found = self.read(f"triggers/{name}.json")
        return {} if found is None else found.data

    def answer(self, name: str, data: Mapping[str, Any]) -> None:
        """Records what came of a trigger."""
        self.put(f"answers/{name}.json", data)

    def answered(self, name: str) -> Mapping[str, Any] | None:
        """Returns what came of a trigger, if anything has."""
        found = self.read(f"answers/{name}.json")
        return None if found is None else found.data

    def waiting(self) -> list[str]:
        """Names of the triggers that nothing came of yet, oldest first."""
        answered = {_stem(entry) for entry in self.entries("answers/")}
        found = [entry for entry in self.entries("triggers/") if _stem(entry) not in answered]
        return [_stem(entry) for entry in sorted(found, key=lambda entry: (entry.at, entry.name))]

    # Runs.

    def runs(self) -> dict[str, dict[str, Entry]]:
        """Returns the entries of all runs, by run and name."""
        found: dict[str, dict[str, Entry]] = {}
        for entry in self.entries("runs/"):
            _, run, name = entry.name.split("/", 2)
            found.setdefault(run, {})[name.removesuffix(".json")] = entry
        return found

    def run(self, run: str) -> "RunJournal":
        """Returns the journal of one run."""
        return RunJournal(self, run)

    def unreadable(self, name: str, why: str) -> Unreadable:
        """Returns the error of an object that this version of groundplan can't use."""
        return self._unreadable(name, why)


class RunJournal:
    """The journal of one run."""

    def __init__(self, journal: Journal, run: str) -> None:
        self._journal, self.run = journal, run

    def note(self, step: str, data: Mapping[str, Any]) -> bool:
        """Records a step; whether it is new. The first record of a step stays."""
        return self._journal.put(self._name(step), data)

    def noted(self, step: str, needed: Sequence[str] = ()) -> Note | None:
        """Returns what is recorded of a step. Raises `Unreadable` if it lacks one of
        the `needed` keys."""
        found = self._journal.read(self._name(step))
        lacking = [key for key in needed if found is not None and key not in found.data]
        if lacking:
            raise self._journal.unreadable(self._name(step), f"it lacks {', '.join(lacking)}")
        return found

    def needed(self, step: str, *keys: str) -> Mapping[str, Any]:
        """Returns the record of a step that must be there."""
        found = self.noted(step, keys)
        if found is None:
            raise self._journal.unreadable(self._name(step), "it is not there")
        return found.data

    def entries(self, folder: str) -> list[Entry]:
        """Returns the entries of a folder of the run."""
        return self._journal.entries(f"runs/{self.run}/{folder}/")

    def read(self, entry: Entry) -> Mapping[str, Any]:
        """An entry's content."""
        found = self._journal.read(entry.name)
        return {} if found is None else found.data

    def uri(self, name: str) -> str:
        """Returns the address of an object of the run."""
        return self._journal.uri(f"runs/{self.run}/{name}")

    def _name(self, step: str) -> str:
        return f"runs/{self.run}/{step}.json"


def digest(text: str) -> str:
    """Returns 16 hexadecimal digits of a text's SHA-256: for names."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _stem(entry: Entry) -> str:
    return entry.name.partition("/")[2].removesuffix(".json")
