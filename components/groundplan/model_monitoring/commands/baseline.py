"""`groundplan monitoring baseline`."""

import json
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.model_monitoring.commands.analysis_errors import as_messages
from groundplan.model_monitoring.commands.schema_options import (
    SchemaChoice,
    schema_options,
    source_option,
)

if TYPE_CHECKING:  # numpy is slow to load, and `groundplan --help` has no use for it
    from groundplan.model_monitoring.analysis.baseline import Baseline
    from groundplan.model_monitoring.analysis.schema import Schema


@click.command(
    epilog="""
\b
Examples:
  groundplan monitoring baseline train.csv --task binary --score score --out fraud.json
  groundplan monitoring baseline s3://ml-prod/datasets/fraud/12/ --schema schema.json \\
      --source dataset=fraud@12 --source model=fraud/7 --out s3://ml-prod/baselines/fraud.json
  groundplan monitoring baseline --bucket ml-prod --dataset fraud:production --schema schema.json \\
      --source model=fraud/7 --out s3://ml-prod/baselines/fraud.json
  groundplan monitoring baseline train.parquet --prediction price --skip id --show-schema

\b
Exit codes: 0 it is written, 1 the dataset or the schema is invalid, 2 the command was misused.
"""
)
@click.argument("places", nargs=-1, metavar="[PLACE]...")
@click.option(
    "--dataset",
    metavar="REFERENCE",
    help="A dataset version in place of PLACE: fraud:production, fraud@sha256:DIGEST.",
)
@click.option("--bucket", metavar="BUCKET", help="The artifact bucket, of --dataset.")
@schema_options
@source_option
@click.option("--out", metavar="URL", help="Where it is written: a file, or s3://BUCKET/KEY.")
@click.option("--show-schema", is_flag=True, help="Print the schema as JSON, and count nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def baseline(
    places: tuple[str, ...],
    dataset: str | None,
    bucket: str | None,
    choice: SchemaChoice,
    source: Mapping[str, str],
    out: str | None,
    show_schema: bool,
    as_json: bool,
) -> None:
    """Count a dataset: what checks compare with.

    PLACE is a file or a folder, of this machine or of a bucket (s3://BUCKET/PREFIX):
    CSV with a header, JSON lines, or Parquet. The same rows give the same digest in
    each format. Columns of the response, and `label`, may be in the same table: those
    of held-out rows.
    """
    if out is None and not show_schema:
        raise click.UsageError("Missing option '--out', or '--show-schema'.")
    if bool(places) == bool(dataset) or bool(dataset) != bool(bucket):
        raise click.UsageError("Name PLACE, or --dataset and --bucket.")
    with as_messages():
        from groundplan.model_monitoring.analysis import datasets

        if dataset and bucket:
            found, version = _version(bucket, dataset)
            source = {"dataset": version, **source}
        else:
            found = datasets.files(places)
        schema = choice.schema(datasets.first_rows(datasets.shards(found)))
        if show_schema:
            click.echo(json.dumps(schema.document(), indent=2))
            return
        counted = _counted(found, schema, source)
        _written(counted, str(out))
    _show(counted, str(out), as_json)


def _version(bucket: str, reference: str) -> tuple[Mapping[str, Any], str]:
    """Returns the files of a dataset version, and its reference by digest."""
    import boto3  # type: ignore[import-untyped]

    from groundplan.data import versions
    from groundplan.model_monitoring.analysis import datasets

    try:
        version = versions.read(boto3.client("s3"), bucket, reference)
        objects = [(item.path, item.key, item.version_id) for item in version.objects]
    except versions.DatasetError as error:
        raise CommandError(str(error)) from error
    return datasets.versioned(bucket, objects), version.reference


def _counted(found: Mapping[str, Any], schema: "Schema", source: Mapping[str, str]) -> "Baseline":
    from groundplan.model_monitoring.analysis import baseline as counting
    from groundplan.model_monitoring.analysis import datasets

    return counting.build(schema, datasets.shards(found, datasets.columns_of(schema)), source)


def _written(counted: "Baseline", out: str) -> None:
    from groundplan.model_monitoring.analysis import stores

    if not out.startswith("s3://"):
        pathlib.Path(out).parent.mkdir(parents=True, exist_ok=True)
    place, key = stores.parent(out)
    place.write(key, counted.content())


def _show(counted: "Baseline", out: str, as_json: bool) -> None:
    schema = counted.layout.schema
    facts = {
        "baseline": out,
        "digest": counted.digest,
        "rows": counted.window.rows,
        "labelled_rows": counted.quality.slices[""].rows,
        "source": dict(counted.source),
        "schema": schema.document(),
    }
    if as_json:
        click.echo(json.dumps(facts, sort_keys=True))
        return
    click.echo(f"{out}: {facts['rows']:,} rows, {facts['labelled_rows']:,} with a label")
    click.echo(f"digest {facts['digest']}")
    for side, known in (("features", schema.features), ("outputs", schema.outputs)):
        for column in known:
            click.echo(f"  {side[:-1]:8} {column.kind:12} {column.name}")
