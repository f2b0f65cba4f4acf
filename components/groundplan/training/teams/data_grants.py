"""The datasets and models that the jobs of a namespace have access to, resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from groundplan.storage import dataset_folders
from groundplan.training.teams.data_args import DatasetAccessArgs, ModelAccessArgs


@dataclass(frozen=True)
class DataGrants:
    """What the jobs of one namespace read and write."""

    datasets: Mapping[str, str] = field(default_factory=dict)
    """Dataset -> its folder, which they read."""
    models: tuple[str, ...] = ()
    """The models that they write and read."""


def resolve(
    namespace: str,
    datasets: Mapping[str, DatasetAccessArgs],
    models: Mapping[str, ModelAccessArgs],
) -> DataGrants:
    """Returns the grants of a namespace, of valid arguments."""
    return DataGrants(
        {
            name: dataset.get("prefix", dataset_folders.folder(name))
            for name, dataset in sorted(datasets.items())
            if namespace in dataset["readers"]
        },
        tuple(sorted(n for n, model in models.items() if namespace in model["writers"])),
    )
