"""Spark and AWS Glue's libraries, as far as the jobs of the stack use them, over tables
of pandas: what a script imports, reads and writes.

Objects are read and written as Spark does: names that begin with a dot or an underscore
are hidden, a table is a folder of parts, and `_SUCCESS` is written last.
"""

import io
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas  # type: ignore[import-untyped]
from groundplan.data.quality import checks, dqdl
from groundplan.data.quality.rules import QualityRule

TYPES = {"bigint": "Int64", "double": "Float64", "string": "string"}
"""Types of Spark, and of pandas."""
SYNONYMS = {"long": "bigint"}


class AnalysisException(Exception):
    """Spark's error for what it can't read."""


@dataclass(frozen=True)
class Rdd:
    """Partitions."""

    partitions: Sequence[Sequence[Any]]

    def mapPartitionsWithIndex(self, function: Callable[..., Iterable[Any]]) -> "Rdd":  # noqa: N802 (Spark's name)
        return Rdd([list(function(i, iter(part))) for i, part in enumerate(self.partitions)])

    def treeAggregate(self, zero: Any, add: Any, _merge: Any) -> Any:  # noqa: N802 (Spark's name)
        """Adds all items: there is nothing to merge in one process."""
        for partition in self.partitions:
            for item in partition:
                zero = add(zero, item)
        return zero


@dataclass(frozen=True)
class Frame:
    """A DataFrame."""

    table: Any
    store: "Store"

    @property
    def dtypes(self) -> list[tuple[str, str]]:
        names = {kind: name for name, kind in TYPES.items()}
        return [(str(column), names[str(kind)]) for column, kind in self.table.dtypes.items()]

    @property
    def rdd(self) -> Rdd:
        rows = self.table.astype(object).where(self.table.notna(), None).to_dict("records")
        return Rdd([[types.SimpleNamespace(asDict=lambda row=row: row) for row in rows]])

    @property
    def write(self) -> "Writer":
        return Writer(self)

    def dropna(self, subset: Sequence[str]) -> "Frame":
        return Frame(self.table.dropna(subset=list(subset)), self.store)

    def dropDuplicates(self, columns: Sequence[str]) -> "Frame":  # noqa: N802 (Spark's name)
        return Frame(self.table.drop_duplicates(list(columns)), self.store)

    def drop(self, column: str) -> "Frame":
        return Frame(self.table.drop(columns=column), self.store)

    def replace(self, _nan: float, _none: None) -> "Frame":
        """A missing value is none already: the tables have types of pandas with one."""
        return self

    def persist(self) -> "Frame":
        return self

    def createOrReplaceTempView(self, _name: str) -> None:  # noqa: N802 (Spark's name)
        return None

    def toDF(self) -> "Frame":  # noqa: N802 (of a DynamicFrame)
        return self


@dataclass
class Writer:
    """What `DataFrame.write` returns."""

    frame: Frame

    def mode(self, name: str) -> "Writer":
        if name != "overwrite":
            raise AnalysisException(f"The mode {name} is not rehearsed")
        return self

    def parquet(self, uri: str) -> None:
        """Writes a folder: one part, and the mark of a job that has succeeded."""
        store, content = self.frame.store, io.BytesIO()
        self.frame.table.to_parquet(content, index=False)
        for key in store.keys(uri):
            store.delete(uri, key)
        store.put(f"{uri}part-00000.snappy.parquet", content.getvalue())
        store.put(f"{uri}_SUCCESS", b"")


@dataclass
class Reader:
    """What `SparkSession.read` returns."""

    store: "Store"

    def csv(self, uri: str, schema: str, header: bool) -> Frame:
        """Reads CSV files by the columns of a schema. What is no value of a column's
        type is missing (mode PERMISSIVE)."""
        columns = [column.split() for column in schema.split(",")]
        names = [name for name, _ in columns]
        parts = [
            pandas.read_csv(io.BytesIO(content), names=names, header=0 if header else None)
            for content in self.store.contents(uri)
        ]
        table = pandas.concat(parts, ignore_index=True)
        for name, kind in columns:
            values = table[name]
            if kind != "string":
                values = pandas.to_numeric(values, errors="coerce")
            table[name] = values.astype(TYPES[SYNONYMS.get(kind, kind)])
        return Frame(table, self.store)

    def parquet(self, uri: str) -> Frame:
        """Reads the Parquet files of a folder."""
        parts = [
            pandas.read_parquet(io.BytesIO(content), dtype_backend="numpy_nullable")
            for content in self.store.contents(uri)
        ]
        return Frame(pandas.concat(parts, ignore_index=True), self.store)


@dataclass(frozen=True)
class Store:
    """Objects of S3, by a job's role and encryption."""

    s3: Any
    encryption: Mapping[str, str]

    def contents(self, uri: str) -> list[bytes]:
        """Returns the visible objects of a folder."""
        bucket, prefix = _place(uri)
        # EMRFS, Spark's file system in AWS Glue, asks for the region of a bucket.
        self.s3.get_bucket_location(Bucket=bucket)
        keys = [key for key in self.keys(uri) if not _is_hidden(key.removeprefix(prefix))]
        if not keys:
            raise AnalysisException(f"Path does not exist: {uri}")
        return [self.s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]

    def keys(self, uri: str) -> list[str]:
        """Returns all keys of a folder."""
        bucket, prefix = _place(uri)
        listed = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for item in listed.get("Contents", ())]

    def put(self, uri: str, content: bytes) -> None:
        """Writes an object."""
        bucket, key = _place(uri)
        self.s3.put_object(Bucket=bucket, Key=key, Body=content, **self.encryption)

    def delete(self, uri: str, key: str) -> None:
        """Deletes an object of the bucket of a URI."""
        self.s3.delete_object(Bucket=_place(uri)[0], Key=key)


@dataclass(frozen=True)
class Evaluator:
    """AWS Glue Data Quality: evaluates a ruleset by pandera, which means the same
    (`tests/data/versions/quality_cases.py`)."""

    asked: Sequence[QualityRule]
    now: Callable[[], Any]

    def process_rows(
        self,
        frame: Frame,
        additional_data_sources: Mapping[str, Frame],
        ruleset: str,
        publishing_options: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Returns an outcome for each rule of a ruleset."""
        texts = {dqdl.rule_text(rule): rule for rule in dqdl.evaluated(self.asked)}
        rest = ruleset
        for text in texts:
            rest = rest.replace(text, "", 1)
        if rest.strip("Rules=[], \n"):
            raise AnalysisException(f"The ruleset has what no rule of the job says: {rest}")
        result = checks.check(
            frame.table,
            list(texts.values()),
            dataset=str(publishing_options["dataQualityEvaluationContext"]),
            run="",
            now=self.now(),
            inputs={name: other.table for name, other in additional_data_sources.items()},
        )
        rows = [
            {
                "Rule": text,
                "Outcome": "Passed" if rule.passed else "Failed",
                "FailureReason": rule.detail or None,
            }
            for text, rule in zip(texts, result.rules, strict=True)
            if text in ruleset
        ]
        collected = types.SimpleNamespace(collect=lambda: rows)
        return {"ruleOutcomes": types.SimpleNamespace(toDF=lambda: collected)}


@dataclass
class Session:
    """A SparkSession, and its builder."""

    read: Reader
    conf: Any = field(default_factory=lambda: types.SimpleNamespace(set=lambda *_setting: None))

    def appName(self, _name: str) -> "Session":  # noqa: N802 (Spark's name)
        return self

    def getOrCreate(self) -> "Session":  # noqa: N802 (Spark's name)
        return self


def modules(store: Store, evaluator: Evaluator) -> dict[str, types.ModuleType]:
    """Returns the modules that a job imports, by name."""
    session = Session(Reader(store))
    contents: dict[str, dict[str, Any]] = {
        "pyspark": {},
        "pyspark.sql": {
            "DataFrame": Frame,
            "SparkSession": types.SimpleNamespace(builder=session),
        },
        "pyspark.context": {"SparkContext": session},
        "awsglue": {},
        "awsglue.context": {
            "GlueContext": lambda context: types.SimpleNamespace(spark_session=context)
        },
        "awsglue.dynamicframe": {
            "DynamicFrame": types.SimpleNamespace(fromDF=lambda frame, _glue, _name: frame)
        },
        "awsgluedq": {},
        "awsgluedq.transforms": {"EvaluateDataQuality": lambda: evaluator},
    }
    found = {name: types.ModuleType(name) for name in contents}
    for name, values in contents.items():
        vars(found[name]).update(values)
    return found


def _place(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _is_hidden(path: str) -> bool:
    return any(name.startswith((".", "_")) for name in path.split("/"))
