"""`groundplan monitoring`: the baseline of a dataset, and the check of a window."""

import hashlib
import json
import pathlib
from typing import Any

import boto3  # type: ignore[import-untyped]
import moto_lookups
import pytest
from click.testing import CliRunner, Result
from groundplan.cli.group import main
from groundplan.data.versions import parts
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.manifest import DatasetObject, Description, written
from groundplan.model_monitoring.analysis import stores
from groundplan.model_monitoring.analysis.baseline import Baseline
from moto import mock_aws

HEADER = "income,city,score,label\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["monitoring", *arguments])


def table(shift: float = 0.0, rows: int = 400) -> str:
    lines = [
        f"{place % 37 + shift},{('Oslo', 'Rome')[place % 2]},{place % 10 / 10},{place % 3 == 0:d}\n"
        for place in range(rows)
    ]
    return HEADER + "".join(lines)


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "train.csv").write_text(table())
    (tmp_path / "same.csv").write_text(table())
    (tmp_path / "moved.csv").write_text(table(30))
    (tmp_path / "few.csv").write_text(table(rows=20))
    options = ("--task", "binary", "--score", "score", "--slice", "city", "--source", "dataset=d@1")
    found = run(
        "baseline", str(tmp_path / "train.csv"), *options, "--out", str(tmp_path / "b/base.json")
    )
    assert found.exit_code == 0, found.output
    return tmp_path


def checked(folder: pathlib.Path, name: str, *options: str) -> Result:
    return run(
        "check", str(folder / name), "--baseline", str(folder / "b/base.json"), "--json", *options
    )


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [("same.csv", 0, "ok"), ("moved.csv", 4, "alarm"), ("few.csv", 3, "not_enough_data")],
)
def test_a_check_ends_with_a_code_for_what_it_came_to(
    folder: pathlib.Path, name: str, code: int, status: str
) -> None:
    found = checked(folder, name)
    assert (found.exit_code, json.loads(found.stdout)["status"]) == (code, status)
    assert json.loads(found.stdout)["baseline"]["source"] == {"dataset": "d@1"}


def test_a_limit_changes_what_alarms(folder: pathlib.Path) -> None:
    found = checked(
        folder, "moved.csv", "--limit", "smallest_drift=0.99", "--limit", "largest_undetected=0.999"
    )
    alarms = [v for v in json.loads(found.stdout)["verdicts"] if v["status"] == "alarm"]
    assert "data_drift" not in {verdict["family"] for verdict in alarms}
    assert checked(folder, "same.csv", "--limit", "smallest=1").exit_code == 1
    assert checked(folder, "same.csv", "--limit", "smallest_drift=much").exit_code == 1
    assert checked(folder, "same.csv", "--limit", "smallest_drift").exit_code == 2


def test_the_page_and_the_result_are_written(folder: pathlib.Path) -> None:
    page, result = folder / "out/report.html", folder / "out/result.json"
    found = checked(folder, "moved.csv", "--report", str(page), "--result", str(result))
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert json.loads(result.read_text()) == json.loads(found.stdout)


def test_the_terminal_names_what_alarms(folder: pathlib.Path) -> None:
    base = str(folder / "b/base.json")
    found = run("check", str(folder / "moved.csv"), "--baseline", base)
    assert "moved: alarm" in found.stdout
    assert "alarm: data_drift of income" in found.stdout


def test_the_schema_that_is_shown_is_one_that_is_read(folder: pathlib.Path) -> None:
    shown = run("baseline", str(folder / "train.csv"), "--task", "binary", "--score", "score",
                "--categorical", "income", "--show-schema")  # fmt: skip
    document: dict[str, Any] = json.loads(shown.stdout)
    assert document["features"][0] == {"name": "income", "kind": "categorical"}
    (folder / "schema.json").write_text(shown.stdout)
    out = str(folder / "other.json")
    found = run("baseline", str(folder / "train.csv"), "--schema", str(folder / "schema.json"),
                "--out", out, "--json")  # fmt: skip
    facts = json.loads(found.stdout)
    assert facts["schema"]["features"] == document["features"]
    assert (facts["rows"], facts["labelled_rows"], facts["baseline"]) == (400, 400, out)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["baseline", "none.csv", "--prediction", "y", "--out", "b"], 1, "none.csv"),
        (["baseline", "none.csv"], 2, "--out"),
        (["baseline", "{}/train.csv", "--prediction", "y", "--out", "b"], 1, "no column y"),
        (["baseline", "{}/train.csv", "--out", "b"], 1, "prediction: missing"),
        (["baseline", "{}/train.csv", "--source", "x", "--out", "b"], 2, "KEY=VALUE"),
        (["check", "{}/same.csv", "--baseline", "none.json"], 1, "none.json"),
        (["check", "{}/same.csv", "--baseline", "{}/same.csv"], 1, "not JSON"),
        (["check", "{}", "--baseline", "{}/b/base.json", "--start", "2026-11-28"], 2, "--end"),
        (["check", "{}/same.csv", "--baseline", "{}/b/base.json", "--start", "2026-11-27",
          "--end", "2026-11-28"], 2, "no hours"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_without_a_stack_trace(
    folder: pathlib.Path, arguments: list[str], code: int, text: str
) -> None:
    found = run(*(argument.format(folder) for argument in arguments))
    assert found.exit_code == code
    assert text in found.output
    assert "Traceback" not in found.output


def test_a_baseline_of_a_dataset_version_reads_what_was_committed(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    stores._s3.cache_clear()
    with moto_lookups.once(), mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="artifacts")
        enabled = {"Status": "Enabled"}
        s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration=enabled)
        content = (folder / "train.csv").read_bytes()
        key = "datasets/fraud/data/train.csv"
        answer = s3.put_object(Bucket="artifacts", Key=key, Body=content)
        item = DatasetObject("train.csv", key, answer["VersionId"], len(content), "ETAG:x")
        bucket, keys = Bucket(s3, "artifacts"), DatasetKeys("fraud")
        lines = parts.lines([item])
        part = parts.described([item], lines)
        bucket.create(keys.part(part.digest), parts.compressed(lines))
        manifest = written("fraud", (part,), Description())
        version = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
        bucket.create(keys.version(version), manifest)
        s3.put_object(Bucket="artifacts", Key=key, Body=b"replaced")
        out = "s3://artifacts/baselines/fraud.json"
        options = ("--task", "binary", "--score", "score", "--slice", "city", "--out", out)
        where = ("--bucket", "artifacts", "--dataset", f"fraud@{version}")
        found = run("baseline", *where, *options, "--json")
        assert found.exit_code == 0, found.output
        facts = json.loads(found.stdout)
        assert facts["source"] == {"dataset": f"fraud@{version}"}
        assert facts["rows"] == 400
        written_there = s3.get_object(Bucket="artifacts", Key="baselines/fraud.json")["Body"]
        counted = Baseline.read(written_there.read())
        of_the_file = Baseline.read((folder / "b/base.json").read_bytes())
        assert counted.window.content() == of_the_file.window.content()
        missing = run("baseline", "--bucket", "artifacts", "--dataset", "fraud:none", *options)
        assert missing.exit_code == 1
        assert "fraud:none" in missing.output
    stores._s3.cache_clear()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("check", "same.csv", "--limit", "drift=2"), 1, "drift. Fix: false_alarm_rate,"),
        (("check", "same.csv", "--limit", "drift"), 2, "'drift' is not KEY=VALUE"),
        (("check", "nowhere.csv"), 1, "nowhere.csv: no such file or folder. Fix:"),
        (("check", "same.csv", "--labels", "nowhere"), 1, "nowhere: no such file or folder"),
        (("baseline", "empty.csv"), 1, "no row that can be read. Fix: CSV with a header"),
        (("baseline", "same.csv", "--schema", "{}"), 1, "are missing. Fix: write what"),
        (("baseline", "same.csv", "--schema", "[]"), 1, "are missing. Fix: write what"),
    ],
)
def test_a_mistake_is_named_with_what_to_write(
    folder: pathlib.Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    (folder / "empty.csv").write_text("income,city\n")
    named = [
        str(folder / text) if text.endswith((".csv", "nowhere")) else text for text in arguments
    ]
    if "--schema" in named:
        (folder / "schema.json").write_text(named[-1])
        named[-1] = str(folder / "schema.json")
    target = (
        ("--out", str(folder / "out.json"))
        if arguments[0] == "baseline"
        else ("--baseline", str(folder / "b/base.json"))
    )
    found = run(*named, *target)
    assert found.exit_code == code
    assert message in " ".join(found.output.split())
    assert "Traceback" not in found.output


def test_missing_credentials_are_named_with_what_sets_them(folder: pathlib.Path) -> None:
    found = run("baseline", "s3://ml-prod/a/", "--out", str(folder / "out.json"))
    assert found.exit_code == 1
    assert "Unable to locate credentials" in found.output
    assert "Fix: set AWS_PROFILE" in found.output
