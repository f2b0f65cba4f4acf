"""`groundplan init`: the pipelines of a repository."""

import json
import pathlib
import sys
from collections.abc import Mapping, Sequence

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.stack_options import json_option
from groundplan.delivery.commands.pipeline_place import Place
from groundplan.delivery.pipelines import files as pipeline_files
from groundplan.delivery.pipelines import names
from groundplan.delivery.pipelines.rendering import Delivery, Platform, render
from groundplan.problems import one_of

ORDER = ("dev", "test", "staging", "prod", "production")
"""The order of usual stacks; others come between."""
NEXT: Mapping[Platform, str] = {
    Platform.GITHUB: """\
Next:
  1. Deploy CiAccess once for each stack, as an administrator.
  2. In the repository's settings, create an environment for each stack, with reviewers where a
     person approves, and its variable DEPLOY_ROLE_ARN.
  3. Variables of the repository: PULUMI_BACKEND_URL, AWS_REGION, and for each stack
     PLAN_ROLE_ARN_<STACK>.
""",
    Platform.AZURE: """\
Next:
  1. Deploy CiAccess once for each stack, as an administrator.
  2. Create the service connections plan-<stack> and deploy-<stack> of the AWS Toolkit, with
     OpenID Connect, and an environment for each stack, with approvals where a person approves.
  3. Create a pipeline from each file, with the variables backendUrl and region.
""",
}


@click.command(
    epilog="""
\b
Examples:
  groundplan init --ci github
  groundplan init --ci azure --stack dev --stack prod --branch main
  groundplan init --ci github --setup 'uv sync' --force
\b
Exit codes: 0 written, or all is there already, 1 a file differs from what would be written (see
--force), the settings are invalid, or a file can't be written, 2 the command was misused, 3 with
--dry-run: something would be written.
"""
)
@click.option("--ci", type=click.Choice([one.value for one in Platform]), required=True)
@click.option(
    "-s",
    "--stack",
    "stacks",
    multiple=True,
    help="A stack with a Pulumi.STACK.yaml, in the order of promotion. Default: all of them.",
)
@click.option("--branch", default="main", show_default=True, help="What is deployed.")
@click.option(
    "--setup",
    default="make setup",
    show_default=True,
    help="The command that sets up .venv with the program's packages and Groundplan.",
)
@click.option(
    "-p",
    "--project",
    type=click.Path(file_okay=False, exists=True, path_type=pathlib.Path),
    default=pathlib.Path(),
    help="The folder of the Pulumi project. The files are written at the root of its repository.",
)
@click.option("--force", is_flag=True, help="Overwrite files that differ.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@json_option
def init(
    ci: str,
    stacks: tuple[str, ...],
    branch: str,
    setup: str,
    project: pathlib.Path,
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write the pipelines of continuous delivery: previews of pull requests, deployment
    of what is merged, stack after stack, with verification and rollback, and a nightly
    look for drift."""
    platform = Platform(ci)
    place = Place.of(project)
    chosen = _chosen(place, stacks)
    wrong = names.problem(platform, chosen, branch, setup, place.folder)
    if wrong:
        raise click.UsageError(wrong)
    sealed, proposed, stored = _sealed(place, chosen)
    delivery = Delivery(
        chosen,
        branch,
        setup.strip(),
        sealed=sealed,
        proposed=proposed,
        stored=stored,
        folder=place.folder,
    )
    files = render(platform, delivery)
    states = {path: _state(place.root / path, text) for path, text in files.items()}
    differing = [path for path, state in states.items() if state == "differs"]
    blocked = differing and not force and not dry_run
    if not blocked and not dry_run:
        _write({place.root / path: files[path] for path, at in states.items() if at != "same"})
    if as_json:
        click.echo(json.dumps({"stacks": list(chosen), "files": states}, indent=2))
    else:
        for path, state in states.items():
            click.echo(f"{_word(state, dry_run or bool(blocked), force):<10} {path}")
    if blocked:
        raise CommandError(
            f"{', '.join(differing)}: what is there differs. Nothing was written. Fix: compare, "
            "then use --force"
        )
    if not as_json and not dry_run:
        click.echo(NEXT[platform], nl=False)
    if dry_run and set(states.values()) != {"same"}:
        sys.exit(3)


def _chosen(place: Place, stacks: Sequence[str]) -> tuple[str, ...]:
    """The stacks that are named, or all with a settings file in the usual order of
    promotion."""
    known = place.stacks
    if not known and not stacks:
        raise CommandError(
            f"{place.home} has no Pulumi.STACK.yaml. Fix: name stacks with --stack, or a Pulumi "
            "project's folder with --project"
        )
    if not known and not (place.home / "Pulumi.yaml").is_file():
        raise CommandError(
            f"{place.home} has no Pulumi.yaml. Fix: name a Pulumi project's folder with --project"
        )
    for stack in stacks:
        # Without any settings file, every stack has the project's defaults.
        if known and stack not in known and names.STACK.fullmatch(stack):
            raise click.UsageError(
                f"--stack {stack}: there is no Pulumi.{stack}.yaml. Allowed: {', '.join(known)}. "
                f"Fix: {one_of('stack', stack, known)[0].fix or f'write Pulumi.{stack}.yaml'}"
            )
    middle = ORDER.index("staging")
    return tuple(stacks) or tuple(
        sorted(known, key=lambda n: (ORDER.index(n) if n in ORDER else middle - 0.5, n))
    )


def _sealed(
    place: Place, stacks: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Returns the stacks that `groundplan up` deploys, by their level of delivery;
    those of them whose approvals have no store, and those that have one."""
    from groundplan.delivery_levels.choices import DeliveryLevel

    sealed: list[str] = []
    proposed: list[str] = []
    stored: list[str] = []
    for stack in stacks:
        settings = place.delivery(stack)
        level = settings.get("level")
        if level is None or (
            DeliveryLevel(level).number < DeliveryLevel.CONTINUOUS_DELIVERY.number
        ):
            continue
        sealed.append(stack)
        if not DeliveryLevel(level).requires_approval:
            continue
        approval = settings.get("approval", {})
        if approval.get("key_arn") and not approval.get("store"):
            raise CommandError(
                f"delivery.approval of Pulumi.{stack}.yaml has keyArn and no store: a pipeline "
                "can't sign for a person, and finds no approval. Fix: set store"
            )
        (stored if approval.get("store") else proposed).append(stack)
    return tuple(sealed), tuple(proposed), tuple(stored)


def _state(file: pathlib.Path, text: str) -> str:
    try:
        return pipeline_files.state(file, text)
    except OSError as error:
        raise CommandError(_unusable(file, error)) from None


def _write(files: Mapping[pathlib.Path, str]) -> None:
    try:
        pipeline_files.write(files)
    except OSError as error:
        raise CommandError(_unusable(next(iter(files)), error)) from None


def _unusable(file: pathlib.Path, error: OSError) -> str:
    return (
        f"{error.filename or file} can't be used: {error.strerror}. Nothing was written. "
        "Fix: move it, or change its permissions"
    )


def _word(state: str, dry_run: bool, force: bool) -> str:
    if state == "same":
        return "unchanged"
    if dry_run or (state == "differs" and not force):
        return state
    return "written"
