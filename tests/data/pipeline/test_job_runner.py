"""The containers of a pipeline's jobs: the runner of a script, and the check of what it
wrote, on the data of scikit-learn."""

import gzip
import hashlib
import json
import pathlib
import runpy
import sys
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import moto_lookups
import pandas as pd  # type: ignore[import-untyped]
import pytest
from groundplan.data.pipeline.engine.cluster.inputs import RawObject
from groundplan.data.pipeline.job import names, objects, quality, runner
from groundplan.data.pipeline.job.errors import JobError
from groundplan.data.quality import rules
from moto import mock_aws
from pipeline_cluster import NOW
from sklearn.datasets import load_wine  # type: ignore[import-untyped]

WINES = pathlib.Path(__file__).parents[3] / "examples" / "data-pipeline" / "wines.py"
OUTPUT = "datasets/wines/data/etl/run-1/"
RESULT = "quality/wines/etl/run-1/result.json"
ECHO = """
import json, os, pathlib, sys
out = sys.argv[sys.argv.index("--output") + 1]
listing = [json.loads(line) for line in open(os.environ["GROUNDPLAN_INPUTS_FILE"])]
text = json.dumps({"words": sys.argv[1:], "read": [item["uri"] for item in listing]})
pathlib.Path(out, "echo.json").write_text(text)
"""


@pytest.fixture
def s3() -> Iterator[Any]:
    with moto_lookups.once(), mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="artifacts")
        client.put_bucket_versioning(
            Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"}
        )
        yield client


def put(s3: Any, key: str, content: bytes) -> RawObject:
    answer = s3.put_object(Bucket="artifacts", Key=key, Body=content)
    return RawObject("raw", key, answer["VersionId"], len(content), "2026-11-28T00:00:00+00:00")


def variables(s3: Any, script: str, read: list[RawObject], **more: str) -> dict[str, str]:
    put(s3, "script.py", script.encode())
    lines = "".join(json.dumps(vars(item)) + "\n" for item in read)
    put(s3, "inputs.json.gz", gzip.compress(lines.encode()))
    return {
        names.RUN: "run-1",
        names.ENGINE: "container",
        names.SCRIPT: "s3://artifacts/script.py",
        names.SCRIPT_DIGEST: hashlib.sha256(script.encode()).hexdigest(),
        names.INPUTS: "s3://artifacts/inputs.json.gz",
        names.INPUT_FOLDERS: json.dumps({"raw": "s3://artifacts/raw/"}),
        names.OUTPUT: f"s3://artifacts/{OUTPUT}",
        **more,
    }


def keys(s3: Any, prefix: str = OUTPUT) -> list[str]:
    return [key.removeprefix(prefix) for key in objects.keys(s3, "artifacts", prefix)]


def checked(s3: Any, folder: pathlib.Path, **columns: Any) -> dict[str, Any]:
    wanted = rules.of_args({"columns": columns, "minimum_rows": 100})
    environment = {
        names.RUN: "run-1",
        names.DATASET: "wines",
        names.DATA: f"s3://artifacts/{OUTPUT}",
        names.RESULT: f"s3://artifacts/{RESULT}",
        names.RULES: rules.text(wanted),
        names.REFERENCES: json.dumps({"kinds": "s3://artifacts/kinds/"}),
    }
    quality.check(s3, environment, NOW, folder)
    found: dict[str, Any] = json.loads(objects.read(s3, f"s3://artifacts/{RESULT}"))
    return found


RULES: dict[str, Any] = {
    "alcohol": {"complete": 1.0, "min": 10, "max": 15},
    "target": {"references": {"input": "kinds", "column": "kind"}},
}


@pytest.mark.parametrize("worst", [None, 99.0])
def test_wines_of_scikit_learn_become_checked_parquet(
    s3: Any, tmp_path: pathlib.Path, worst: float | None
) -> None:
    table = load_wine(as_frame=True).frame
    if worst is not None:
        table.loc[0, "alcohol"] = worst
    halves = [table[:90], table[90:]]
    read = [
        put(s3, f"raw/{place}.csv", half.to_csv(index=False).encode())
        for place, half in enumerate(halves)
    ]
    put(s3, "raw/later.csv", b"no run has asked for it")
    kinds = tmp_path / "kinds.parquet"
    pd.DataFrame({"kind": [0, 1, 2]}).to_parquet(kinds)
    put(s3, "kinds/part-0.parquet", kinds.read_bytes())
    (tmp_path / "run").mkdir()
    (tmp_path / "check").mkdir()
    environment = variables(s3, WINES.read_text(), read)
    assert runner.run(s3, environment, [], tmp_path / "run") == 0
    assert keys(s3) == ["part-0.parquet"]
    result = checked(s3, tmp_path / "check", **RULES)
    assert result["rows"] == len(table.drop_duplicates())
    assert result["passed"] is (worst is None)
    failed = [rule["rule"] for rule in result["rules"] if not rule["passed"]]
    assert failed == ([] if worst is None else ["alcohol: max 15"])


def test_the_result_is_the_same_document_as_that_of_the_glue_job(
    s3: Any, tmp_path: pathlib.Path
) -> None:
    put(s3, "kinds/part-0.parquet", b"")
    s3.delete_object(Bucket="artifacts", Key="kinds/part-0.parquet")
    found = checked(s3, tmp_path, alcohol={"complete": 1.0})
    plain = ["dataset", "passed", "rows", "rules", "run"]
    assert sorted(found) == sorted([*plain, "schema", "statistics"])
    assert [sorted(rule) for rule in found["rules"]] == [
        ["compared", "detail", "passed", "rule"]
    ] * 2
    assert found["passed"] is False  # nothing was written: no rule holds


def test_the_script_gets_folders_arguments_and_the_list_of_objects(
    s3: Any, tmp_path: pathlib.Path
) -> None:
    item = put(s3, "raw/day=1/a.txt", b"a")
    environment = variables(s3, ECHO, [item])
    assert runner.run(s3, environment, ["--country", "DE"], tmp_path) == 0
    found = json.loads(objects.read(s3, f"s3://artifacts/{OUTPUT}echo.json"))
    assert found["read"] == ["s3://artifacts/raw/day=1/a.txt"]
    words = found["words"]
    assert words[:2] == ["--run", "run-1"]
    assert words[-2:] == ["--country", "DE"]
    raw = pathlib.Path(words[words.index("--input-raw") + 1])
    assert (raw / "day=1" / "a.txt").read_bytes() == b"a"


def test_objects_are_read_at_the_versions_of_the_list(s3: Any, tmp_path: pathlib.Path) -> None:
    item = put(s3, "raw/a.txt", b"old")
    put(s3, "raw/a.txt", b"new")
    runner.run(s3, variables(s3, ECHO, [item]), [], tmp_path)
    assert (tmp_path / "inputs" / "raw" / "a.txt").read_bytes() == b"old"


def test_a_second_try_replaces_what_the_first_has_written(s3: Any, tmp_path: pathlib.Path) -> None:
    put(s3, f"{OUTPUT}part-7.parquet", b"of the first try")
    assert runner.run(s3, variables(s3, ECHO, []), [], tmp_path) == 0
    assert keys(s3) == ["echo.json"]


@pytest.mark.parametrize(
    ("script", "code"),
    [("import sys; sys.exit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)],
)
def test_what_a_failing_script_wrote_is_not_uploaded(
    s3: Any, tmp_path: pathlib.Path, script: str, code: int
) -> None:
    written = f"{ECHO}\n{script}"
    assert runner.run(s3, variables(s3, written, []), [], tmp_path) == code
    assert keys(s3) == []


def test_a_script_that_writes_nothing_has_failed(s3: Any, tmp_path: pathlib.Path) -> None:
    with pytest.raises(JobError, match="wrote nothing"):
        runner.run(s3, variables(s3, "", []), [], tmp_path)


def test_another_script_than_the_deployed_one_is_not_run(s3: Any, tmp_path: pathlib.Path) -> None:
    environment = variables(s3, ECHO, []) | {names.SCRIPT_DIGEST: "0" * 64}
    with pytest.raises(JobError, match="not the script that was deployed"):
        runner.run(s3, environment, [], tmp_path)


@pytest.mark.parametrize("key", ["raw/../../x", "raw/a/../../x", "raw//etc/x", "raw/.."])
def test_an_object_cannot_leave_its_folder(s3: Any, tmp_path: pathlib.Path, key: str) -> None:
    item = put(s3, key, b"")
    with pytest.raises(JobError, match="no name for a file"):
        runner.run(s3, variables(s3, ECHO, [item]), [], tmp_path)


def test_on_ray_the_script_gets_folders_of_s3(s3: Any, tmp_path: pathlib.Path) -> None:
    script = "import sys\nfrom pathlib import Path\nPath(r'{}').write_text(' '.join(sys.argv[1:]))"
    seen = tmp_path / "seen"
    environment = variables(s3, script.format(seen), [], **{names.ENGINE: "ray"})
    put(s3, f"{OUTPUT}old", b"")
    with pytest.raises(JobError, match="wrote nothing"):
        runner.run(s3, environment, [], tmp_path)
    assert f"--output s3://artifacts/{OUTPUT} --input-raw s3://artifacts/raw/" in seen.read_text()


def test_the_example_drops_rows_without_a_value() -> None:
    cleaned = runpy.run_path(str(WINES))["cleaned"]
    raw = pd.DataFrame({"a": [1.0, 1.0, None], "b": [2, 2, 3]})
    assert cleaned(raw).to_dict("records") == [{"a": 1.0, "b": 2}]
    assert "groundplan" not in WINES.read_text()
    assert sys.version_info >= (3, 11)
