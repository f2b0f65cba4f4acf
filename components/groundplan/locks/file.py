"""The lock file of a stack, `lock.<stack>.yaml` beside Pulumi.yaml: written the same
bytes for the same lock, and read strictly."""

import datetime
import pathlib
import re
from collections.abc import Mapping
from typing import Any

import yaml

from groundplan.excerpts import YamlFile
from groundplan.locks.image_reference import DIGEST, parsed
from groundplan.locks.model import Entry, Kind, Lock, Reference
from groundplan.manifest import lock_files, text_files, yaml_text
from groundplan.problems import nearest, printable, shown

FORMAT = 1
KEYS = ("kind", "reference", "resolved", "source", "date", "support", "notes")
REQUIRED = KEYS[:5]
HEAD = """\
# What the moving references of {stack} are resolved to. Written by `groundplan lock {stack}`,
# raised by `groundplan lock {stack} --update`; to be committed.
"""
VERSION = re.compile(r"[\w.+-]{1,128}")


class LockError(ValueError):
    """A lock file that can't be used; the message names the file, the line and the
    fix."""


def read(file: pathlib.Path) -> Lock | None:
    """Returns the lock in a file; `None` where there is no file. Raises `LockError`."""
    if not lock_files.is_there(file):
        return None
    try:
        text = yaml_text.decode(text_files.read_bytes(file, yaml_text.MAX_BYTES))
        data = yaml_text.parse(text, dates=True)
    except text_files.FileError as error:
        raise LockError(str(error)) from None
    except yaml_text.TextError as error:
        located = text_files.located(pathlib.Path(file.name), error)
        raise LockError(f"{located}. {_fix(file)}") from None
    return _Reader(file, YamlFile(file.name, text)).lock(data)


def text_of(lock: Lock, stack: str) -> str:
    """Returns the text of the file of a lock."""
    entries = []
    for entry in lock:
        values = {
            "kind": entry.reference.kind.value,
            "reference": entry.reference.name,
            "resolved": entry.resolved,
            "source": entry.source,
            "date": entry.date,
            "support": entry.support,
            "notes": entry.notes,
        }
        entries.append({key: value for key, value in values.items() if value or key in REQUIRED})
    body: str = yaml.safe_dump(
        {"format": FORMAT, "entries": entries},
        sort_keys=False,
        width=10_000,
        allow_unicode=True,
        default_flow_style=False,
    )
    return HEAD.format(stack=stack) + body


def _fix(file: pathlib.Path) -> str:
    stack = file.name.removeprefix("lock.").removesuffix(".yaml")
    return (
        f"Fix: restore it (git checkout -- {file.name}), or remove it and run "
        f"groundplan lock {stack}"
    )


class _Reader:
    """Reads the data of a lock file: the first fault is an error with its line."""

    def __init__(self, file: pathlib.Path, lines: YamlFile) -> None:
        self._file, self._lines = file, lines

    def lock(self, data: Any) -> Lock:
        if not isinstance(data, dict):
            raise self._error("", "is no mapping with `format` and `entries`")
        self._known("", data, ("format", "entries"))
        if data.get("format") != FORMAT or isinstance(data.get("format"), bool):
            version = shown(data.get("format"))
            raise self._error("format", f"format is {version}. Allowed: {FORMAT}")
        listed = data.get("entries")
        if not isinstance(listed, list):
            raise self._error("entries", "entries is no list")
        entries = [self._entry(f"entries[{place}]", value) for place, value in enumerate(listed)]
        seen: dict[Reference, int] = {}
        for place, entry in enumerate(entries):
            first = seen.setdefault(entry.reference, place)
            if first != place:
                line = self._lines.line(f"entries[{first}].reference")
                name = entry.reference.name
                raise self._error(
                    f"entries[{place}].reference", f"{name} is there twice, first in line {line}"
                )
        return Lock.of(entries)

    def _entry(self, at: str, value: Any) -> Entry:
        if not isinstance(value, dict):
            raise self._error(at, f"an entry is {shown(value)}. Allowed: the keys {_listed(KEYS)}")
        self._known(f"{at}.", value, KEYS)
        for key in REQUIRED:
            if key not in value:
                raise self._error(at, f"an entry lacks {key}")
        for key, item in value.items():
            if not isinstance(item, str) or not item.strip() or not item.isprintable():
                raise self._error(f"{at}.{key}", f"{key} is {shown(item)}. Allowed: a text")
        if value["kind"] not in list(Kind):
            allowed = _listed(kind.value for kind in Kind)
            raise self._error(f"{at}.kind", f"kind is {shown(value['kind'])}. Allowed: {allowed}")
        for key in ("date", "support"):
            if key in value and not _is_day(value[key]):
                raise self._error(
                    f"{at}.{key}", f"{key} is {shown(value[key])}. Allowed: a day, 2026-11-28"
                )
        if "notes" in value and not value["notes"].startswith("https://"):
            raise self._error(f"{at}.notes", "notes is no address that begins with https://")
        reference = Reference(Kind(value["kind"]), value["reference"])
        self._resolved(at, reference, value["resolved"])
        return Entry(
            reference,
            value["resolved"],
            value["source"],
            value["date"],
            value.get("support", ""),
            value.get("notes", ""),
        )

    def _resolved(self, at: str, reference: Reference, resolved: str) -> None:
        """A lock that resolves a reference to another repository is not that of this
        command."""
        if reference.kind is Kind.IMAGE:
            image = parsed(reference.name)
            if image is None or not image.moves:
                raise self._error(
                    f"{at}.reference",
                    f"reference is {shown(reference.name)}. Allowed: an image without a digest",
                )
            digest = resolved.rpartition("@")[2]
            if not DIGEST.fullmatch(digest) or resolved != image.pinned(digest):
                expected = image.pinned("sha256:" + "<64 hexadecimal digits>")
                raise self._error(
                    f"{at}.resolved", f"resolved is {shown(resolved)}. Allowed: {expected}"
                )
        elif reference.kind is Kind.CHART:
            if not DIGEST.fullmatch(resolved):
                raise self._error(
                    f"{at}.resolved",
                    f"resolved is {shown(resolved)}. Allowed: a digest, sha256:...",
                )
        elif reference.kind is Kind.ADDON and resolved != reference.version:
            raise self._error(
                f"{at}.resolved",
                f"resolved is {shown(resolved)}. Allowed: {reference.version}, as referred to",
            )
        elif not VERSION.fullmatch(resolved):
            raise self._error(
                f"{at}.resolved", f"resolved is {shown(resolved)}. Allowed: a version"
            )

    def _known(self, prefix: str, data: Mapping[Any, Any], keys: tuple[str, ...]) -> None:
        for key in data:
            if key not in keys:
                meant = nearest(str(key), keys)
                hint = f" (did you mean {meant[0]}?)" if meant else ""
                raise self._error(f"{prefix}{key}", f"nothing reads the key {shown(key)}{hint}")

    def _error(self, key: str, problem: str) -> LockError:
        line = self._lines.line(key) if key else 1
        place = f"{self._file.name}:{line}" if line else self._file.name
        return LockError(printable(f"{place}: {problem}. {_fix(self._file)}"))


def _listed(words: Any) -> str:
    return ", ".join(words)


def _is_day(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
