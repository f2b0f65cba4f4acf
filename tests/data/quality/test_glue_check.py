"""The job that AWS Glue runs: its arguments, what it makes of outcomes, and what it
counts. The frames of Spark are small stand-ins here; `test_deequ.py` has real ones."""

import copy
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3  # type: ignore[import-untyped]
import moto_lookups
import pytest
from groundplan.data import documents
from groundplan.data.quality import dqdl, glue_check, rules
from groundplan.data.quality.result import QualityResult
from moto import mock_aws

ASKED = rules.of_args({"columns": {"id": {"unique": True}, "price": {"largest_drift": 0.2}}})
ROWS, UNIQUE, DRIFT = ASKED
ARGUMENTS = [
    *("--run", "run-1", "--dataset", "clicks"),
    *("--data", "s3://artifacts/datasets/clicks/data/etl/run-1/"),
    *("--result", "s3://artifacts/quality/clicks/etl/run-1/result.json"),
    *("--rules", rules.text(ASKED)),
    *("--references", json.dumps({"users": "s3://artifacts/raw/users/"})),
    *("--JOB_ID", "j", "--enable-metrics", "true"),
]
PASSED = {"Rule": "RowCount >= 1", "Outcome": "Passed", "FailureReason": None}
FAILED = {
    "Rule": 'IsUnique "id"  where "id is not null"',
    "Outcome": "Failed",
    "FailureReason": "Value: 0.5",
}


def outcomes(
    *rows: Mapping[str, Any], asked: Sequence[Any] = (ROWS, UNIQUE)
) -> list[tuple[Any, ...]]:
    found = glue_check.outcomes(rows, asked)
    return [(rule.rule, rule.passed, rule.detail) for rule in found]


def test_outcomes_have_the_names_of_their_rules_in_whatever_order_and_spelling() -> None:
    wanted = [("rows 1", True, ""), ("id: unique", False, "Value: 0.5")]
    assert outcomes(PASSED, FAILED) == wanted
    assert outcomes(FAILED, PASSED) == wanted


def test_a_rule_that_was_not_evaluated_has_not_passed() -> None:
    (_, second) = outcomes(PASSED)
    assert second == ("id: unique", False, "it was not evaluated")
    ((_name, passed, _detail),) = outcomes({**PASSED, "Outcome": "Error"}, asked=[ROWS])
    assert not passed


def test_an_outcome_that_nobody_asked_for_counts() -> None:
    found = outcomes(PASSED, FAILED, asked=[ROWS])
    assert found[1] == (FAILED["Rule"], False, "Value: 0.5")


@dataclass
class Rdd:
    """Partitions, as far as a check uses them."""

    partitions: list[list[Any]]

    def mapPartitionsWithIndex(self, function: Callable[..., Iterator[Any]]) -> "Rdd":  # noqa: N802
        return Rdd([list(function(i, iter(part))) for i, part in enumerate(self.partitions)])

    def treeAggregate(self, zero: Any, add: Any, merge: Any) -> Any:  # noqa: N802
        whole = pickled(zero)
        for partition in self.partitions:
            part = pickled(zero)
            for item in partition:
                part = add(part, item)
            whole = merge(whole, part)
        return whole


def pickled(value: Any) -> Any:
    """Returns what an executor gets."""
    return copy.deepcopy(value)


@dataclass
class Frame:
    """A table of Spark, as far as a check uses it."""

    uri: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    dtypes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def rdd(self) -> Rdd:
        rows = [SimpleNamespace(asDict=lambda row=row: row) for row in self.rows]
        return Rdd([rows[::2], rows[1::2]])

    def persist(self) -> "Frame":
        return self

    def replace(self, _nan: float, _none: None) -> "Frame":
        return self

    def createOrReplaceTempView(self, _name: str) -> None:  # noqa: N802
        return None


@pytest.fixture
def glue(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Puts modules with the names of Glue's own in their place; yields what they were
    called with."""
    called: dict[str, Any] = {"read": [], "rows": [PASSED, FAILED], "table": table(1.0)}

    def read(uri: str) -> Any:
        called["read"].append(uri)
        return Frame(uri, called["table"], [("id", "string"), ("price", "double"), ("at", "date")])

    session = SimpleNamespace(
        read=SimpleNamespace(parquet=read), conf=SimpleNamespace(set=lambda *_setting: None)
    )

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


def table(shift: float) -> list[dict[str, Any]]:
    return [{"id": f"{i}", "price": i / 1000 + shift, "at": None} for i in range(1000)]


def test_the_job_evaluates_the_ruleset_and_writes_the_result(glue: dict[str, Any]) -> None:
    glue_check.main(ARGUMENTS)
    result = written()
    assert (result.dataset, result.run, result.rows) == ("clicks", "run-1", 1000)
    assert [rule.rule for rule in result.failed] == ["id: unique"]
    assert glue["ruleset"] == f"Rules = [ {', '.join(map(dqdl.rule_text, ASKED[:2]))} ]"
    assert glue["frame"] == ("primary", "s3://artifacts/datasets/clicks/data/etl/run-1/")
    assert glue["additional_data_sources"] == {"users": ("users", "s3://artifacts/raw/users/")}


def statistics() -> tuple[bytes, dict[str, Any]]:
    key = "quality/clicks/etl/run-1/statistics.json"
    content = boto3.client("s3").get_object(Bucket="artifacts", Key=key)["Body"].read()
    found: dict[str, Any] = json.loads(content)
    return content, found


def test_a_run_is_counted_and_the_result_names_its_statistics(glue: dict[str, Any]) -> None:
    glue["rows"] = [PASSED, {**FAILED, "Outcome": "Passed"}]
    glue_check.main(ARGUMENTS)
    result, (content, found) = written(), statistics()
    assert result.passed
    assert result.statistics == documents.digest(content)
    assert found["rows"] == 1000
    assert sorted(found["columns"]) == ["id", "price"]
    assert found["left_out"] == ["at"]
    assert [(c["name"], c["type"]) for c in result.schema["columns"]] == [
        ("id", "string"),
        ("price", "number"),
        ("at", "date"),
    ]


def test_a_first_version_has_nothing_to_compare_with_and_says_so(glue: dict[str, Any]) -> None:
    glue_check.main(ARGUMENTS)
    (rule,) = [rule for rule in written().rules if rule.rule == DRIFT.name]
    assert (rule.passed, rule.compared) == (True, False)
    assert "there is nothing to compare with" in rule.detail


@pytest.mark.parametrize(("shift", "passes"), [(1.0, True), (1.1, True), (1.4, False)])
def test_a_distribution_is_compared_with_the_last_version(
    glue: dict[str, Any], shift: float, passes: bool
) -> None:
    glue_check.main(ARGUMENTS)
    before = {"Bucket": "artifacts", "Key": "datasets/clicks/statistics/ab.json"}
    boto3.client("s3").put_object(**before, Body=statistics()[0])
    glue["table"] = table(shift)
    glue_check.main([*ARGUMENTS, "--before", "s3://artifacts/datasets/clicks/statistics/ab.json"])
    (rule,) = [rule for rule in written().rules if rule.rule == DRIFT.name]
    assert (rule.passed, rule.compared) == (passes, True), rule
    assert f"{shift - 1:.1g}"[:3] in rule.detail
