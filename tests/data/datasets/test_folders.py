"""The folders that the bucket and the grants know are those of the versions."""

from groundplan.data.datasets import validation as datasets
from groundplan.data.pipeline import validation as pipelines
from groundplan.data.versions import keys, reference
from groundplan.storage import dataset_folders

OWN = keys.DatasetKeys("clicks")


def test_names_and_tags_of_datasets_are_those_of_references() -> None:
    assert dataset_folders.NAME.pattern == reference.NAME.pattern
    for module in (datasets, pipelines):
        assert vars(module)["TAG"] is reference.TAG
    assert dataset_folders.ROOT == keys.ROOT


def test_what_publications_add_is_where_versions_are() -> None:
    assert set(dataset_folders.ADDED) <= set(keys.FOLDERS)
    digest = f"sha256:{'0' * 64}"
    written = [OWN.version(digest), OWN.part(digest), OWN.move("latest", 1)]
    for key, folder in zip(written, dataset_folders.written_once("clicks"), strict=True):
        assert key.startswith(folder)
    assert OWN.statistics(digest).startswith(tuple(dataset_folders.added("clicks")))
    assert OWN.tag("latest").startswith(dataset_folders.tags("clicks"))


def test_what_jobs_write_can_be_committed_where_it_is() -> None:
    assert not OWN.is_own(f"{dataset_folders.data('clicks')}etl/run/part-0")
    assert dataset_folders.written("clicks")[1] == OWN.folder("objects/")
