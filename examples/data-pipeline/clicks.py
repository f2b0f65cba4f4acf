"""A Spark script of a DataPipeline: raw clicks, as JSON lines, become a clean table.

It uses Spark only, so that it runs on any machine with `pyspark`:

    python clicks.py --run try --input-raw raw/ --output out/
"""

import argparse
from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql import types as t

RAW = t.StructType(
    [
        t.StructField("id", t.StringType()),
        t.StructField("user", t.StringType()),
        t.StructField("price", t.DoubleType()),
        t.StructField("country", t.StringType()),
        t.StructField("at", t.TimestampType()),
    ]
)


def cleaned(raw: DataFrame) -> DataFrame:
    """Returns the clicks with an id and a user, each once, countries in upper case."""
    return (
        raw.where(f.col("id").isNotNull() & f.col("user").isNotNull())
        .dropDuplicates(["id"])
        .withColumn("country", f.upper(f.trim("country")))
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Carries a run out. Glue passes further arguments of its own."""
    parser = argparse.ArgumentParser()
    for name in ("--run", "--input-raw", "--output"):
        parser.add_argument(name, required=True)
    found, _of_glue = parser.parse_known_args(arguments)
    spark = SparkSession.builder.appName(found.run).getOrCreate()
    raw = spark.read.schema(RAW).json(found.input_raw)
    # A try that follows one that failed replaces what that has written.
    cleaned(raw).write.mode("overwrite").parquet(found.output)


if __name__ == "__main__":
    main()
