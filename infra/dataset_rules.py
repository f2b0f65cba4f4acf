"""The rules of named datasets: what is granted exists, what is published is sent."""

from collections.abc import Iterator

from groundplan.problems import Problem, one_of
from groundplan.storage import dataset_folders
from groundplan.training.namespace_folders import TEAMLESS
from settings import DatasetsSettings, Settings


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of datasets together with the other sections."""
    datasets = settings.get("datasets")
    if datasets is None:
        return
    yield from _access(settings, datasets)
    yield from _events(settings, datasets)
    yield from _replicas(settings, datasets)


def _access(settings: Settings, datasets: DatasetsSettings) -> Iterator[Problem]:
    namespaces = [TEAMLESS, *settings.get("training", {}).get("teams", {})]
    for name, access in datasets.get("access", {}).items():
        key = f"datasets.access.{name}"
        if "training" not in settings:
            allowed = "nothing without training: its teams get the access"
            yield Problem(key, dict(access), allowed, "add training, or remove it")
            continue
        if name not in datasets.get("sets", {}):
            yield from one_of(key, name, sorted(datasets.get("sets", {})))
        for role, members in access.items():
            for index, member in enumerate(members):  # type: ignore[arg-type,var-annotated]
                yield from one_of(f"{key}.{role}[{index}]", member, namespaces)


def _events(settings: Settings, datasets: DatasetsSettings) -> Iterator[Problem]:
    if settings.get("artifacts", {}).get("event_notifications", True):
        return
    for name, dataset in datasets.get("sets", {}).items():
        if dataset.get("targets"):
            allowed = "nothing where artifacts.event_notifications is false: no event is sent"
            fix = "remove artifacts.event_notifications, or the targets"
            targets = sorted(dataset["targets"])
            yield Problem(f"datasets.sets.{name}.targets", targets, allowed, fix)


def _replicas(settings: Settings, datasets: DatasetsSettings) -> Iterator[Problem]:
    """A replica of a part of a dataset has objects without versions, or the
    reverse."""
    prefix = settings.get("artifacts", {}).get("replication", {}).get("prefix", "")
    for name in datasets.get("sets", {}):
        folder = dataset_folders.folder(name)
        if prefix != folder and prefix.startswith(folder):
            allowed = f"{folder} or a folder above it: a part of a dataset is no dataset"
            yield Problem("artifacts.replication.prefix", prefix, allowed, f"set it to {folder}")
