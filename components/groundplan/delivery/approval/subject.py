"""What an approval is about."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from groundplan.delivery.approval.canonical import digest

Properties = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Subject:
    """All that decides what `pulumi up` does, as far as it is known before."""

    project: str
    stack: str
    commit: str
    """The commit that is checked out; empty outside of a repository."""
    manifest: Mapping[str, Any]
    """What the program registers, recorded offline (`Manifest.to_data`)."""
    baseline: Properties
    """The deployed state: URN -> property -> digest of its value."""
    plan: Properties | None
    """What the engine would do: URN -> property -> digest of its value; `None` where
    nobody asked it."""
    settings: Mapping[str, Any]
    """File -> its content: Pulumi.yaml and the stack's. A secret is the digest of its
    ciphertext."""
    program: Mapping[str, str]
    """The files that the program consists of and reads -> the digest of each."""
    variables: Mapping[str, str | None]
    """The environment variables that the program reads -> the digest of each."""
    versions: Mapping[str, str]
    """Package or lock file -> its version or digest."""
    backend: str = ""
    """Where the state is, without what differs between machines; `file` for files."""

    def to_data(self) -> dict[str, Any]:
        """The subject as data for JSON."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Subject":
        """The subject in the data that `to_data` returns. Raises `TypeError` for other
        data."""
        subject = cls(**data)
        if not _is_subject(subject):
            raise TypeError("subject")
        return subject

    def digests(self) -> dict[str, str]:
        """The digest of each part."""
        return {name: digest(value) for name, value in self.to_data().items()}


def _is_subject(subject: Subject) -> bool:
    """Whether every part has its type: who can write a document can write anything."""
    texts = (subject.project, subject.stack, subject.commit, subject.backend)
    tables = (subject.program, subject.variables, subject.versions)
    deployed = (subject.baseline, {} if subject.plan is None else subject.plan)
    return (
        all(isinstance(text, str) for text in texts)
        and isinstance(subject.settings, Mapping)
        and all(_is_table(table) for table in tables)
        and all(
            isinstance(part, Mapping) and all(_is_table(found) for found in part.values())
            for part in deployed
        )
        and _is_manifest(subject.manifest)
    )


def _is_table(table: object) -> bool:
    return isinstance(table, Mapping) and all(
        isinstance(value, str | None) for value in table.values()
    )


def _is_manifest(manifest: object) -> bool:
    if not isinstance(manifest, Mapping):
        return False
    entries = {"resources": "urn", "invokes": "token"}
    return all(
        isinstance(manifest.get(part), list)
        and all(isinstance(e, Mapping) and isinstance(e.get(key), str) for e in manifest[part])
        for part, key in entries.items()
    ) and all(isinstance(r.get("inputs", {}), Mapping) for r in manifest["resources"])
