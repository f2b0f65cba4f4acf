"""The `groundplan release gate` command and its errors."""

import json
import pathlib
from typing import Any

import pytest
from groundplan.release.commands import gate_report

SAM = "arn:aws:sts::123456789012:assumed-role/trainer/sam"


@pytest.fixture
def gated(cloud: Any, export: dict[str, Any]) -> dict[str, Any]:
    """The target with gates, and versions 4 (good) and 5 (bad)."""
    export["gates"] = {
        "metrics": {"auc": {"min": 0.8, "max_regression": 0.01, "slices": {"country=*": {}}}},
        "sign_off": {"required": True},
    }
    for number, auc in ((4, 0.9), (5, 0.7)):
        document = {
            "metrics": {"auc": {"value": auc}},
            "slices": {"country=|DE|": {"auc": {"value": auc}}},
        }
        cloud.client("s3").put_object(
            Bucket="artifacts", Key=f"{number}.json", Body=json.dumps(document)
        )
        source = {"ContentType": "application/json", "S3Uri": f"s3://artifacts/{number}.json"}
        cloud.package("churn", False, SAM, ModelMetrics={"ModelQuality": {"Statistics": source}})
    return export


@pytest.mark.usefixtures("gated")
def test_version_passes_gate_sign_off_and_release(run: Any) -> None:
    judged = run("release", "gate", "churn", "4")
    assert judged.exit_code == 0
    assert "Version 4 for ml-prod-churn, no champion: the first release" in judged.stdout
    assert (
        "All gates hold; not signed off: version 4 is PendingManualApproval, and needs a sign-off."
        in " ".join(judged.stdout.split())
    )
    assert run("release", "approve", "churn", "4", "--reason", "looked at it").exit_code == 0
    assert "signed off." in run("release", "gate", "churn", "4").stdout
    assert run("release", "deploy", "churn", "4").exit_code == 0


@pytest.mark.usefixtures("gated")
def test_a_broken_gate_has_an_exit_code_of_its_own_and_says_why(run: Any) -> None:
    result = run("release", "gate", "churn", "5")
    assert result.exit_code == 3
    assert "  - auc: 0.7 is below 0.8\n" in result.stdout
    assert "2 gates are broken" in result.stdout

    approved = run("release", "approve", "churn", "5", "--reason", "x")
    assert (approved.exit_code, "breaks a gate: auc: 0.7 is below 0.8" in approved.stderr) == (
        1,
        True,
    )
    assert (
        run("release", "approve", "churn", "5", "--reason", "x", "--despite-gates").exit_code == 0
    )
    refused = run("release", "deploy", "churn", "5")
    assert (refused.exit_code, "breaks 2 of the gates" in refused.stderr) == (1, True)
    released = run("release", "deploy", "churn", "5", "--override", "the old one leaks", "--json")
    assert (
        json.loads(released.stdout)["record"]["gates"]["override"]["reason"] == "the old one leaks"
    )


@pytest.mark.usefixtures("gated")
def test_json_is_the_report_and_nothing_else(run: Any) -> None:
    result = run("release", "gate", "churn", "--json")  # the newest
    document = json.loads(result.stdout)
    assert (result.exit_code, document["candidate"]["version"], document["passed"]) == (3, 5, False)
    assert document["sign_off_problems"] == [
        "version 5 is PendingManualApproval, and needs a sign-off"
    ]


@pytest.mark.usefixtures("gated")
def test_markdown_shows_each_check_and_can_not_be_broken_by_names(
    run: Any, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "gate.md"
    assert run("release", "gate", "churn", "4", "--markdown", str(file)).exit_code == 0
    lines = file.read_text().splitlines()
    assert lines[0] == "## Version 4 for ml-prod-churn, no champion: the first release"
    assert "| ok | auc | all | 0.9 |  | ≥ 0.8 | 0.9 is at least 0.8 |" in lines
    assert r"| ok | auc | country=\|DE\| | 0.9 |  | ≥ 0.8 | 0.9 is at least 0.8 |" in lines
    assert any(
        line.startswith("- candidate's metrics: `s3://artifacts/4.json` (sha256:") for line in lines
    )
    assert any(line.startswith("- report: `sha256:") for line in lines)


@pytest.mark.usefixtures("gated")
def test_unwritable_file_is_reported(run: Any, tmp_path: pathlib.Path) -> None:
    result = run("release", "gate", "churn", "4", "--markdown", str(tmp_path / "gone" / "gate.md"))
    assert (result.exit_code, "can't be written: No such file" in result.stderr) == (1, True)


@pytest.mark.parametrize(("least", "code", "word"), [(0, 0, "ok"), (0.9, 3, "broken")])
def test_recorded_requests_go_to_an_endpoint_of_the_version_s_own(
    cloud: Any, export: dict[str, Any], run: Any, least: float, code: int, word: str
) -> None:
    export["gates"] = {"smoke": {"payloads": "s3://artifacts/smoke.jsonl", "staging": True}}
    line = {"name": "typical", "body": {}, "expect": {"json": {"$.score": {"min": least}}}}
    cloud.client("s3").put_object(Bucket="artifacts", Key="smoke.jsonl", Body=json.dumps(line))

    before = run("release", "gate", "churn", "2")
    assert (
        before.exit_code,
        "  - the recorded requests are not yet answered" in before.stdout,
    ) == (3, True)
    result = run("release", "gate", "churn", "2", "--smoke")
    assert result.exit_code == code
    assert "Recorded requests to ml-prod-churn-smoke" in result.stdout
    assert word in result.stdout
    assert "ml-prod-churn-smoke: deleting" in result.stderr
    assert "ml-prod-churn-smoke" not in cloud.backend.endpoints


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["9"], "churn has no version 9"),
        (["2", "--smoke"], "ml-prod-churn has no recorded requests"),
    ],
)
def test_invalid_gate_arguments_are_reported(
    cloud: Any, run: Any, arguments: list[str], message: str
) -> None:
    result = run("release", "gate", "churn", *arguments)
    assert (result.exit_code, message in result.stderr) == (1, True)


def test_aws_error_is_reported(cloud: Any, run: Any) -> None:
    cloud.fail("ListModelPackages", "AccessDeniedException")
    result = run("release", "gate", "churn", "2")
    assert result.exit_code == 1
    assert "groundplan: ListModelPackages: AccessDeniedException" in result.stderr


def test_an_endpoint_without_gates_says_so(cloud: Any, run: Any) -> None:
    result = run("release", "gate", "churn", "2")
    assert result.exit_code == 0
    assert "no gates." in result.stdout


def test_numbers_that_are_none_are_shown_as_words() -> None:
    check = {
        "metric": "auc",
        "slice": None,
        "rule": "measured",
        "ok": False,
        "candidate": "nan",
        "champion": None,
    }
    report = {
        "checks": [{**check, "limit": None, "reason": "nan is no measurement"}],
        "smoke": None,
    }
    assert gate_report.rows(report) == [
        (False, "auc", "all", "nan", "", "", "nan is no measurement")
    ]
