"""Checks what a run wrote, by pandera, and writes the result, as AWS Glue Data Quality
does in a Glue job.

    python -m groundplan.data.pipeline.job.quality

A rule that fails is a result, not an error of the job. It needs `pandas`, `pandera` and
`pyarrow`.
"""

import dataclasses
import datetime
import json
import os
import pathlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from groundplan import s3_uris
from groundplan.data import documents
from groundplan.data.pipeline.job import names, objects
from groundplan.data.quality import checks, rules, tables
from groundplan.data.quality.result import STATISTICS, QualityResult


def check(
    s3: Any, environment: Mapping[str, str], now: datetime.datetime, work: pathlib.Path
) -> QualityResult:
    """Returns what the rules come to for a run, and writes it. `work` is an empty
    folder."""
    references: dict[str, str] = json.loads(environment[names.REFERENCES])
    wanted = rules.read(environment[names.RULES])
    table = _table(s3, environment[names.DATA], work / "data")
    before = environment.get(names.BEFORE, "")
    result = checks.check(
        table,
        wanted,
        dataset=environment[names.DATASET],
        run=environment[names.RUN],
        now=now,
        inputs={
            name: _table(s3, uri, work / "references" / name) for name, uri in references.items()
        },
        before=_document(s3, before) if before else None,
    )
    statistics = documents.canonical(tables.counted(table).document())
    result = dataclasses.replace(
        result, schema=tables.schema(table), statistics=documents.digest(statistics)
    )
    folder = environment[names.RESULT].rpartition("/")[0]
    _write(s3, f"{folder}/{STATISTICS}", statistics)
    _write(s3, environment[names.RESULT], result.text().encode())
    return result


def _document(s3: Any, uri: str) -> Any:
    bucket, key = s3_uris.split(uri)
    with s3.get_object(Bucket=bucket, Key=key)["Body"] as body:
        return json.load(body)


def _write(s3: Any, uri: str, content: bytes) -> None:
    bucket, key = s3_uris.split(uri)
    s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType="application/json")


def _table(s3: Any, uri: str, folder: pathlib.Path) -> Any:
    """Returns the Parquet files of a folder as a table of pandas: those that Spark
    would read, without hidden ones; folders such as `day=1` are columns."""
    import pandas  # type: ignore[import-untyped]
    import pyarrow.dataset  # type: ignore[import-untyped]

    folder.mkdir(parents=True)
    objects.download_folder(s3, uri, folder)
    found = pyarrow.dataset.dataset(folder, format="parquet", partitioning="hive")
    if not found.files:
        return pandas.DataFrame()
    # Arrow's types: a whole number that is missing is no fraction.
    return found.to_table().to_pandas(types_mapper=pandas.ArrowDtype)


def main(_arguments: Sequence[str]) -> int:
    """Checks the run that the environment describes."""
    import boto3  # type: ignore[import-untyped]

    now = datetime.datetime.now(datetime.UTC)
    with tempfile.TemporaryDirectory() as work:
        result = check(boto3.client("s3"), os.environ, now, pathlib.Path(work))
    sys.stdout.write(result.text() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
