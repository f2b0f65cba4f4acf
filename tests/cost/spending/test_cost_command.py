"""`groundplan cost`: its table, JSON, exit codes and what it writes."""

import csv
import gzip
import json
import pathlib
from typing import Any

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.cost import usage_file
from groundplan.cost.estimate import estimate
from groundplan.manifest.model import Manifest, Resource
from groundplan.report.gather import _estimate

TAGS = {"environment": "dev", "groundplan:component": "network"}
HEADER = (
    "line_item_usage_start_date", "line_item_line_item_type", "line_item_product_code",
    "line_item_usage_type", "line_item_usage_amount", "line_item_unblended_cost", "resource_tags",
)  # fmt: skip


def manifest() -> Manifest:
    def resource(type_: str, name: str, parent: str | None = None, **inputs: Any) -> Resource:
        urn = f"urn:pulumi:dev::ml::{type_}::{name}"
        custom = not type_.startswith("groundplan:")
        return Resource(urn, type_, name, custom=custom, parent=parent, inputs=inputs)

    network = resource("groundplan:index:Network", "network")
    nat = resource("aws:ec2/natGateway:NatGateway", "network-nat-1", network.urn, tags=TAGS)
    bare = resource("aws:ec2/eip:Eip", "bare")
    return Manifest("ml", "dev", (network, nat, bare), aws_region="us-east-1")


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    (tmp_path / "dev.json").write_text(manifest().to_json())
    monkeypatch.chdir(tmp_path)
    tags = json.dumps({"user_environment": "dev", "user_groundplan_component": "network"})
    with (tmp_path / "costs.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for kind, amount, price in (
            ("NatGateway-Hours", 730, 0.045),
            ("NatGateway-Bytes", 400, 0.045),
        ):
            writer.writerow(
                ["2026-10-05", "Usage", "AmazonEC2", kind, amount, amount * price, tags]
            )
    return tmp_path


def run(folder: pathlib.Path, *args: str) -> Result:
    given = ["--manifest", "dev.json", "--file", str(folder / "costs.csv")]
    return CliRunner().invoke(main, ["cost", *given, "--today", "2026-11-28", *args])


def test_the_json_has_what_was_estimated_and_billed(folder: pathlib.Path) -> None:
    done = run(folder, "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    # 730 x 0.045 + 100 x 0.045, and 730 x 0.045 + 400 x 0.045; the address has no tags.
    assert data["components"] == [
        {
            "component": "network",
            "estimatedUsd": 37.35,
            "billedUsd": 50.85,
            "differenceUsd": 13.5,
            "hasUnknownPrice": False,
        },
        {
            "component": "bare",
            "estimatedUsd": 3.65,
            "billedUsd": 0.0,
            "differenceUsd": -3.65,
            "hasUnknownPrice": False,
        },
    ]
    assert data["differencePercent"] == 24.0
    assert data["tags"] == {"environment": "dev"}
    assert data["untagged"] == ["bare"]
    assert any("AWS does not attribute what has no tags" in note for note in data["notes"])


def test_the_table_shows_the_month_and_the_total(folder: pathlib.Path) -> None:
    done = run(folder)
    assert done.exit_code == 0
    for text in ("dev, October 2026, by costs.csv", "37.35", "50.85", "+13.50", "+24.0 %"):
        assert text in done.stdout
    assert "reading the costs of October 2026" in done.stderr


def test_more_than_is_allowed_is_exit_code_3(folder: pathlib.Path) -> None:
    assert run(folder, "--fail-over", "20").exit_code == 3
    assert run(folder, "--fail-over", "25").exit_code == 0


def test_the_estimate_learns_and_says_so(folder: pathlib.Path) -> None:
    done = run(folder, "--learn")
    assert done.exit_code == 0, done.output
    assert "Estimates use the measured usage of October 2026 from now on" in done.stdout.replace(
        "\n", " "
    )
    text = (folder / "usage.dev.measured.yaml").read_text()
    assert "measured: 2026-10" in text or "measured: '2026-10'" in text
    usage = usage_file.load(folder, "dev")
    assert usage.file == "measured usage of October 2026 (usage.dev.measured.yaml)"
    assert usage.assumptions.of("nat_gb", "network-nat-1") == 400
    found = _estimate(manifest(), usage)
    assert found.assumptions["usage file"] == usage.file
    assert found.expected == pytest.approx(50.85 + 3.65)
    # And the comparison uses it from then on.
    data = json.loads(run(folder, "--json").stdout)
    assert data["usage"] == usage.file
    assert data["components"][-1]["differenceUsd"] == 0.0


def test_what_a_person_wrote_wins(folder: pathlib.Path) -> None:
    run(folder, "--learn")
    written = folder / "usage.dev.yaml"
    written.write_text("resources:\n  network-nat-1: {usdAMonth: 7}\n")
    usage = usage_file.load(folder, "dev")
    assert usage.file.endswith("(usage.dev.measured.yaml), usage.dev.yaml")
    assert estimate(manifest(), usage.assumptions).expected == pytest.approx(7 + 3.65)
    written.write_text("natGb: 50\n")
    assert usage_file.load(folder, "dev").assumptions.of("nat_gb", "network-nat-1") == 50


def test_learning_into_another_file_changes_no_preview(folder: pathlib.Path) -> None:
    assert run(folder, "--learn", str(folder / "other.yaml")).exit_code == 0
    assert (folder / "other.yaml").is_file()
    assert usage_file.load(folder, "dev").file == ""


@pytest.mark.parametrize("text", ["measured: october\n", "measured: 2026-13\n", "natGb: 5\n"])
def test_a_measured_file_says_its_month(text: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "usage.dev.measured.yaml").write_text(text)
    with pytest.raises(usage_file.UsageError, match="a month in quotes"):
        usage_file.load(tmp_path, "dev")


def test_a_measured_file_has_the_problems_of_a_usage_file(tmp_path: pathlib.Path) -> None:
    (tmp_path / "usage.dev.measured.yaml").write_text("measured: '2026-10'\nnatGB: 5\n")
    with pytest.raises(usage_file.UsageError, match="natGB is unknown"):
        usage_file.load(tmp_path, "dev")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--month", "2026-09"), "costs.csv has no costs of September 2026 with environment=dev"),
        (("--month", "2027-01"), "No day of 2027-01 is over"),
        (("--tag", "environment=prod"), "with environment=prod"),
    ],
)
def test_what_can_not_be_compared_is_exit_code_1(
    args: tuple[str, ...], message: str, folder: pathlib.Path
) -> None:
    done = run(folder, *args)
    assert done.exit_code == 1
    assert message in done.stderr
    as_json = run(folder, *args, "--json")
    assert message in json.loads(as_json.stderr)["error"]["message"]


def test_without_credentials_it_says_so(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "none"))
    done = CliRunner().invoke(main, ["cost", "--manifest", "dev.json"])
    assert done.exit_code == 1
    assert "No valid AWS credentials" in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--month", "2026-13"), "'2026-13' does not match the format"),
        (("--month", "october"), "'october' does not match the format"),
        # Nothing is above or below it: the gate would never fail.
        (("--fail-over", "nan"), "not a finite number"),
        (("--fail-over", "inf"), "not a finite number"),
        # Before Cost Explorer is paid.
        (("--learn", "."), "--learn . is a folder. Fix: "),
        (("--learn", "no/usage.yaml"), "--learn no/usage.yaml has no folder no. Fix: "),
        # No program runs with --manifest.
        (("--config", "a=b"), "has no effect with --manifest"),
        (("",), "it is empty. Fix: name the stack"),
    ],
)
def test_what_is_misused_is_exit_code_2(
    args: tuple[str, ...], message: str, folder: pathlib.Path
) -> None:
    done = run(folder, *args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-31"])
def test_the_first_month_has_none_before(day: str, folder: pathlib.Path) -> None:
    done = run(folder, "--today", day)
    assert done.exit_code == 1
    assert "has no month before. Fix: " in done.stderr


def test_the_last_month_of_all_is_a_month(folder: pathlib.Path) -> None:
    done = run(folder, "--today", "9999-12-31", "--month", "9999-12")
    assert "costs.csv has no costs of December 9999, 30 days" in done.stderr


@pytest.mark.parametrize("text", ["", "not a report\n", "a,b\n1,2\n"])
def test_a_file_without_the_columns_of_a_report_is_none(text: str, folder: pathlib.Path) -> None:
    (folder / "costs.csv").write_text(text)
    done = run(folder)
    assert done.exit_code == 1
    assert "costs.csv is no cost report: it lacks line_item_unblended_cost" in done.stderr


def test_a_damaged_archive_is_no_report(folder: pathlib.Path) -> None:
    damaged = bytearray(gzip.compress(b"line_item_unblended_cost,a\n" * 999))
    damaged[20:40] = b"\xff" * 20
    (folder / "costs.csv.gz").write_bytes(bytes(damaged))
    done = run(folder, "--file", "costs.csv.gz")
    assert done.exit_code == 1
    assert "costs.csv.gz" in done.stderr
    assert "Traceback" not in done.output


def test_the_manifest_of_another_stack_is_refused(folder: pathlib.Path) -> None:
    done = run(folder, "prod")
    assert done.exit_code == 1
    assert "--manifest dev.json is the manifest of dev, not of prod. Fix: " in done.stderr
