"""The script of the data pipelines: raw measurements, as the hospital exports them,
become a clean table. A Spark program, which AWS Glue runs.

    python measurements.py --run try --input-raw raw/ --output out/
"""

import argparse
from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession  # type: ignore[import-not-found]

COLUMNS = (
    "tumor long, radius double, texture double, smoothness double, concavity double, "
    "symmetry double, label long"
)
"""Of a raw file: the number of the tumor, what the scanner measured, and whether it is
malignant, 1 or 0."""


def cleaned(raw: DataFrame) -> DataFrame:
    """Returns the rows with a diagnosis, each tumor once, without its number."""
    return raw.dropna(subset=["label"]).dropDuplicates(["tumor"]).drop("tumor")


def main(arguments: Sequence[str] | None = None) -> None:
    """Carries a run out. Glue passes further arguments of its own."""
    parser = argparse.ArgumentParser()
    for name in ("--run", "--input-raw", "--output"):
        parser.add_argument(name, required=True)
    found, _of_glue = parser.parse_known_args(arguments)
    spark = SparkSession.builder.appName(found.run).getOrCreate()
    raw = spark.read.csv(found.input_raw, schema=COLUMNS, header=True)
    # A try that follows one that failed replaces what that has written.
    cleaned(raw).write.mode("overwrite").parquet(found.output)


if __name__ == "__main__":
    main()
