"""The handler of each route, by the operation's id."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from groundplan.api.handlers import datasets, endpoints, releases, trainings, versions

_ALL: Sequence[Callable[..., Any]] = (
    endpoints.list_endpoints,
    endpoints.get_endpoint,
    versions.list_versions,
    versions.register_version,
    versions.get_version,
    versions.decide_on_version,
    releases.list_releases,
    releases.start_release,
    releases.get_release,
    releases.start_rollback,
    trainings.list_trainings,
    trainings.start_training,
    trainings.get_training,
    datasets.list_datasets,
    datasets.list_dataset_versions,
    datasets.get_dataset_version,
)

HANDLERS: Mapping[str, Callable[..., Any]] = {handler.__name__: handler for handler in _ALL}
