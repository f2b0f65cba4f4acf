"""The Spark script that checks what a run wrote, by AWS Glue Data Quality.

It runs in AWS Glue, which brings `awsglue` and `awsgluedq`, and imports nothing of this
library: the bucket gets it as it is.

    --data s3://.../run/  --result s3://.../result.json  --ruleset "Rules = [...]"
    --rules '["price: min 0", ...]'  --references '{"users": "s3://.../users/"}'
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any


def outcomes(rows: Sequence[Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the results of rules: what Glue says of each, in the order of the
    ruleset, under the names that people know. What was not evaluated did not pass; what
    nobody asked for counts, too."""
    found = []
    others = [str(row["Rule"]) for row in rows[len(names) :]]
    for place, name in enumerate([*names, *others]):
        row = rows[place] if place < len(rows) else None
        passed = row is not None and row["Outcome"] == "Passed"
        reason = "it was not evaluated" if row is None else (row["FailureReason"] or "")
        found.append({"rule": name, "passed": passed, "detail": "" if passed else str(reason)})
    return found


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Returns the arguments; Glue passes further ones of its own."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("run", "dataset", "data", "result", "ruleset", "rules"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--references", default="{}")
    return parser.parse_known_args(arguments)[0]


def main(arguments: Sequence[str]) -> None:
    """Checks a run, and writes the result. A rule that fails is a result, not an
    error of the job."""
    import boto3  # type: ignore[import-untyped]
    from awsglue.context import GlueContext  # type: ignore[import-not-found]
    from awsglue.dynamicframe import DynamicFrame  # type: ignore[import-not-found]
    from awsgluedq.transforms import EvaluateDataQuality  # type: ignore[import-not-found]
    from pyspark.context import SparkContext  # type: ignore[import-not-found]

    found = parsed(arguments)
    glue = GlueContext(SparkContext.getOrCreate())

    def frame(uri: str, name: str) -> Any:
        return DynamicFrame.fromDF(glue.spark_session.read.parquet(uri), glue, name)

    references: Mapping[str, str] = json.loads(found.references)
    table = glue.spark_session.read.parquet(found.data)
    evaluated = EvaluateDataQuality().process_rows(
        frame=DynamicFrame.fromDF(table, glue, "primary"),
        additional_data_sources={name: frame(uri, name) for name, uri in references.items()},
        ruleset=found.ruleset,
        # The bucket has the results; Glue keeps none of its own.
        publishing_options={
            "dataQualityEvaluationContext": found.dataset,
            "enableDataQualityResultsPublishing": False,
        },
    )
    rows = evaluated["ruleOutcomes"].toDF().collect()
    rules = outcomes(rows, json.loads(found.rules))
    result = {
        "dataset": found.dataset,
        "run": found.run,
        "rows": table.count(),
        "rules": rules,
        "passed": bool(rules) and all(rule["passed"] for rule in rules),
    }
    bucket, _, key = found.result.removeprefix("s3://").partition("/")
    content = json.dumps(result, sort_keys=True).encode()
    boto3.client("s3").put_object(
        Bucket=bucket, Key=key, Body=content, ContentType="application/json"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
