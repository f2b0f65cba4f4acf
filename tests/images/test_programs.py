"""The programs of the images: training and evaluation, in folders and in S3."""

import ast
import json
import pathlib
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from groundplan.data import versions
from groundplan.release.engine import metrics
from groundplan.retraining.engine import datasets
from moto import mock_aws

from rehearsal.containers import evaluate, folders, model, places, tables, train
from rehearsal.life import data

BUCKET = "artifacts"
RAW = "raw/tumors/2026-11-01/"
DOCKERFILES = pathlib.Path(__file__).parents[2] / "images"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket with the tables of two days and what a console created as a folder."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        client.put_object(Bucket=BUCKET, Key=RAW, Body=b"")
        for name, text in csv_files("train"):
            client.put_object(Bucket=BUCKET, Key=f"{RAW}{name}", Body=text.encode())
        yield client


def csv_files(part: str) -> list[tuple[str, str]]:
    """Returns the rows of a part of the data as two files."""
    features, labels = data.part(1, part)
    middle = len(labels) // 2
    return [
        ("1.csv", data.csv(features[:middle], labels[:middle])),
        ("day/2.csv", data.csv(features[middle:], labels[middle:])),
    ]


@pytest.fixture
def run(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs a program with variables, as a job does."""
    parameters = tmp_path / "hyperparameters.json"
    parameters.write_text(json.dumps({"regularization": "0.5"}))
    monkeypatch.setenv("GROUNDPLAN_PARAMETERS_FILE", str(parameters))
    monkeypatch.setenv("GROUNDPLAN_SEED", "7")

    def of(program: Callable[[], None], **variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"GROUNDPLAN_{name}", value)
        program()

    return of


def in_folder(folder: pathlib.Path, part: str) -> str:
    """Writes a part of the data into a folder."""
    for name, text in csv_files(part):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return f"{folder}/"


def test_a_job_with_folders_writes_the_model_as_a_file(
    tmp_path: pathlib.Path, run: Callable[..., None]
) -> None:
    output = tmp_path / "model"
    run(train.main, INPUT_TRAIN=in_folder(tmp_path / "train", "train"), OUTPUT=f"{output}/")
    assert [path.name for path in output.iterdir()] == [folders.MODEL]
    features, labels = data.part(1, "held-out")
    assert evaluate.of(folders.read_model(str(output)), features, labels)["accuracy"]["value"] > 0.9


def test_a_job_on_a_cluster_reads_and_writes_s3(s3: Any, run: Callable[..., None]) -> None:
    output = f"s3://{BUCKET}/models/tumors/1/"
    run(train.main, INPUT_TRAIN=f"s3://{BUCKET}/{RAW}", OUTPUT=output)
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix="models/")["Contents"]
    # The archive that a KubernetesEndpoint and a ModelEndpoint load.
    assert [item["Key"] for item in found] == ["models/tumors/1/model.tar.gz"]
    assert folders.read_model(output).predict_proba(data.part(1, "held-out")[0]).shape == (229, 2)


def test_a_restarted_job_leaves_the_model_that_it_wrote(s3: Any, run: Callable[..., None]) -> None:
    output = f"s3://{BUCKET}/models/tumors/1/"
    for _ in range(2):
        run(train.main, INPUT_TRAIN=f"s3://{BUCKET}/{RAW}", OUTPUT=output)
    found = s3.list_object_versions(Bucket=BUCKET, Prefix="models/")["Versions"]
    assert len(found) == 1


def test_a_dataset_version_is_read_as_it_was_committed(s3: Any) -> None:
    options = versions.Options(by="tester")
    committed = versions.commit(
        versions.Bucket(s3, BUCKET), "tumors", versions.Stored(RAW), options
    ).version
    s3.put_object(Bucket=BUCKET, Key=f"{RAW}1.csv", Body=b"overwritten")
    key = f"datasets/tumors/versions/{committed.digest.removeprefix('sha256:')}.json"
    found = dict(places.files(f"s3://{BUCKET}/{key}"))
    assert [text.encode() for _, text in csv_files("train")] == [
        content for name, content in found.items() if name.endswith(".csv")
    ]


def test_the_list_of_an_evaluation_is_read(s3: Any) -> None:
    version = datasets.Version(
        datasets.Tag("tumors", "", "0" * 64), (f"{RAW}1.csv", f"{RAW}day/2.csv"), passed=True
    )
    listing = json.dumps(datasets.listing(BUCKET, version)).encode()
    s3.put_object(Bucket=BUCKET, Key="runs/1/held_out.manifest.json", Body=listing)
    found = dict(places.files(f"s3://{BUCKET}/runs/1/held_out.manifest.json"))
    assert list(found) == ["1.csv", "day/2.csv"]


def test_an_evaluation_measures_both_models_on_both_data(s3: Any, run: Callable[..., None]) -> None:
    model = f"s3://{BUCKET}/models/tumors/1/"
    run(train.main, INPUT_TRAIN=f"s3://{BUCKET}/{RAW}", OUTPUT=model)
    output = f"s3://{BUCKET}/evaluation/"
    run(
        evaluate.main,
        CANDIDATE=f"{model}model.tar.gz",
        CHAMPION=model,
        CHAMPION_ID="tumors/3",
        INPUT_HELD_OUT=f"s3://{BUCKET}/{RAW}",
        INPUT_RECENT=f"s3://{BUCKET}/{RAW}1.csv",
        OUTPUT=output,
    )
    document = json.loads(dict(places.files(f"{output}metrics.json"))["metrics.json"])
    found = metrics.parse(document, output)
    assert found.champion is not None
    assert found.champion_arn == "tumors/3"
    for side in (found.measured, found.champion):
        assert set(side.slices) == {"data=recent"}


def test_the_first_version_has_no_champion(
    tmp_path: pathlib.Path, run: Callable[..., None]
) -> None:
    held_out, model = in_folder(tmp_path / "data", "held-out"), f"{tmp_path}/model/"
    run(train.main, INPUT_TRAIN=held_out, OUTPUT=model)
    run(
        evaluate.main,
        CANDIDATE=model,
        CHAMPION="",
        INPUT_HELD_OUT=held_out,
        INPUT_RECENT="",
        OUTPUT=str(tmp_path),
    )
    document = json.loads((tmp_path / "metrics.json").read_text())
    assert "champion" not in document
    assert "slices" not in document


def test_a_place_without_files_is_an_error(s3: Any, tmp_path: pathlib.Path) -> None:
    for place in (f"s3://{BUCKET}/nothing/", str(tmp_path)):
        with pytest.raises(FileNotFoundError, match="no files"):
            list(places.files(place))


def test_rows_in_parquet_are_those_in_csv(tmp_path: pathlib.Path) -> None:
    import numpy as np
    import pandas  # type: ignore[import-untyped]

    features, labels = tables.read(in_folder(tmp_path / "csv", "train"))
    table = pandas.DataFrame(features, columns=list(model.FEATURES)).convert_dtypes()
    assert table["concavity"].isna().any()
    table[model.LABEL] = labels
    (tmp_path / "parquet").mkdir()
    table.to_parquet(tmp_path / "parquet" / "part-0.parquet")
    (tmp_path / "parquet" / "_SUCCESS").write_bytes(b"")
    read, found = tables.read(str(tmp_path / "parquet"))
    assert np.array_equal(read, features, equal_nan=True)
    assert found.tolist() == labels.tolist()


def test_a_folder_without_tables_is_an_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "_SUCCESS").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="no table"):
        tables.read(str(tmp_path))


def imported(files: list[pathlib.Path]) -> set[str]:
    """Returns the packages that files import, without Python's own and the
    project's."""
    found: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module).partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"rehearsal", "groundplan"}


SHARED = ["__init__.py", "model.py", "places.py", "folders.py"]


@pytest.mark.parametrize(
    ("image", "files", "elsewhere"),
    [
        ("training", [*SHARED, "tables.py", "train.py", "evaluate.py"], set[str]()),
        # A served model is in a folder.
        ("serving", [*SHARED, "serve.py", "server.py"], {"boto3", "botocore"}),
    ],
)
def test_an_image_installs_what_its_program_imports(
    image: str, files: list[str], elsewhere: set[str]
) -> None:
    program = pathlib.Path(places.__file__).parent
    text = (DOCKERFILES / image / "Dockerfile").read_text(encoding="utf-8")
    listed = re.search(r"-- (.*?)>", text.replace("\\\n", " "))
    assert listed is not None
    names = {name.replace("-", "_") for name in listed[1].split()}
    needed = imported([program / file for file in files]) - elsewhere
    assert {"scikit_learn" if name == "sklearn" else name for name in needed} <= names
    assert not elsewhere & names
