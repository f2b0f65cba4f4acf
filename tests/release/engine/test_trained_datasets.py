"""Releases verify the dataset versions that a model was trained on."""

import pathlib
from typing import Any

import pytest
from groundplan.data import versions
from groundplan.release.engine import gate_report, registry
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target

NONE = f"clicks@sha256:{'0' * 64}"


@pytest.fixture
def committed(cloud: Any, tmp_path: pathlib.Path) -> str:
    """The reference of a version in the artifact bucket."""
    s3 = cloud.client("s3")
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
    (tmp_path / "a.csv").write_text("1")
    bucket, options = versions.Bucket(s3, "artifacts"), versions.Options(workers=1)
    return versions.commit(bucket, "clicks", versions.Folder(tmp_path), options).version.reference


def register(cloud: Any, **datasets: str) -> int:
    properties = {
        "groundplan:run-record": "s3://artifacts/runs/churn/1/run.json",
        **{f"groundplan:dataset:{name}": text for name, text in datasets.items()},
    }
    arn = cloud.package("churn", True, properties=properties)
    return int(arn.rpartition("/")[2])


def test_a_version_trained_on_committed_data_is_released(
    cloud: Any, releases: Releases, target: Target, committed: str
) -> None:
    number = register(cloud, train=committed)

    found = registry.find(releases._clients, target, number)
    report = gate_report.build(releases._clients, target, found)

    assert report["datasets"] == [{"name": "train", "reference": committed, "problem": ""}]
    assert releases.deploy(number).outcome == "succeeded"


def test_a_version_trained_on_what_is_not_committed_is_refused(
    cloud: Any, releases: Releases, committed: str
) -> None:
    number = register(cloud, train=committed, test=NONE)
    with pytest.raises(Refused, match=f"{NONE} is not committed in artifacts. Fix: "):
        releases.deploy(number)
    assert releases.deploy(number, override="its data was deleted by law").outcome == "succeeded"


def test_a_manifest_that_was_changed_does_not_count(
    cloud: Any, releases: Releases, committed: str
) -> None:
    digest = committed.partition("sha256:")[2]
    key = f"datasets/clicks/versions/{digest}.json"
    cloud.client("s3").put_object(Bucket="artifacts", Key=key, Body=b"{}")
    with pytest.raises(Refused, match="is not the manifest that was committed"):
        releases.deploy(register(cloud, train=committed))


def test_a_version_trained_on_what_a_text_names_is_refused(
    cloud: Any, releases: Releases, target: Target
) -> None:
    number = register(cloud, train="2026-11-01")
    with pytest.raises(Refused, match="'2026-11-01' names no committed dataset version"):
        releases.deploy(number)
    found = registry.find(releases._clients, target, number)
    (named,) = gate_report.build(releases._clients, target, found)["datasets"]
    assert (named["name"], named["reference"]) == ("train", "2026-11-01")


def test_a_report_of_a_version_without_datasets_is_as_before(
    cloud: Any, releases: Releases, target: Target
) -> None:
    found = registry.find(releases._clients, target, register(cloud))
    assert "datasets" not in gate_report.build(releases._clients, target, found)
