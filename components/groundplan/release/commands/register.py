"""`groundplan release register`: a version of a model, for approval."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.stack_exports import exports
from groundplan.command_line.stack_options import json_option, outputs_option, stack_option
from groundplan.release.commands.cluster import OnCluster, place
from groundplan.release.commands.target import is_cluster, target

if TYPE_CHECKING:  # boto3 is slow to load
    from groundplan.release.engine.candidates import Candidate

TASKS = ("binary-classification", "multiclass-classification", "regression")


@click.command(
    epilog="""
\b
Example:
  groundplan release register offers \\
    --record s3://artifacts/runs/offers/89ab.../run.json \\
    --model s3://artifacts/models/offers/1/model.tar.gz \\
    --image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/offers@sha256:0123... \\
    --manifest s3://artifacts/manifests/prod.json --metric auc=0.91
\b
The same twice is one version. It waits for approval then: groundplan release approve.
Exit codes: 0 it is registered, 1 it was refused, 2 the command was misused.
"""
)
@click.argument("name", metavar="TARGET")
@click.option("--record", required=True, metavar="URI", help="The record of the training run.")
@click.option("--model", required=True, metavar="URI", help="The archive, or a folder with /.")
@click.option("--image", required=True, metavar="IMAGE", help="What serves it, by its digest.")
@click.option("--manifest", required=True, metavar="URI", help="Of the environment, in S3.")
@click.option("--metric", "metrics", multiple=True, metavar="NAME=VALUE", help="Repeatable.")
@click.option(
    "--slice",
    "slices",
    multiple=True,
    metavar="SLICE:NAME=VALUE",
    help="The metric of a slice, for the gates on it. Repeatable.",
)
@click.option("--task", type=click.Choice(TASKS), default=TASKS[0], show_default=True)
@click.option("--description", default="", help="What is new.")
@outputs_option
@stack_option
@json_option
def register(name: str, **params: Any) -> None:
    """Register a version of an endpoint on a cluster, with all that says where it comes
    from. The first version is the model that its stack created the endpoint with."""
    chosen, export = target(exports(params["outputs"], params["stack"]), name)
    if not is_cluster(export):
        raise CommandError(
            f"{chosen} is on SageMaker. Fix: groundplan.release.engine.registration.register, in "
            "the training script"
        )
    with place(OnCluster(chosen, export)) as known:
        found = known.registry.register(_candidate(known.registry.group, params))
    data = found.as_dict()
    if params["as_json"]:
        click.echo(json.dumps(data, indent=2, sort_keys=True))
    else:
        click.echo(f"{found.id} waits for approval: groundplan release approve {chosen} "
                   f"{found.number}")  # fmt: skip


def _candidate(group: str, params: Mapping[str, Any]) -> "Candidate":
    from groundplan.release.engine.candidates import Candidate
    from groundplan.release.engine.version_record import ModelTask

    return Candidate(
        group=group,
        record_uri=params["record"],
        model=params["model"],
        image=params["image"],
        task=ModelTask(params["task"]),
        metrics=_numbers("--metric", params["metrics"]),
        slices=_slices(params["slices"]),
        manifest_uri=params["manifest"],
        description=params["description"],
    )


def _slices(texts: Sequence[str]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for text in texts:
        name, separator, metric = text.rpartition(":")
        if not separator or not name:
            raise CommandError(
                f"--slice {text} is no SLICE:NAME=VALUE. Fix: --slice country=DE:auc=0.91"
            )
        found.setdefault(name, {}).update(_numbers("--slice", [metric]))
    return found


def _numbers(option: str, texts: Sequence[str]) -> dict[str, float]:
    found = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            raise CommandError(
                f"{option} {text} is no NAME=VALUE with a number. Fix: auc=0.91"
            ) from None
    return found
