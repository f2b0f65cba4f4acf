"""The folders of a named dataset in an artifact bucket: what of the layout of
`groundplan.data.versions.keys` the bucket, the grants and the settings have to know.

    datasets/<dataset>/data/          what jobs write, committed where it is
    datasets/<dataset>/objects/       files that commits upload
    datasets/<dataset>/versions/      immutable manifests of versions
    datasets/<dataset>/parts/         the lists of objects of manifests
    datasets/<dataset>/statistics/    the statistics of manifests
    datasets/<dataset>/tags/          names of versions, moved by conditional writes
    quarantine/<dataset>/             what did not pass its checks
"""

from collections.abc import Sequence

from groundplan.dataset_names import NAME as NAME
from groundplan.dataset_names import ROOT as ROOT
from groundplan.problems import Problem

QUARANTINE = "quarantine/"
WRITTEN_ONCE = ("versions/", "parts/", "history/")
"""Folders whose objects are never overwritten: manifests, the lists of objects that
they name by digest, and the moves of tags."""
ADDED = (*WRITTEN_ONCE, "statistics/", "commits/", "pins/")
"""Folders in which a publication creates objects."""


def folder(dataset: str) -> str:
    """Returns the folder of a dataset."""
    return f"{ROOT}{dataset}/"


def is_whole(prefix: str) -> bool:
    """Returns whether a prefix is the folder of a dataset, or one above it: not data
    alone."""
    name = prefix.removeprefix(ROOT).rstrip("/")
    return prefix == ROOT or (prefix.startswith(ROOT) and "/" not in name)


def data(dataset: str) -> str:
    """Returns the folder that jobs write, and that versions refer to."""
    return f"{folder(dataset)}data/"


def written(dataset: str) -> list[str]:
    """Returns the folders of a dataset's own data: those that jobs write, and those
    that commits upload to."""
    return [data(dataset), f"{folder(dataset)}objects/"]


def copies(dataset: str) -> str:
    """Returns the folder of the objects that commits copy within the bucket."""
    return f"{folder(dataset)}objects/copies/"


def written_once(dataset: str) -> list[str]:
    """Returns the folders of a dataset whose objects are never overwritten."""
    return [folder(dataset) + name for name in WRITTEN_ONCE]


def pins(dataset: str) -> str:
    """Returns the folder of the pins that keep garbage collections from a version while
    it is published."""
    return f"{folder(dataset)}pins/"


def added(dataset: str) -> list[str]:
    """Returns the folders in which a publication of a dataset creates objects."""
    return [folder(dataset) + name for name in ADDED]


def statistics(dataset: str) -> str:
    """Returns the folder of the statistics of versions."""
    return f"{folder(dataset)}statistics/"


def tags(dataset: str) -> str:
    """Returns the folder of a dataset's tags."""
    return f"{folder(dataset)}tags/"


def quarantine(dataset: str) -> str:
    """Returns the folder of a dataset's data that did not pass its checks."""
    return f"{QUARANTINE}{dataset}/"


def name_problems(key: str, name: str) -> list[Problem]:
    """Returns the problem of a dataset's name."""
    if NAME.fullmatch(name):
        return []
    allowed = "a name of lower-case letters, digits and hyphens, at most 50 characters"
    return [Problem(key, name, allowed, "rename the dataset")]


def overlapped(prefix: str, datasets: Sequence[str]) -> str | None:
    """Returns the folder of the first dataset that contains a prefix, or that a prefix
    contains; `None` for none."""
    folders = (folder(name) for name in datasets)
    return next((f for f in folders if f.startswith(prefix) or prefix.startswith(f)), None)
