"""`groundplan preview`: what a Pulumi program registers, what changes, what it costs
and what it risks, offline."""

import datetime
import pathlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from groundplan.cli import preview_gates, preview_output
from groundplan.command_line.errors import CommandError, errors_as_json
from groundplan.command_line.finite_numbers import FiniteRange
from groundplan.command_line.program_inputs import (
    answers_option,
    config_option,
    configuration,
    invoke_answers,
    project_option,
)
from groundplan.command_line.progress import progress

if TYPE_CHECKING:
    from groundplan.cli.watch.runner import Runner
    from groundplan.manifest.base_cache import BaseCache
    from groundplan.manifest.project import Project
    from groundplan.report.model import Report


def _file_option(*names: str, help: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        *names, type=click.Path(dir_okay=False, path_type=pathlib.Path), metavar="FILE", help=help
    )


@click.command(
    epilog="""
\b
Examples:
  groundplan preview                                  the only stack, or dev
  groundplan preview --stack prod --inputs            every input of every resource
  groundplan preview --all --base origin/main         what a branch changes in every stack
  groundplan preview -s prod --base prod.json         against `pulumi stack export`
  groundplan preview --all --base origin/main --markdown comment.md --fail-on 'up,risk,cost:500'
  groundplan preview -s dev -c aws:region=eu-west-1 --json
  groundplan preview -s prod --base main --watch      again after each save
\b
Exit codes: 0 the program ran to its end, 1 it failed or its settings are invalid,
2 the command was misused, 3 a gate failed (--fail-on), 130 and 143 a signal ended it.
With --json, an error is a line of JSON on standard error.
"""
)
@click.option(
    "-s",
    "--stack",
    envvar="GROUNDPLAN_STACK",
    help="Stack to preview. Default: the only one, or dev.",
)
@click.option(
    "--all", "all_stacks", is_flag=True, help="Preview every stack that has a settings file."
)
@project_option
@click.option(
    "-b",
    "--base",
    default="",
    metavar="REV|FILE",
    help="What to compare with: a git revision, a manifest (--out), or a state "
    "(pulumi stack export).",
)
@config_option
@answers_option
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print JSON and nothing else: the stack's manifest, or the report with --base or --all.",
)
@click.option("--inputs", is_flag=True, help="Show every input on a line of its own, in full.")
@click.option(
    "--depth",
    type=click.IntRange(min=1),
    metavar="LEVELS",
    help="Levels of the tree to show, or of the changes with --base; what is below is counted. "
    "Default: all, or the components alone on a terminal of fewer than 100 columns.",
)
@_file_option("--out", help="Write the manifest of the stack as JSON.")
@_file_option("--markdown", help="Write a pull-request comment of at most 60,000 characters.")
@_file_option("--html", help="Write a self-contained HTML page.")
@_file_option("--sarif", help="Write findings and risks as SARIF 2.1.0.")
@_file_option("--junit", help="Write findings and risks as JUnit XML.")
@_file_option(
    "--preflight",
    "preflight_file",
    help="Report what `groundplan preflight STACK --json` found in the account, too.",
)
@click.option(
    "--fail-on",
    default="",
    metavar="GATES",
    help="Exit with 3 on any of: up (pulumi up will fail), up:unknown (or that isn't known), "
    "isolation (of teams is refuted), isolation:unknown (or isn't proved), changes, "
    "risk[:LEVEL], policy[:SEVERITY], accepted (by this change itself), level (of delivery that is "
    "declared is not met), cost:USD (a month).",
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Day by which accepted findings expire. Default: this machine's date.",
)
@click.option(
    "--timeout",
    type=FiniteRange(min=0, min_open=True, max=86_400),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="Seconds after which a program that has not ended is a failed one (exit code 1).",
)
@click.option(
    "--no-cache",
    is_flag=True,
    help="Run the revision of --base, also where its manifest is in the cache.",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Preview again after each save of a file that the preview reads, until Ctrl-C.",
)
@click.pass_context
@errors_as_json
def preview(
    context: click.Context,
    /,
    stack: str | None,
    all_stacks: bool,
    folder: pathlib.Path,
    base: str,
    overrides: tuple[str, ...],
    answers: pathlib.Path | None,
    preflight_file: pathlib.Path | None,
    as_json: bool,
    inputs: bool,
    depth: int | None,
    fail_on: str,
    today: datetime.datetime | None,
    timeout: float,
    no_cache: bool,
    watch: bool,
    **files: pathlib.Path | None,
) -> None:
    """Shows what a Pulumi Python program registers, offline.

    Needs no AWS account, no cluster, no Pulumi CLI and no network. The program runs as
    in `pulumi preview`. A value that only the cloud knows is shown as
    ${resource.property}. With --base: what changes, what that risks, and what it costs.
    """
    requested_gates = preview_gates.parse(fail_on, base)
    stack = _one_stack(context, stack, all_stacks)
    if watch:
        from groundplan.cli.watch import start

        sys.exit(start.watch(context))
    from groundplan.cli.watch.runner import Runner
    from groundplan.cost.usage_file import UsageError
    from groundplan.facts.prices import PriceFileError
    from groundplan.manifest import processes
    from groundplan.manifest.bases import BaseError
    from groundplan.manifest.project import ProjectError, load
    from groundplan.report.wanted import Wanted

    gather = _gather(as_json and not (base or all_stacks or fail_on or any(files.values())))
    runner = context.find_object(Runner)  # of a watch
    try:
        project = load(folder)
        stacks = _stacks(project, stack, all_stacks)
        if files["out"] and len(stacks) != 1:
            raise click.UsageError(
                "--out writes the manifest of one stack. Fix: name it with --stack"
            )
        config = configuration(overrides, project.name)
        day = today.date() if today else datetime.date.today()
        _check_settings(project, stacks, config, day)
        cache = _cache(no_cache, runner)
        wanted = Wanted(project, stacks, base, config, invoke_answers(answers), timeout, cache, day)
        running = f"running {project.name}/{', '.join(stacks)} offline"
        with processes.cancelled_by_signals(), progress(running, quiet=as_json) as say:
            reports = gather(wanted, say, *([runner.run] if runner else []))
    except processes.Cancelled as error:
        if not runner:
            click.echo(f"groundplan: {error}", err=True)
        sys.exit(error.exit_code)
    except (ProjectError, BaseError, UsageError, PriceFileError) as error:
        raise CommandError(str(error)) from None
    if preflight_file:
        reports = _with_preflight(reports, preflight_file)
    preview_output.write_files(reports, files, as_json)
    if runner:
        runner.show()
    preview_output.show(
        reports, as_json, inputs, depth, bool(base) or all_stacks, one_line=bool(runner)
    )
    failures = [preview_output.failure(report) for report in reports if report.message]
    if failures:
        raise CommandError("\n".join(failures))
    preview_gates.check(reports, requested_gates)


def _with_preflight(reports: Sequence["Report"], file: pathlib.Path) -> Sequence["Report"]:
    from groundplan.report import obstacles
    from groundplan.report.preflight import PreflightError

    try:
        return obstacles.attached(reports, file)
    except PreflightError as error:
        raise CommandError(str(error)) from None


def _gather(only_manifests: bool) -> Callable[..., Sequence[Any]]:
    """Returns what runs programs and readers, or programs alone."""
    if only_manifests:
        from groundplan.report import manifests

        return manifests.gather
    from groundplan.report import gather

    return gather.gather


def _cache(no_cache: bool, runner: "Runner | None") -> "BaseCache | None":
    """Returns where bases are kept. A watch keeps its own in any case."""
    from groundplan.manifest import base_cache

    cache = None if no_cache else base_cache.of_user()
    if runner:
        return replace(cache or base_cache.BaseCache(None), session=runner.session)
    return cache


def _one_stack(context: click.Context, stack: str | None, all_stacks: bool) -> str | None:
    """Returns the stack that an option names; --all overrides GROUNDPLAN_STACK."""
    if not (all_stacks and stack):
        return stack
    if context.get_parameter_source("stack") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--all and --stack exclude each other")
    return None


def _check_settings(
    project: "Project", stacks: Sequence[str], config: Mapping[str, str], today: datetime.date
) -> None:
    """Reads the settings of all stacks before any program runs; raises all errors."""
    from groundplan.manifest import accepted_findings
    from groundplan.manifest.project import ProjectError, configuration
    from groundplan.report.acceptance_checks import check

    errors: list[str] = []
    for stack in stacks:
        try:
            settings = configuration(project, stack, config)
        except ProjectError as error:
            errors.append(str(error))
            continue
        found = accepted_findings.written(project, stack, settings, config, check(today))
        errors += found.problems
    if errors:
        raise CommandError("\n".join(dict.fromkeys(errors)))


def _stacks(project: "Project", stack: str | None, all_stacks: bool) -> list[str]:
    """Returns the names of the stacks to preview."""
    if not all_stacks:
        return [stack or (project.stacks[0] if len(project.stacks) == 1 else "dev")]
    if not project.stacks:
        raise CommandError(
            f"--all: there is no Pulumi.<stack>.yaml in {project.root}. "
            "Fix: name a stack with --stack"
        )
    return project.stacks
