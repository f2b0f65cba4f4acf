"""The guide of dataset versions, walked through: its commands in their order."""

import pathlib
import re
import shlex
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner
from groundplan.cli import main
from moto import mock_aws

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "guides" / "dataset-versions.md"


def commands() -> list[list[str]]:
    """The commands of the page, in its order."""
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("groundplan ")]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("GROUNDPLAN_BUCKET", "artifacts")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="artifacts")
        client.put_bucket_versioning(
            Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"}
        )
        yield client


def test_the_guide_works(s3: Any, tmp_path: pathlib.Path) -> None:
    for folder, age in (("data", 31), ("newer", 45)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").write_text(f"user,age\nann,{age}\n")
    s3.put_object(Bucket="artifacts", Key="raw/clicks/a.csv", Body=b"raw")
    outputs = []

    for command in commands():
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, (command, result.output)
        outputs.append((command[1], result.output))

    assert (tmp_path / "work" / "a.csv").read_text() == "user,age\nann,31\n"
    assert (tmp_path / "lineage.svg").read_text().startswith("<svg")
    history = [output for name, output in outputs if name == "show"][-1]
    assert "rollback" in history
    assert "labels of 27 November are wrong" in history
    assert {name for name, _ in outputs} == {
        "checkout", "commit", "diff", "gc", "lineage", "list", "rollback", "show", "tag"
    }  # fmt: skip
