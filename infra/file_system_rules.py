"""The rules of the file systems of a training cluster."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.kubernetes import namespaces
from groundplan.problems import Problem, one_of
from groundplan.training.choices import VolumeDriver
from groundplan.training.namespace_folders import TEAMLESS
from settings import FileSystemSettings, Settings


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of file systems: a namespace mounts one as a claim of its
    name."""
    training = settings.get("training", {})
    for name in training.get("file_systems", {}):
        key = f"training.file_systems.{name}"
        if not namespaces.SHORT_NAME.fullmatch(name):
            allowed = namespaces.SHORT_NAME_ALLOWED
            yield Problem(key, name, allowed, "rename the file system")
        elif name.startswith("dataset-") and VolumeDriver.S3 in training.get("volume_drivers", ()):
            allowed = "no name that begins with dataset-, as the claims of datasets do"
            yield Problem(key, name, allowed, "rename the file system")
        yield from _readers(f"{key}.links", training["file_systems"][name], training)
        yield from _claims(name, training["file_systems"])


def _claims(name: str, systems: Mapping[str, FileSystemSettings]) -> Iterator[Problem]:
    """The readers of a link mount it as the claim `<file system>-<link>`."""
    for link, args in systems[name].get("links", {}).items():
        if args.get("readers") and f"{name}-{link}" in systems:
            allowed = f"another name: the file system {name}-{link} is a claim of that name"
            key = f"training.file_systems.{name}.links.{link}"
            yield Problem(key, link, allowed, "rename the link")


def _readers(
    key: str, system: FileSystemSettings, training: Mapping[str, Any]
) -> Iterator[Problem]:
    """Only namespaces of jobs mount a file system."""
    known = [TEAMLESS, *training.get("teams", {})]
    for link, args in system.get("links", {}).items():
        for index, reader in enumerate(args.get("readers", ())):
            if reader not in known:
                yield from one_of(f"{key}.{link}.readers[{index}]", reader, known)
