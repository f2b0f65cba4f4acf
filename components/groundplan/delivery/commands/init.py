"""`groundplan init`: the pipelines of a repository."""

import json
import pathlib
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.stack_options import json_option
from groundplan.delivery.pipelines.rendering import Delivery, Platform, render

STACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""Pulumi's names of stacks (`pulumi stack init`), of which a job's name begins with a
letter."""
JOB = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
"""GitHub Docs, "Workflow syntax", jobs.<job_id>."""
BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
"""Branches that need no quotes in YAML and are no pattern."""
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
--force), 2 the command was misused, 3 with --dry-run: something would be written.
"""
)
@click.option("--ci", type=click.Choice([one.value for one in Platform]), required=True)
@click.option(
    "-s",
    "--stack",
    "stacks",
    multiple=True,
    help="A stack, in the order of promotion. Default: those with a Pulumi.STACK.yaml.",
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
    help="The repository's folder.",
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
    chosen = stacks or _found(project)
    _check(platform, chosen, branch, setup)
    sealed, proposed, stored = _sealed(project, chosen)
    delivery = Delivery(
        tuple(chosen), branch, setup, sealed=sealed, proposed=proposed, stored=stored
    )
    files = render(platform, delivery)
    states = {path: _state(project / path, text) for path, text in files.items()}
    differing = [path for path, state in states.items() if state == "differs"]
    blocked = differing and not force and not dry_run
    if not blocked and not dry_run:
        for path, text in files.items():
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            (project / path).write_text(text, encoding="utf-8")
    if as_json:
        click.echo(json.dumps({"stacks": list(chosen), "files": states}, indent=2))
    else:
        for path, state in states.items():
            click.echo(f"{_word(state, dry_run, force):<10} {path}")
    if blocked:
        raise CommandError(
            f"{', '.join(differing)}: what is there differs. Nothing was written. Fix: compare, "
            "then use --force"
        )
    if not as_json and not dry_run:
        click.echo(NEXT[platform], nl=False)
    if dry_run and set(states.values()) != {"same"}:
        sys.exit(3)


def _found(project: pathlib.Path) -> list[str]:
    """Returns the stacks with a settings file, in the usual order of promotion."""
    names = [file.name[len("Pulumi.") : -len(".yaml")] for file in project.glob("Pulumi.*.yaml")]
    if not names:
        where = project.resolve()
        raise CommandError(f"{where} has no Pulumi.STACK.yaml. Fix: name stacks with --stack")
    middle = ORDER.index("staging")
    return sorted(names, key=lambda n: (ORDER.index(n) if n in ORDER else middle - 0.5, n))


def _sealed(
    project: pathlib.Path, stacks: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Returns the stacks that `groundplan up` deploys, by their level of delivery;
    those of them whose approvals have no store, and those that have one."""
    from groundplan.delivery_levels.choices import DeliveryLevel

    levels = {level.value: level for level in DeliveryLevel}
    sealed: list[str] = []
    proposed: list[str] = []
    stored: list[str] = []
    for stack in stacks:
        settings = _delivery(project / f"Pulumi.{stack}.yaml")
        level = levels.get(str(settings.get("level")))
        if level is None or level.number < DeliveryLevel.CONTINUOUS_DELIVERY.number:
            continue
        sealed.append(stack)
        approval = settings.get("approval")
        has_store = isinstance(approval, dict) and bool(approval.get("store"))
        if level.requires_approval:
            (stored if has_store else proposed).append(stack)
    return tuple(sealed), tuple(proposed), tuple(stored)


def _delivery(file: pathlib.Path) -> Mapping[str, Any]:
    """Returns the delivery settings of a stack file; empty where there are none."""
    from groundplan.manifest import text_files

    if not file.is_file():
        return {}
    try:
        data = text_files.read_yaml(file)
    except text_files.FileError as error:
        raise CommandError(str(error)) from None
    config = data.get("config") if isinstance(data, dict) else None
    for key, value in (config if isinstance(config, dict) else {}).items():
        if str(key).endswith(":delivery") and isinstance(value, dict):
            return value
    return {}


def _check(
    platform: Platform, stacks: tuple[str, ...] | list[str], branch: str, setup: str
) -> None:
    names = JOB if platform is Platform.GITHUB else STACK
    for stack in stacks:
        if not names.fullmatch(stack) or not STACK.fullmatch(stack):
            raise click.UsageError(
                f"--stack {stack}: expected letters, digits, - and _, beginning with a letter"
            )
    if len(set(stacks)) < len(stacks):
        raise click.UsageError(f"--stack {', '.join(stacks)}: expected each stack once")
    if not BRANCH.fullmatch(branch):
        raise click.UsageError(f"--branch {branch}: expected the name of one branch")
    if not setup.strip() or "\n" in setup or "${{" in setup or ": " in setup or " #" in setup:
        raise click.UsageError(f"--setup {setup}: expected one command in one line, a script")


def _state(file: pathlib.Path, text: str) -> str:
    if not file.exists():
        return "new"
    return "same" if file.read_text(encoding="utf-8") == text else "differs"


def _word(state: str, dry_run: bool, force: bool) -> str:
    if state == "same":
        return "unchanged"
    if dry_run or (state == "differs" and not force):
        return state
    return "written"
