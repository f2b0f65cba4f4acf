"""`groundplan dataset lineage`."""

import pathlib
from typing import Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.data.commands import pictures
from groundplan.data.commands.collecting import users
from groundplan.data.commands.looking import table
from groundplan.data.commands.place import at, reference, show, where


@click.command(
    epilog="""
\b
Examples:
  groundplan dataset lineage clicks:production               where it comes from, what uses it
  groundplan dataset lineage churn/7                         a model's version, or its ARN
  groundplan dataset lineage s3://artifacts/raw/clicks/a.csv which models were trained on it
  groundplan dataset lineage clicks --picture lineage.svg    or lineage.mmd, as Mermaid
\b
Exit codes: 0 shown, 1 it is not there, or could not be read, 2 the command was misused.
"""
)
@click.argument("start", metavar="VERSION|MODEL|RECORD|OBJECT")
@click.option("--version-id", default="", help="Of an object: only in this version.")
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="Draw it: .svg, or .mmd for Mermaid.",
)
@click.option("--records", multiple=True, metavar="PREFIX", help="Another folder of records.")
@click.option(
    "--without-registry",
    is_flag=True,
    help="Ask no SageMaker model registry: the environment has none.",
)
@where
def lineage(
    start: str,
    version_id: str,
    picture: pathlib.Path | None,
    records: tuple[str, ...],
    without_registry: bool,
    **options: Any,
) -> None:
    """What a dataset version, or a model, comes from; what was derived from a version,
    or of an object."""
    if picture is not None and picture.suffix not in (".svg", ".mmd"):
        raise click.UsageError("--picture FILE ends in .svg or .mmd")
    with at(options) as place:
        import groundplan.data.versions.lineage as tracing

        found = tracing.Lineage(place.bucket, users(place, records, without_registry))
        own = f"s3://{place.bucket.name}/"
        if start.startswith("s3://") and not start.startswith(own):
            raise CommandError(
                f"{start} is in another bucket than {place.bucket.name}, where versions are kept. "
                "Fix: name an object or a record of it, or --bucket"
            )
        if start.startswith(own) and not found.is_user(start):
            graph = found.of_object(start.removeprefix(own), version_id)
        elif start.startswith(("arn:", own)) or "/" in start:
            graph = found.of_user(start)
        else:
            graph = found.of_version(reference(place, start))
    if picture is not None:
        text = pictures.svg(graph) if picture.suffix == ".svg" else pictures.mermaid(graph)
        try:
            picture.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"--picture {picture} can't be written: {error.strerror}") from None
    sources: dict[str, list[str]] = {}
    for source, target in graph.edges:
        sources.setdefault(target, []).append(graph.nodes[source].label)
    show(
        options,
        graph.as_dict(),
        lambda: table(
            ("what", "name", "detail", "derived from"),
            [
                (node.kind, node.label, node.detail, "\n".join(sources.get(node.id, ())))
                for node in graph.nodes.values()
            ],
        ),
    )
