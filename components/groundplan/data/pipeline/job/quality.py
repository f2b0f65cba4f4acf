"""Checks what a run wrote, by pandera, and writes the result, as AWS Glue Data Quality
does in a Glue job.

    python -m groundplan.data.pipeline.job.quality

A rule that fails is a result, not an error of the job. It needs `pandas`, `pandera` and
`pyarrow`.
"""

import datetime
import json
import os
import pathlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.data.pipeline.job import names, objects
from groundplan.data.quality import checks, rules
from groundplan.data.quality.result import QualityResult


def check(
    s3: Any, environment: Mapping[str, str], now: datetime.datetime, work: pathlib.Path
) -> QualityResult:
    """Returns what the rules come to for a run, and writes it. `work` is an empty
    folder."""
    references: dict[str, str] = json.loads(environment[names.REFERENCES])
    wanted = rules.read(environment[names.RULES])
    result = checks.check(
        _table(s3, environment[names.DATA], work / "data"),
        wanted,
        dataset=environment[names.DATASET],
        run=environment[names.RUN],
        now=now,
        inputs={
            name: _table(s3, uri, work / "references" / name) for name, uri in references.items()
        },
    )
    bucket, key = objects.split(environment[names.RESULT])
    s3.put_object(
        Bucket=bucket, Key=key, Body=result.text().encode(), ContentType="application/json"
    )
    return result


def _table(s3: Any, uri: str, folder: pathlib.Path) -> Any:
    """Returns the Parquet files of a folder as a table of pandas: those that Spark
    would read, without hidden ones; folders such as `day=1` are columns."""
    import pandas  # type: ignore[import-untyped]
    import pyarrow.dataset  # type: ignore[import-untyped]

    folder.mkdir(parents=True)
    objects.download_folder(s3, uri, folder)
    found = pyarrow.dataset.dataset(folder, format="parquet", partitioning="hive")
    table = found.to_table().to_pandas() if found.files else pandas.DataFrame()
    for name in table.columns:
        # Times without a zone are in UTC, as the rules' own.
        if getattr(table[name].dtype, "kind", "") == "M" and not hasattr(table[name].dtype, "tz"):
            table[name] = table[name].dt.tz_localize("UTC")
    return table


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
