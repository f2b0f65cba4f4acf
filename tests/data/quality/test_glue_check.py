"""The script that AWS Glue runs: its arguments, and what it makes of outcomes."""

import json
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3  # type: ignore[import-untyped]
import moto_lookups
import pytest
from groundplan.data.quality import glue_check
from groundplan.data.quality.result import QualityResult
from moto import mock_aws

ARGUMENTS = [
    *("--run", "run-1", "--dataset", "clicks"),
    *("--data", "s3://artifacts/datasets/clicks/data/etl/run-1/"),
    *("--result", "s3://artifacts/quality/clicks/etl/run-1/result.json"),
    *("--ruleset", "Rules = [ RowCount >= 1 ]"),
    *("--rules", json.dumps(["rows 1", "id: unique"])),
    *("--references", json.dumps({"users": "s3://artifacts/raw/users/"})),
    *("--JOB_ID", "j", "--enable-metrics", "true"),
]
PASSED = {"Rule": "RowCount >= 1", "Outcome": "Passed", "FailureReason": None}
FAILED = {"Rule": 'IsUnique "id"', "Outcome": "Failed", "FailureReason": "Value: 0.5"}


def test_outcomes_have_the_names_of_their_rules() -> None:
    assert glue_check.outcomes([PASSED, FAILED], ["rows 1", "id: unique"]) == [
        {"rule": "rows 1", "passed": True, "detail": ""},
        {"rule": "id: unique", "passed": False, "detail": "Value: 0.5"},
    ]


def test_a_rule_that_was_not_evaluated_has_not_passed() -> None:
    (_, second) = glue_check.outcomes([PASSED], ["rows 1", "id: unique"])
    assert second == {"rule": "id: unique", "passed": False, "detail": "it was not evaluated"}
    (error,) = glue_check.outcomes([{**PASSED, "Outcome": "Error"}], ["rows 1"])
    assert not error["passed"]


def test_an_outcome_that_nobody_asked_for_counts() -> None:
    found = glue_check.outcomes([PASSED, FAILED], ["rows 1"])
    assert found[1] == {"rule": 'IsUnique "id"', "passed": False, "detail": "Value: 0.5"}


@pytest.fixture
def glue(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Puts modules with the names of Glue's own in their place; yields what they were
    called with."""
    called: dict[str, Any] = {"read": []}

    def read(uri: str) -> Any:
        called["read"].append(uri)
        return SimpleNamespace(count=lambda: 3, uri=uri)

    session = SimpleNamespace(read=SimpleNamespace(parquet=read))

    class Evaluate:
        def process_rows(self, **arguments: Any) -> Any:
            called.update(arguments)
            rows = SimpleNamespace(toDF=lambda: SimpleNamespace(collect=lambda: called["rows"]))
            return {"ruleOutcomes": rows}

    modules: dict[str, dict[str, Any]] = {
        "awsglue": {},
        "awsglue.context": {"GlueContext": lambda _sc: SimpleNamespace(spark_session=session)},
        "awsglue.dynamicframe": {
            "DynamicFrame": SimpleNamespace(fromDF=lambda frame, _glue, name: (name, frame.uri))
        },
        "awsgluedq": {},
        "awsgluedq.transforms": {"EvaluateDataQuality": Evaluate},
        "pyspark": {},
        "pyspark.context": {"SparkContext": SimpleNamespace(getOrCreate=lambda: None)},
    }
    for name, names in modules.items():
        module = ModuleType(name)
        attributes: Any = names
        vars(module).update(attributes)
        monkeypatch.setitem(sys.modules, name, module)
    with moto_lookups.once(), mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        boto3.client("s3").create_bucket(Bucket="artifacts")
        yield called


def written() -> QualityResult:
    key = "quality/clicks/etl/run-1/result.json"
    answer = boto3.client("s3").get_object(Bucket="artifacts", Key=key)
    return QualityResult.read(answer["Body"].read().decode())


def test_the_script_evaluates_the_ruleset_and_writes_the_result(glue: dict[str, Any]) -> None:
    glue["rows"] = [PASSED, FAILED]
    glue_check.main(ARGUMENTS)
    result = written()
    assert (result.dataset, result.run, result.rows) == ("clicks", "run-1", 3)
    assert [rule.rule for rule in result.failed] == ["id: unique"]
    assert glue["ruleset"] == "Rules = [ RowCount >= 1 ]"
    assert glue["frame"] == ("primary", "s3://artifacts/datasets/clicks/data/etl/run-1/")
    assert glue["additional_data_sources"] == {"users": ("users", "s3://artifacts/raw/users/")}


def test_a_run_that_passes_is_written_as_passed(glue: dict[str, Any]) -> None:
    glue["rows"] = [PASSED, PASSED]
    glue_check.main(ARGUMENTS)
    assert written().passed
