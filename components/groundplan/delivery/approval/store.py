"""Where approvals are kept: a folder, or a prefix of a bucket. Nothing is overwritten;
an approval is revoked by a second object beside it."""

import pathlib
import re
from dataclasses import dataclass
from typing import Any, Protocol

from groundplan.delivery.approval.document import Approval
from groundplan.problems import shown

PLACE = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")
REVOKED = ".revoked"
MOST_NAMES = 5
"""Approvals that an error names."""


class StoreError(Exception):
    """Something is there already, or isn't there."""


class Store(Protocol):
    """Keeps objects that are written once."""

    def names(self, prefix: str) -> list[str]:
        """The names that begin with a prefix, in alphabetical order."""

    def read(self, name: str) -> bytes:
        """The content of an object."""

    def create(self, name: str, content: bytes) -> None:
        """Writes a new object. Raises `StoreError` where one has the name."""


@dataclass(frozen=True)
class Folder:
    """A folder of files."""

    root: pathlib.Path

    def names(self, prefix: str) -> list[str]:
        files = (file for file in self.root.rglob("*") if file.is_file())
        found = (file.relative_to(self.root).as_posix() for file in files)
        return sorted(name for name in found if name.startswith(prefix))

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def create(self, name: str, content: bytes) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with file.open("xb") as opened:
                opened.write(content)
        except FileExistsError:
            raise StoreError(f"{file} is there already") from None


@dataclass(frozen=True)
class Bucket:
    """A prefix of a bucket."""

    s3: Any
    bucket: str
    prefix: str = ""

    def names(self, prefix: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix + prefix
        )
        keys = (entry["Key"] for page in pages for entry in page.get("Contents", ()))
        return sorted(key.removeprefix(self.prefix) for key in keys)

    def read(self, name: str) -> bytes:
        content: bytes = self.s3.get_object(Bucket=self.bucket, Key=self.prefix + name)[
            "Body"
        ].read()
        return content

    def create(self, name: str, content: bytes) -> None:
        from botocore.exceptions import ClientError  # type: ignore[import-untyped]

        from groundplan import aws

        try:
            self.s3.put_object(
                Bucket=self.bucket,
                Key=self.prefix + name,
                Body=content,
                ContentType="application/json",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if not aws.is_precondition(error):
                raise
            raise StoreError(f"s3://{self.bucket}/{self.prefix}{name} is there already") from None


def _folder(project: str, stack: str) -> str:
    return f"approvals/{project}/{stack}/"


def _name(key: str) -> str:
    """The name of the approval that a store keeps as `TIME-NAME.json`."""
    return key.removesuffix(".json").rsplit("-", 1)[-1]


def add(store: Store, approval: Approval) -> str:
    """Keeps an approval; returns its name. The names are in the order of time."""
    subject = approval.subject
    time = approval.approved_at.strftime("%Y%m%dT%H%M%SZ")
    name = f"{_folder(subject.project, subject.stack)}{time}-{approval.name}.json"
    store.create(name, approval.to_json().encode())
    return name


def newest(store: Store, project: str, stack: str) -> bytes | None:
    """The newest approval of a stack, revoked or not; `None` where there is none. Older
    ones don't count: to revoke the newest is enough."""
    names = [name for name in store.names(_folder(project, stack)) if name.endswith(".json")]
    return store.read(names[-1]) if names else None


def is_revoked(store: Store, approval: Approval) -> bool:
    """Whether an approval is revoked, whichever way its document came."""
    folder = _folder(approval.subject.project, approval.subject.stack)
    return any(name.endswith(f"-{approval.name}.json{REVOKED}") for name in store.names(folder))


def revoke(store: Store, project: str, stack: str, name: str) -> str:
    """Revokes the approval of a name for good; returns the object's name."""
    names = store.names(_folder(project, stack))
    kept = [n for n in names if n.endswith(".json")]
    found = [n for n in kept if n.endswith(f"-{name}.json")]
    if not found:
        latest = ", ".join(_name(n) for n in kept[: -MOST_NAMES - 1 : -1])
        raise StoreError(
            f"there is no approval {shown(name)} of {project}/{stack}. Allowed: "
            + (f"{latest}, the newest first" if kept else "none: the store has none of it")
        )
    if found[-1] + REVOKED in names:
        raise StoreError(f"{name} is revoked already")
    store.create(found[-1] + REVOKED, b"{}\n")
    return found[-1]
