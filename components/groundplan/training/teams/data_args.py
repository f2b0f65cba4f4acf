"""The arguments of access to datasets and models of the artifact bucket, and their
validation."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NotRequired, TypedDict

from groundplan.problems import Problem, one_of, under
from groundplan.storage import dataset_folders
from groundplan.storage.prefixes import prefix_problems

POLICY_SIZE = 10_240
"""Characters of the inline policies of a role, without white space (IAM and AWS STS
quotas)."""

RESERVED_SIZE = 2_000
"""Characters for the namespace's own folder, and for the text around the grants."""

BUCKET_SIZE = 80
"""Characters of a bucket's ARN with its longest name (63), and of quotes."""


class DatasetAccessArgs(TypedDict):
    """Access to one dataset."""

    readers: Sequence[str]
    """Namespaces whose jobs read it: names of teams, or `training`. Updates in
    place."""
    prefix: NotRequired[str]
    """Folder of the dataset in the artifact bucket: `datasets/clicks/2026/`. Default:
    `datasets/` and the dataset's name. Updates in place; replaces volumes."""


class ModelAccessArgs(TypedDict):
    """Access to one model: its artifacts and its checkpoints."""

    writers: Sequence[str]
    """Namespaces whose jobs write and read `models/<name>/` and `checkpoints/<name>/`:
    names of teams, or `training`. Endpoints serve from there. Updates in place."""


def problems(
    datasets: Mapping[str, DatasetAccessArgs],
    models: Mapping[str, ModelAccessArgs],
    namespaces: Collection[str],
) -> list[Problem]:
    """Returns the problems of the access to datasets and models. `namespaces` are those
    of jobs."""
    found: list[Problem] = []
    for name, dataset in datasets.items():
        found += under(f"datasets.{name}", [*_name(name), *_prefix(dataset)])
        found += under(
            f"datasets.{name}", _known("readers", dataset.get("readers", ()), namespaces)
        )
    for name, model in models.items():
        found += under(
            f"models.{name}",
            [*_name(name), *_known("writers", model.get("writers", ()), namespaces)],
        )
    return [*found, *_too_many(datasets, models, namespaces)]


def _name(name: str) -> Iterator[Problem]:
    if not dataset_folders.NAME.fullmatch(name):
        allowed = "a name of lower-case letters, digits and hyphens, at most 50 characters"
        yield Problem("", name, allowed, "rename it; the folder of a dataset is its prefix")


def _prefix(dataset: DatasetAccessArgs) -> Iterator[Problem]:
    prefix = dataset.get("prefix")
    if not isinstance(prefix, str):
        return
    yield from prefix_problems("prefix", prefix)
    if not prefix.startswith(dataset_folders.ROOT) or prefix == dataset_folders.ROOT:
        root = dataset_folders.ROOT
        allowed = f"a folder below {root}: the others belong to teams, models and releases"
        yield Problem("prefix", prefix, allowed, "name the folder of this dataset")


def _known(key: str, named: Sequence[str], namespaces: Collection[str]) -> Iterator[Problem]:
    for index, namespace in enumerate(named):
        yield from one_of(f"{key}[{index}]", namespace, sorted(namespaces))


def _too_many(
    datasets: Mapping[str, DatasetAccessArgs],
    models: Mapping[str, ModelAccessArgs],
    namespaces: Collection[str],
) -> Iterator[Problem]:
    """Each folder is in the policy of a role twice: as a resource, and as a prefix."""
    for namespace in sorted(namespaces):
        folders = [
            len(str(dataset.get("prefix", dataset_folders.folder(name))))
            for name, dataset in datasets.items()
            if namespace in dataset.get("readers", ())
        ]
        for name, model in models.items():
            if namespace in model.get("writers", ()):
                folders += [len(f"models/{name}/"), len(f"checkpoints/{name}/")]
        size = sum(BUCKET_SIZE + 2 * length for length in folders)
        if size > POLICY_SIZE - RESERVED_SIZE:
            allowed = (
                f"as many datasets and models for the namespace {namespace} as the policy of a "
                "role has room for"
            )
            fix = "grant a folder that contains several datasets by its prefix"
            yield Problem("datasets", len(folders), allowed, fix)
