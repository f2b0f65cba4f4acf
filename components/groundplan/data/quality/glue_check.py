"""The Spark job that checks what a run wrote, by AWS Glue Data Quality, and counts it.

It runs in AWS Glue, which brings `awsglue`, `awsgluedq`, pyspark and numpy; this
library's part of it is in the archive of `--extra-py-files`.

    --dataset clicks  --run run-1  --data s3://.../run-1/
    --result s3://.../run-1/result.json  --before s3://.../statistics/<digest>.json
    --rules '[...]'  --references '{"users": "s3://.../users/"}'

`--before` is empty, or not there, if the last version has no statistics.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from groundplan import s3_uris
from groundplan.data import documents
from groundplan.data.quality import dqdl, rules
from groundplan.data.quality.result import STATISTICS, QualityResult, RuleResult
from groundplan.data.quality.rules import QualityRule, RuleKind

PRIMARY = "primary"
"""The alias of the data that is checked."""


def outcomes(rows: Sequence[Any], asked: Sequence[QualityRule]) -> list[RuleResult]:
    """Returns the results of rules, under the names that people know, in their order:
    of each, what Glue says of its text. The evaluator writes texts in its own spelling,
    and rows in no order. What was not evaluated did not pass; what nobody asked for
    counts, too."""
    waiting = [(_spelling(row["Rule"]), row) for row in rows]
    found = []
    for rule in asked:
        text = _spelling(dqdl.rule_text(rule))
        place = next((p for p, (own, _) in enumerate(waiting) if own == text), None)
        found.append(_outcome(rule.name, None if place is None else waiting.pop(place)[1]))
    return found + [_outcome(str(row["Rule"]), row) for _, row in waiting]


def _outcome(name: str, row: Any) -> RuleResult:
    passed = row is not None and row["Outcome"] == "Passed"
    reason = "it was not evaluated" if row is None else (row["FailureReason"] or "")
    return RuleResult(name, passed, "" if passed else str(reason))


def _spelling(text: str) -> str:
    """A rule's text without spaces: `[ "a", "b" ]` is `["a","b"]`."""
    return "".join(str(text).split())


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Returns the arguments; Glue passes further ones of its own."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("run", "dataset", "data", "result", "rules"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--references", default="{}")
    parser.add_argument("--before", default="")
    return parser.parse_known_args(arguments)[0]


def main(arguments: Sequence[str]) -> None:
    """Checks a run, and writes the result. A rule that fails is a result, not an
    error of the job."""
    import boto3  # type: ignore[import-untyped]
    from awsglue.context import GlueContext  # type: ignore[import-not-found]
    from pyspark.context import SparkContext  # type: ignore[import-not-found]

    found = parsed(arguments)
    glue, s3 = GlueContext(SparkContext.getOrCreate()), boto3.client("s3")
    session = glue.spark_session
    # Times without a zone are in UTC, as for pandas.
    session.conf.set("spark.sql.session.timeZone", "UTC")
    references: Mapping[str, str] = json.loads(found.references)
    tables = {
        name: normal(session.read.parquet(uri))
        for name, uri in {PRIMARY: found.data, **references}.items()
    }
    asked = rules.read(found.rules)
    before = json.loads(_read(s3, found.before)) if found.before else {}
    result, statistics = checked(
        tables, asked, before, lambda text: evaluated(glue, tables, text, found.dataset)
    )
    content = documents.canonical(statistics)
    folder = found.result.rpartition("/")[0]
    _write(s3, f"{folder}/{STATISTICS}", content)
    written = replace(
        result, dataset=found.dataset, run=found.run, statistics=documents.digest(content)
    )
    _write(s3, found.result, written.text().encode())


def normal(frame: Any) -> Any:
    """Returns a table without NaN: it is a missing value, as for pandas."""
    return frame.replace(float("nan"), None)


def evaluated(glue: Any, tables: Mapping[str, Any], ruleset: str, context: str) -> list[Any]:
    """Returns what AWS Glue Data Quality says of a ruleset, a row for each rule."""
    from awsglue.dynamicframe import DynamicFrame  # type: ignore[import-not-found]
    from awsgluedq.transforms import EvaluateDataQuality  # type: ignore[import-not-found]

    frames = {name: DynamicFrame.fromDF(table, glue, name) for name, table in tables.items()}
    done = EvaluateDataQuality().process_rows(
        frame=frames.pop(PRIMARY),
        additional_data_sources=frames,
        ruleset=ruleset,
        # The bucket has the results; Glue keeps none of its own.
        publishing_options={
            "dataQualityEvaluationContext": context,
            "enableDataQualityResultsPublishing": False,
        },
    )
    rows: list[Any] = done["ruleOutcomes"].toDF().collect()
    return rows


def checked(
    tables: Mapping[str, Any],
    asked: Sequence[QualityRule],
    before: Mapping[str, Any],
    evaluate: Callable[[str], Sequence[Any]],
) -> tuple[QualityResult, dict[str, Any]]:
    """Returns the result of a check, and the statistics. `tables` of Spark by their
    aliases; `before` are the last version's statistics, or empty; `evaluate` returns
    the rows of a ruleset."""
    from groundplan.data.quality import distribution, frames
    from groundplan.data.sketches import Counts

    table = tables[PRIMARY].persist()
    for name, each in tables.items():
        # `CustomSql` reads tables by these names.
        each.createOrReplaceTempView(f"`{name}`")
    written = dqdl.evaluated(asked)
    ruleset = " ".join(map(str.strip, dqdl.ruleset(written).splitlines()))
    results = {rule.rule: rule for rule in outcomes(evaluate(ruleset), written)}
    last = Counts.read(before) if before else None
    counts, *in_last = frames.counted(table, frames.layout(table), *([last.layout] if last else []))
    kinds = frames.kinds(table)
    for rule in asked:
        if rule.kind is RuleKind.DISTRIBUTION:
            kind = kinds.get(rule.column, "")
            now = in_last[0] if in_last else counts
            results[rule.name] = distribution.outcome(rule, last, now, kind)
    names = [rule.name for rule in asked]
    ordered = [results.pop(name) for name in names] + list(results.values())
    result = QualityResult("", "", counts.rows, tuple(ordered), frames.schema(table))
    return result, counts.document()


def _place(uri: str) -> dict[str, str]:
    bucket, key = s3_uris.split(uri)
    return {"Bucket": bucket, "Key": key}


def _read(s3: Any, uri: str) -> bytes:
    with s3.get_object(**_place(uri))["Body"] as body:
        content: bytes = body.read()
    return content


def _write(s3: Any, uri: str, content: bytes) -> None:
    s3.put_object(**_place(uri), Body=content, ContentType="application/json")
