"""The manifests of stacks alone, where nothing is asked that needs a reader: a third of
the time of the preview's own process goes into importing and running the readers."""

from collections.abc import Callable
from dataclasses import dataclass

from groundplan.cost.usage_file import load as load_usage
from groundplan.manifest.accepted_findings import registered_problems
from groundplan.manifest.model import Manifest
from groundplan.manifest.run import Result, preview_all
from groundplan.report.acceptance_checks import check, registered
from groundplan.report.wanted import Run, Wanted


@dataclass(frozen=True)
class OwnManifest:
    """What a stack's program registers; a report without what the readers say."""

    project: str
    stack: str
    manifest: Manifest | None
    message: str
    frames: tuple[str, ...]


def gather(
    wanted: Wanted, _say: Callable[[str], None], run: Run = preview_all
) -> list[OwnManifest]:
    """Returns the manifest of each stack. Raises `UsageError` as a report does."""
    for stack in wanted.stacks:
        load_usage(wanted.project.root, stack)
    results = run(wanted.requests())
    return [
        _own(wanted, stack, result) for stack, result in zip(wanted.stacks, results, strict=True)
    ]


def _own(wanted: Wanted, stack: str, result: Result) -> OwnManifest:
    message, manifest = result.message, result.manifest
    if manifest is not None and not message:
        problems = registered_problems(manifest, check(wanted.today))
        message = registered(problems) if problems else ""
    return OwnManifest(wanted.project.name, stack, manifest, message, result.frames)
