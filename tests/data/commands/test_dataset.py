"""The commands of `groundplan dataset` against moto."""

import gzip
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner, Result
from groundplan.cli.group import main
from moto import mock_aws


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("GROUNDPLAN_BUCKET", "artifacts")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "200")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="artifacts")
        client.put_bucket_versioning(
            Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"}
        )
        yield client


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    found = tmp_path / "data"
    found.mkdir()
    (found / "a.csv").write_text("user,age,paid\nann,31,true\nbob,,false\n")
    (found / "b.csv").write_text("user,age,paid\neve,45,true\n")
    return found


def run(*args: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["dataset", *map(str, args)])
    assert result.exit_code == code, result.output
    return result


def data(*args: object) -> Any:
    return json.loads(run(*args, "--json").stdout)


def test_from_a_folder_to_a_rollback(s3: Any, folder: pathlib.Path) -> None:
    first = data("commit", "clicks", folder, "--created-by", "run=etl-7", "--statistics")
    (folder / "b.csv").unlink()
    (folder / "c.csv").write_text("user,age,paid,country\nzoe,1.5,true,DE\n")
    second = data("commit", "clicks", folder)

    assert first["objects"] == 2
    assert first["created_by"] == {"run": "etl-7"}
    assert [c["type"] for c in first["schema"]["columns"]] == ["string", "integer", "boolean"]
    shown = data("show", first["reference"][:30])
    assert shown["statistics"]["rows"] == 3
    assert shown["statistics"]["columns"]["age"]["missing"] == 1
    assert shown["committed_by"].startswith("arn:aws:")
    difference = data("diff", first["reference"], "clicks")
    assert difference["counts"] == {"added": 1, "removed": 1, "changed": 0}

    back = data("rollback", "clicks", "--reason", "wrong")

    assert back["reference"] == first["reference"]
    history = data("show", "clicks")["history"]
    assert [move["kind"] for move in history] == ["rollback", "commit", "commit"]
    assert [move["reason"] for move in history] == ["wrong", "", ""]
    listed = data("list", "clicks")
    assert {row["reference"]: row["tags"] for row in listed} == {
        first["reference"]: ["latest"],
        second["reference"]: [],
    }
    assert data("list") == ["clicks"]


def test_texts_name_what_was_done(s3: Any, folder: pathlib.Path) -> None:
    committed = run("commit", "clicks", folder).output
    assert "committed, latest: 2 objects, 2 stored now" in committed
    assert (
        "was committed before, latest: 2 objects, 0 stored now"
        in run("commit", "clicks", folder).output
    )
    assert "clicks:production names sha256:" in run("tag", "clicks", "production").output
    assert "latest, production" in run("list", "clicks").output
    assert "age: integer" in run("show", "clicks:production").output
    assert "0 added, 0 removed, 0 changed" in run("diff", "clicks", "clicks:production").output


def test_a_version_is_checked_out_though_its_objects_are_gone(
    s3: Any, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    for file in folder.iterdir():
        s3.put_object(Bucket="artifacts", Key=f"raw/{file.name}", Body=file.read_bytes())
    run("commit", "clicks", "s3://artifacts/raw/")
    s3.put_object(Bucket="artifacts", Key="raw/a.csv", Body=b"overwritten")
    s3.delete_object(Bucket="artifacts", Key="raw/b.csv")

    done = data("checkout", "clicks", tmp_path / "out")

    assert (done["downloaded"], done["unverified"]) == (2, 0)
    for file in folder.iterdir():
        assert (tmp_path / "out" / file.name).read_text() == file.read_text()
    assert data("checkout", "clicks", tmp_path / "out")["present"] == 2
    lines = run("checkout", "clicks", "--list").output.splitlines()
    assert [json.loads(line)["key"] for line in lines] == ["raw/a.csv", "raw/b.csv"]


def test_a_list_of_objects_is_a_version(
    s3: Any, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    s3.put_object(Bucket="artifacts", Key="raw/z.csv", Body=b"1")
    s3.put_object(Bucket="artifacts", Key="raw/a.csv", Body=b"2")
    keys = tmp_path / "keys.txt"
    keys.write_text("raw/z.csv\nraw/a.csv\n")
    first = data("commit", "clicks", "--objects", keys)
    keys.write_text(run("checkout", "clicks", "--list").output)
    assert data("commit", "clicks", "--objects", keys)["reference"] == first["reference"]
    keys.write_text("raw/none.csv\n")
    assert (
        "raw/none.csv does not exist" in run("commit", "clicks", "--objects", keys, code=1).output
    )


def test_files_that_are_no_part_of_a_version_are_not_mixed_in(
    s3: Any, folder: pathlib.Path
) -> None:
    run("commit", "clicks", folder)
    (folder / "other.csv").write_text("x")
    refused = run("checkout", "clicks", folder, code=1).output
    assert "other.csv is no part of clicks@sha256:" in refused
    assert data("checkout", "clicks", folder, "--delete")["deleted"] == 1
    assert sorted(file.name for file in folder.iterdir()) == ["a.csv", "b.csv"]


def test_damaged_content_is_not_checked_out(
    s3: Any, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    run("commit", "clicks", folder)
    line = json.loads(run("checkout", "clicks", "--list").output.splitlines()[0])
    s3.delete_object(Bucket="artifacts", Key=line["key"], VersionId=line["version_id"])
    refused = run("checkout", "clicks", tmp_path / "out", code=1).output
    assert f"(version {line['version_id']}) is gone. Fix: restore it" in refused
    assert not list((tmp_path / "out").rglob("*.groundplan-part"))


def test_the_second_of_two_commits_is_refused(
    s3: Any, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from groundplan.data.versions import tagging

    run("commit", "clicks", folder)
    real = tagging.move
    other: list[Any] = []

    def slow(bucket: Any, dataset: str, name: str, wanted: Any, seen: Any = None) -> Any:
        if not other:
            other.append(name)
            (folder / "a.csv").write_text("faster")
            run("commit", "clicks", folder)
        return real(bucket, dataset, name, wanted, seen)

    monkeypatch.setattr(tagging, "move", slow)
    (folder / "a.csv").write_text("slower")
    refused = run("commit", "clicks", folder, code=3).output

    assert "clicks:latest was moved to sha256:" in refused
    assert "Fix: compare the two with `groundplan dataset diff`" in refused


def test_collections_spare_what_is_used(s3: Any, folder: pathlib.Path) -> None:
    used = data("commit", "clicks", folder, "--no-tag")["reference"]
    record = json.dumps({"datasets": {"clicks": {"version": used}}})
    s3.put_object(Bucket="artifacts", Key="runs/churn/1/run.json", Body=record.encode())
    (folder / "a.csv").write_text("not used")
    unused = data("commit", "clicks", folder, "--no-tag")
    gc = ("gc", "clicks", "--grace-days", 0)

    would = data(*gc)
    assert (would["versions"], would["deleted"]) == ([unused["digest"]], False)
    assert len(data("list", "clicks")) == 2
    done = data(*gc, "--delete")

    assert done["versions"] == [unused["digest"]]
    assert done["objects"] == 2  # the part and the object that only it had
    assert list(done["kept"].values()) == [["s3://artifacts/runs/churn/1/run.json"]]
    assert [row["reference"] for row in data("list", "clicks")] == [used]
    assert "younger than the grace period" in run("gc", "clicks").output


def test_lineage_leads_both_ways(s3: Any, folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    sagemaker = boto3.client("sagemaker")
    s3.put_object(Bucket="artifacts", Key="raw/a.csv", Body=b"1")
    raw = data("commit", "raw", "s3://artifacts/raw/")["reference"]
    features = data(
        "commit", "features", folder, "--parent", "raw", "--created-by", "pipeline=etl"
    )["reference"]
    sagemaker.create_model_package_group(ModelPackageGroupName="churn")
    model = sagemaker.create_model_package(
        ModelPackageGroupName="churn",
        ModelPackageDescription="x",
        CustomerMetadataProperties={"groundplan:dataset:features": features},
    )["ModelPackageArn"]

    def edges(*args: object) -> set[tuple[str, str]]:
        found = data("lineage", *args)
        return {(edge["from"], edge["to"]) for edge in found["edges"]}

    back = edges(model)
    assert edges("churn/1") == back
    assert {(features, model), (raw, "created by pipeline etl")} <= back
    assert ("created by pipeline etl", features) in back
    assert ("folder s3://artifacts/raw/", raw) in back
    forward = edges("s3://artifacts/raw/a.csv")
    assert {(raw, features), (features, model)} <= forward
    assert back <= edges("features") | {(features, model)}
    for name in ("out.svg", "out.mmd"):
        run("lineage", "features", "--picture", tmp_path / name)
    assert (tmp_path / "out.svg").read_text().count("<rect") == 5
    assert (tmp_path / "out.mmd").read_text().startswith("flowchart LR")
    assert "or names no dataset version by digest" in run("lineage", f"{model}0", code=1).output


def test_lineage_leads_from_a_model_of_a_cluster_to_the_raw_objects_of_its_pipeline(
    s3: Any, folder: pathlib.Path
) -> None:
    s3.put_object(Bucket="artifacts", Key="raw/a.csv", Body=b"1")
    raw = [{"input": "raw", "key": "raw/a.csv", "version": "v1", "size": 1, "modified": "x"}]
    lines = "".join(f"{json.dumps(item)}\n" for item in raw).encode()
    s3.put_object(Bucket="artifacts", Key="pipelines/etl/runs/1/in.gz", Body=gzip.compress(lines))
    inputs = "inputs=s3://artifacts/pipelines/etl/runs/1/in.gz"
    made = ("--created-by", "pipeline=etl", "--created-by", "run=1", "--created-by", inputs)
    clicks = data("commit", "clicks", folder, *made)["reference"]
    record = json.dumps({"datasets": {"clicks": {"version": clicks}}})
    s3.put_object(Bucket="artifacts", Key="runs/churn/1/run.json", Body=record.encode())
    version = json.dumps({"record_uri": "s3://artifacts/runs/churn/1/run.json"}, indent=1)
    key = "registry/churn/versions/00000007.json"
    s3.put_object(Bucket="artifacts", Key=key, Body=version.encode())

    run_of, model = "created by pipeline etl, run 1", f"s3://artifacts/{key}"
    every = {
        ("object raw/a.csv ", run_of),
        (run_of, clicks),
        (clicks, model),
        (clicks, "s3://artifacts/runs/churn/1/run.json"),
    }
    forward = data("lineage", "s3://artifacts/raw/a.csv", "--without-registry")
    assert {(edge["from"], edge["to"]) for edge in forward["edges"]} == every
    back = data("lineage", "churn/7", "--without-registry")
    assert {(edge["from"], edge["to"]) for edge in back["edges"]} == {
        ("folder s3://artifacts/raw/", run_of),
        (run_of, clicks),
        (clicks, model),
    }
    kinds = {node["id"]: (node["kind"], node["label"]) for node in back["nodes"]}
    assert kinds[model] == ("model version", "churn/7")
    shown = run("lineage", "s3://artifacts/raw/a.csv", "--without-registry").output
    assert "churn/7" in shown
    (folder / "c.json").write_text("{}")
    data("commit", "json", folder, "--no-tag")
    s3.put_object(Bucket="artifacts", Key="raw/b.json", Body=b"{}")
    other = data("commit", "other", "s3://artifacts/raw/")["reference"]
    found = data("lineage", "s3://artifacts/raw/b.json", "--without-registry")["edges"]
    assert found == [{"from": "object raw/b.json ", "to": other}]
    args = ("lineage", "s3://artifacts/raw/a.csv", "--without-registry", "--version-id")
    assert data(*args, "v1")["edges"]
    run(*args, "v2", code=1)


ERRORS: tuple[tuple[tuple[str, ...], int, str], ...] = (
    (("commit", "Clicks", "."), 1, "is no name of a dataset"),
    (("commit", "clicks", "none"), 1, "none is no folder"),
    (("commit", "clicks"), 2, "name a FOLDER"),
    (("commit", "clicks", "s3://other/raw/"), 1, "in another bucket than artifacts"),
    (("commit", "clicks", "s3://artifacts/none/"), 1, "nothing to commit"),
    (("commit", "clicks", ".", "--tag", "x", "--no-tag"), 2, "exclude each other"),
    (("commit", "clicks", ".", "--created-by", "x"), 2, "is no KEY=VALUE"),
    (("show", "clicks"), 1, "clicks:latest does not exist"),
    (("show", "clicks@sha256:12345678"), 1, "is the beginning of 0 digests"),
    (("show", "a/b"), 1, "is no reference of a dataset version"),
    (("tag", "clicks", "v1"), 1, "does not exist"),
    (("rollback", "clicks@sha256:" + "0" * 64, "--reason", "x"), 1, "names no tag"),
    (("checkout", "clicks"), 2, "name a FOLDER, or --list"),
    (("lineage", "s3://other/raw/a.csv"), 1, "in another bucket than artifacts"),
    (("list", "clicks", "--bucket", "none"), 1, "There is no bucket none"),
    (("gc", "nope"), 0, "There is no version of it. Fix: "),
    (("lineage", "clicks", "--picture", "x.png"), 2, "ends in .svg or .mmd"),
)


def test_errors_are_one_sentence_with_a_fix(s3: Any) -> None:
    for args, code, message in ERRORS:
        assert message in run(*args, code=code).output


def test_a_difference_says_which_version_has_no_statistics(s3: Any, folder: pathlib.Path) -> None:
    plain = data("commit", "clicks", folder)["reference"]
    data("commit", "clicks", folder, "--statistics")
    shown = run("diff", plain, "clicks").output
    assert f"statistics: {plain} has none" in shown
    assert "None" not in shown


def test_data_that_failed_its_checks_is_not_committed(
    s3: Any, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    quality = tmp_path / "quality.json"
    quality.write_text('{"passed": false}')
    refused = run("commit", "clicks", folder, "--quality", quality, code=1).output
    assert "failed: the data is not committed" in refused
    for unclear in ('{"report": "1.html"}', '{"passed": null}', '{"passed": "false"}'):
        quality.write_text(unclear)
        refused = run("commit", "clicks", folder, "--quality", quality, code=1).output
        assert "does not say that the checks passed" in refused
    quality.write_text('{"passed": true, "report": "s3://artifacts/reports/1.html"}')
    done = data("commit", "clicks", folder, "--quality", quality)
    assert done["quality"]["report"] == "s3://artifacts/reports/1.html"


def test_without_a_bucket_the_fix_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.delenv("GROUNDPLAN_BUCKET", raising=False)
    outputs = tmp_path / "outputs.json"
    outputs.write_text("{}")
    assert "exports no artifactBucket" in run("list", "-o", outputs, code=1).output
