"""What the records of an endpoint say about where it can go back to."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from groundplan.release.engine.errors import Refused

SUCCEEDED, ROLLED_BACK, FAILED = "succeeded", "rolled-back", "failed"
"""How a release ends."""


@dataclass(frozen=True)
class Verified:
    """A configuration that was live and verified."""

    config: str
    version: int | None
    package_arn: str | None
    release: str
    """The release that brought it; empty for the configuration from before the first
    release."""
    artifacts: Sequence[Mapping[str, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As a plan takes it."""
        return asdict(self)


def verified(records: Sequence[Mapping[str, Any]]) -> list[Verified]:
    """Returns the way that the endpoint has come, oldest first: a rollback takes back
    what came after the release it goes to."""
    way: list[Verified] = []
    for record in records:
        if not way:
            start = record["from"]
            way.append(
                Verified(start["config"], start.get("version"), start.get("package_arn"), "")
            )
        if record["outcome"] != SUCCEEDED:
            continue
        to = record["to"]
        here = Verified(
            to["config"],
            record["version"],
            record["package_arn"],
            record["release"],
            record.get("artifacts", []),
        )
        known = [index for index, past in enumerate(way) if past.config == here.config]
        if record["kind"] == "rollback" and known:
            way = way[: known[-1] + 1]
        elif way[-1].config != here.config:
            way.append(here)
    return way


def previous(records: Sequence[Mapping[str, Any]], live: str, endpoint: str) -> Verified:
    """Returns where a rollback goes: the verified configuration before the live one.
    Raises `Refused` if there is none."""
    way = verified(records)
    # The live one is not always the last: a person may have moved the endpoint, or a
    # rollback arrived there and did not answer.
    known = [index for index, past in enumerate(way) if past.config == live]
    before = [past for past in (way[: known[-1]] if known else way) if past.config != live]
    if not before:
        raise Refused(
            f"Endpoint {endpoint} has no release to go back to: {len(records)} recorded, "
            f"none verified before {live}. "
            "Fix: deploy a version instead"
        )
    return before[-1]


def of_version(records: Sequence[Mapping[str, Any]], version: int, endpoint: str) -> Verified:
    """Returns the last verified release of a version. Raises `Refused` if there is
    none."""
    ended = [
        record
        for record in records
        if record["outcome"] == SUCCEEDED and record["version"] is not None
    ]
    for record in reversed(ended):
        if record["version"] == version:
            return Verified(
                record["to"]["config"],
                version,
                record["package_arn"],
                record["release"],
                record.get("artifacts", []),
            )
    known = (
        ", ".join(str(number) for number in sorted({record["version"] for record in ended}))
        or "none"
    )
    raise Refused(
        f"Version {version} was never verified on endpoint {endpoint}. Verified: {known}. "
        "Fix: name one of them, or deploy the version"
    )
