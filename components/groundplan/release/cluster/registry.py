"""A model registry in a bucket: versions and the decisions on them, never written
twice.

    <prefix><group>/versions/<number>.json      what a version is
    <prefix><group>/approvals/<number>.json     who approved it, and why
    <prefix><group>/rejections/<number>.json    who rejected it, and why

All are put with `If-None-Match: *` (`release.engine.objects`): of two that register at
the same time one gets the number, and the other the next. A rejection counts more than
an approval and is final, so no decision is overwritten, and each can be allowed to
other principals.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from groundplan.problems import report
from groundplan.release.engine import candidates, version_record
from groundplan.release.engine.candidates import Candidate
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused, Unreadable
from groundplan.release.engine.objects import Entry, Objects
from groundplan.release.engine.registry import APPROVED, PENDING, REJECTED
from groundplan.release.engine.version_record import Version

SCHEMA = 1
"""The form of a version's record. A change of the meaning of a key raises it."""
DIGITS = 8
"""Of a number in a key: keys sort as numbers do."""


@dataclass(frozen=True)
class Decided:
    """A decision on a version."""

    approval: str
    """`Approved`, `PendingManualApproval` or `Rejected`."""
    by: str = ""
    reason: str = ""
    despite_gates: bool = False
    """Whether the person who approved it set broken gates aside."""


@dataclass(frozen=True)
class BucketVersion:
    """A version of a model."""

    number: int
    id: str
    """`<group>/<number>`."""
    identity: str
    """The same for the same run, model, image, metrics and environment."""
    description: str
    run: str
    """The SHA-256 of the record of the run that trained it."""
    record_uri: str
    model_uri: str
    objects: Mapping[str, Any]
    """What the model consisted of when it was registered: `candidates.contents`."""
    image: str
    """The image that serves it, by its digest."""
    environment: Mapping[str, str]
    metrics: Mapping[str, float]
    metrics_file: Mapping[str, str]
    manifest: Mapping[str, str]
    datasets: Mapping[str, str]
    code: Mapping[str, str]
    registered_by: str
    created: str = field(default="", compare=False)
    """When S3 stored it."""

    def as_dict(self) -> dict[str, Any]:
        """Returns plain data."""
        return asdict(self)


class BucketRegistry(Objects):
    """The versions of one group, which is an endpoint's."""

    def __init__(
        self, clients: Clients, bucket: str, group: str, kms_key_arn: str, prefix: str
    ) -> None:
        super().__init__(clients.s3, bucket, f"{prefix}{group}/", kms_key_arn or None)
        self._clients, self.group = clients, group

    def register(self, candidate: Candidate) -> BucketVersion:
        """Registers a version, for approval. The same candidate is the same version,
        unless that was rejected. Raises `Refused` with all that is wrong; nothing is
        registered then."""
        wanted = candidates.complete(self._clients, candidate)
        if found := version_record.problems(wanted):
            raise Refused(report("The version can't be registered", found))
        candidates.require_datasets(self._clients, wanted)
        candidates.require_model(self._clients, wanted.model)
        known, number = self._same(wanted)
        if known is not None:
            return known
        candidates.write(self._clients, wanted.metrics_file, candidates.metrics(candidate))
        identity = version_record.identity(wanted)
        while not self.put(_name("versions", number + 1), self._document(wanted, number + 1)):
            number += 1
            there = self.describe(number)
            if there.identity == identity and self.decision(number).approval != REJECTED:
                return there  # of another process, or of a request whose answer was lost
        return self.describe(number + 1)

    def versions(self, limit: int = 10_000) -> list[BucketVersion]:
        """Returns the newest versions, newest first."""
        return [self.describe(number) for number in self._numbers()[::-1][:limit]]

    def describe(self, number: int) -> BucketVersion:
        """Returns a version. Raises `Refused` if there is none."""
        found = self._get(_name("versions", number))
        if found is None:
            near = ", ".join(str(each) for each in self._numbers()[:-11:-1]) or "none at all"
            raise Refused(
                f"{self.group} has no version {number}. There are: {near}. Fix: name one of "
                "them, see `groundplan release list`"
            )
        data, _, at, _ = found
        keys = {key for key in BucketVersion.__dataclass_fields__ if key != "created"}
        if data.get("schema") != SCHEMA or keys - data.keys():
            raise self._unreadable(_name("versions", number), "it is no version of this schema")
        created = at.isoformat(timespec="seconds") if at else ""
        return BucketVersion(**{key: data[key] for key in keys}, created=created)

    def number(self, id: str) -> int | None:
        """Returns the number of a version's id; None for what is none of the group."""
        group, _, number = id.rpartition("/")
        return int(number) if group == self.group and number.isdigit() else None

    def find(self, id: str) -> BucketVersion:
        """Returns the version of an id. Raises `Refused` if there is none."""
        number = self.number(id)
        if number is None:
            raise Refused(f"{id} is no version of {self.group}")
        return self.describe(number)

    def latest_approved(self) -> BucketVersion | None:
        """Returns the newest approved version, None if there is none."""
        approved, rejected = self._decided("approvals"), self._decided("rejections")
        numbers = [n for n in self._numbers() if n in approved and n not in rejected]
        return self.describe(numbers[-1]) if numbers else None

    def decision(self, number: int) -> Decided:
        """Returns what was decided on a version."""
        for folder, approval in (("rejections", REJECTED), ("approvals", APPROVED)):
            found = self._get(_name(folder, number))
            if found is not None:
                data = found[0]
                aside = data.get("despite_gates") is True
                return Decided(
                    approval, str(data.get("by", "")), str(data.get("reason", "")), aside
                )
        return Decided(PENDING)

    def approve(self, number: int, reason: str, despite_gates: bool = False) -> Decided:
        """Approves a version as the caller, who may set broken gates aside. Raises
        `Refused` if it was rejected."""
        self._require_reason(reason)
        self.describe(number)
        if self.decision(number).approval == REJECTED:
            raise Refused(
                f"Version {number} of {self.group} was rejected, which is final. Fix: register "
                "the model again"
            )
        decided: dict[str, Any] = {"by": self._clients.caller(), "reason": reason}
        if despite_gates:
            decided["despite_gates"] = True
        self.put(_name("approvals", number), decided)
        return self.decision(number)

    def reject(self, number: int, reason: str) -> Decided:
        """Rejects a version as the caller: it is neither released nor rolled back to,
        and where it serves, it is rolled back."""
        self._require_reason(reason)
        self.describe(number)
        self.put(_name("rejections", number), {"by": self._clients.caller(), "reason": reason})
        return self.decision(number)

    @staticmethod
    def _require_reason(reason: str) -> None:
        if not reason.strip():
            raise Refused("A decision needs a reason. Fix: --reason")

    def _numbers(self) -> list[int]:
        return sorted(_matches(self.entries("versions/"), "versions"))

    def _decided(self, folder: str) -> set[int]:
        return set(_matches(self.entries(f"{folder}/"), folder))

    def _same(self, wanted: Version) -> tuple[BucketVersion | None, int]:
        """Returns the same version, if it is there and was not rejected, and the
        highest number."""
        identity, numbers = version_record.identity(wanted), self._numbers()
        rejected = self._decided("rejections")
        for number in reversed(numbers):
            if number in rejected:
                continue
            try:
                known = self.describe(number)
            except Unreadable:
                continue  # of another version of groundplan, so not the same
            if known.identity == identity:
                return known, number
        return None, numbers[-1] if numbers else 0

    def _document(self, version: Version, number: int) -> dict[str, Any]:
        record = version.run.record
        found = BucketVersion(
            number=number,
            id=f"{self.group}/{number}",
            identity=version_record.identity(version),
            description=version.description.strip(),
            run=version.run.id,
            record_uri=version.run.uri,
            model_uri=version.model,
            objects=candidates.contents(self._clients, version.model),
            image=version.image,
            environment=dict(version.environment),
            metrics={name: float(value) for name, value in version.metrics.items()},
            metrics_file=asdict(version.metrics_file),
            manifest=asdict(version.manifest),
            datasets={n: str(data.get("version", "")) for n, data in record["datasets"].items()},
            code=dict(record["code"]),
            registered_by=version.registered_by,
        )
        document = found.as_dict()
        del document["created"]
        return {"schema": SCHEMA, **document}


def _name(folder: str, number: int) -> str:
    return f"{folder}/{number:0{DIGITS}d}.json"


def _matches(entries: list[Entry], folder: str) -> Iterator[int]:
    for entry in entries:
        match = re.fullmatch(rf"{folder}/(\d{{{DIGITS}}})\.json", entry.name)
        if match:
            yield int(match[1])
