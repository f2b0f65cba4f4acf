"""The rules as Amazon's own evaluator of DQDL reads them, and the whole check on Spark.

Skipped where `pyspark` is not installed, or where `DEEQU_JARS` does not name the jars
of `com.amazon.deequ:deequ` and `software.amazon.glue:dqdl`, separated by commas. Of AWS
Glue, which has its evaluator around these two, nothing runs outside of AWS.
"""

import datetime
import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from groundplan.data.quality import glue_check, rules, tables
from groundplan.data.quality.checks import check
from groundplan.data.quality.rules import QualityRule
from quality_cases import CASES, NOW, PARENTS, Case

sql = pytest.importorskip("pyspark.sql", reason="needs pyspark: pip install 'pyspark<4'")
pandas = pytest.importorskip("pandas", reason="needs pandas: groundplan[quality]")
JARS = os.environ.get("DEEQU_JARS", "")
pytestmark = [
    pytest.mark.skipif(not JARS, reason="DEEQU_JARS names no jars of Deequ and dqdl"),
    # Spark's client leaves its sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning"),
]
SHIFT = datetime.datetime.now(datetime.UTC).replace(microsecond=0) - NOW
"""Deequ has a clock of its own."""


@pytest.fixture(scope="module")
def spark() -> Any:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.jars", JARS)
        .getOrCreate()
    )
    yield session
    session.stop()
    gc.collect()


def evaluator(spark: Any, tables: dict[str, Any]) -> Any:
    """Returns what evaluates a ruleset, as Glue's transform does."""
    java = spark._jvm
    others = java.java.util.HashMap()
    for name, table in tables.items():
        if name != glue_check.PRIMARY:
            others.put(name, table._jdf)
    scala = java.org.apache.spark.api.python.PythonUtils.toScalaMap(others)

    def evaluate(ruleset: str) -> Sequence[Any]:
        rows = java.com.amazon.deequ.dqdl.EvaluateDataQuality.process(
            tables[glue_check.PRIMARY]._jdf, ruleset, scala
        )
        found: Sequence[Any] = sql.DataFrame(rows, spark).collect()
        return found

    return evaluate


def now(value: Any) -> Any:
    """Returns a time as far from now as a case's is from `NOW`."""
    if isinstance(value, datetime.datetime):
        return value + SHIFT
    if isinstance(value, datetime.date):
        return value + datetime.timedelta(days=SHIFT.days)
    if isinstance(value, str) and value.startswith("2026-"):
        layout = "%Y-%m-%dT%H:%M:%SZ" if "T" in value else "%Y-%m-%d %H:%M:%S"
        return (datetime.datetime.strptime(value, layout) + SHIFT).strftime(layout)
    if isinstance(value, int) and value > 10**9 and value < 10**10:
        return value + int(SHIFT.total_seconds())
    return value


def evaluated(
    spark: Any, tables: dict[str, Any], asked: Sequence[QualityRule], before: Any = None
) -> tuple[Any, dict[str, Any]]:
    tables = {name: glue_check.normal(table) for name, table in tables.items()}
    return glue_check.checked(tables, asked, before or {}, evaluator(spark, tables))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_means_in_deequ_what_it_means_in_pandera(spark: Any, case: Case) -> None:
    rows = [(now(value),) for value in case.values]
    table = spark.createDataFrame(rows, f"`{case.column}` {case.type}")
    users = spark.createDataFrame([(name,) for name in PARENTS], "id string")
    (_rows, rule) = rules.of_args({"columns": {case.named: case.rule}})
    result, _ = evaluated(spark, {"primary": table, "users": users}, [rule])
    assert [found.rule for found in result.rules] == [rule.name]
    assert result.passed is case.passes, result.rules


def test_a_whole_check_on_spark_is_that_of_pandera_on_the_same_data(spark: Any) -> None:
    rows = [(f"u{i}", i % 97 / 7, ["DE", "FR", None][i % 3], i % 2 == 0) for i in range(3000)]
    rows[5] = ("u5", float("nan"), "DE", True)
    frame = spark.createDataFrame(rows, "id string, price double, country string, new boolean")
    columns: dict[str, Any] = {
        "id": {"complete": 1.0, "unique": True},
        "price": {"min": 0.0, "max": 13.0, "complete": 0.9, "largest_drift": 0.1},
        "country": {"allowed": ["DE"], "largest_drift": 0.05},
        "new": {"largest_drift": 0.05},
    }
    asked = rules.of_args({"minimum_rows": 10, "columns": columns})
    table = pandas.DataFrame(rows, columns=frame.columns)
    result, statistics = evaluated(spark, {"primary": frame.repartition(3)}, asked)
    # Fewer rows than the sample has: the cells are the same, too.
    assert statistics == tables.counted(table).document()
    former = [(f"v{i}", i % 97 / 7 + 2.0, "DE" if i % 2 else "FR", True) for i in range(3000)]
    before = tables.counted(pandas.DataFrame(former, columns=list(table.columns))).document()
    for known in ({}, before):
        on_spark, _ = evaluated(spark, {"primary": frame.repartition(3)}, asked, known)
        result = check(table, asked, dataset="c", run="r", now=NOW, before=known)
        assert [(r.rule, r.passed, r.compared) for r in on_spark.rules] == [
            (r.rule, r.passed, r.compared) for r in result.rules
        ]
        of_drift = [r.detail for r in on_spark.rules if "largest-drift" in r.rule]
        assert of_drift == [r.detail for r in result.rules if "largest-drift" in r.rule]
    assert [r.rule for r in result.failed] == [
        "country: allowed DE",
        "new: largest-drift 0.05",
        "price: max 13",
        "price: largest-drift 0.1",
    ]
