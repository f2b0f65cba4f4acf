"""Records the subject of an approval: runs the program offline, and asks Pulumi for the
deployed state."""

from collections.abc import Callable
from dataclasses import dataclass

from groundplan.delivery.approval import baseline, engine_preview, sources
from groundplan.delivery.approval.differences import Live
from groundplan.delivery.approval.pulumi_cli import Pulumi
from groundplan.delivery.approval.subject import Subject
from groundplan.manifest import state as states
from groundplan.manifest.model import Manifest
from groundplan.manifest.project import Project
from groundplan.manifest.run import Request, Result, preview

Say = Callable[[str], None]
Run = Callable[[Request], Result]


class RecordingError(Exception):
    """The program failed; the message has its error."""


@dataclass(frozen=True)
class Recorded:
    """A subject, and the values behind its digests."""

    subject: Subject
    live: Live
    manifest: Manifest
    deployed: Manifest
    """The deployed resources, with their values."""
    unsealed: tuple[str, ...]
    """What the program does that no approval can hold on to."""


def record(
    project: Project,
    stack: str,
    salt: str,
    pulumi: Pulumi,
    say: Say,
    *,
    state_only: bool,
    run: Run = preview,
) -> Recorded:
    """The subject as it is now. The state comes last: what follows is the update."""
    say(f"running {project.name}/{stack} offline")
    result = run(Request(project.root, stack, observed=True))
    if result.manifest is None or result.failed:
        at = "".join(f"\n  at {frame}" for frame in result.frames)
        raise RecordingError(
            f"{project.name}/{stack} could not be previewed.\n{result.message}{at}"
        )
    seen = result.observed
    plan = None
    if not state_only:
        say(f"asking the engine what would change in {stack}")
        plan = engine_preview.plan(pulumi.preview())
    say(f"reading the state of {stack}")
    export = pulumi.export()
    state = baseline.state(export)
    subject = Subject(
        project=project.name,
        stack=stack,
        commit=sources.commit(project.root),
        manifest=result.manifest.to_data(),
        baseline=baseline.digests(state, salt),
        plan=None if plan is None else baseline.digests(plan, salt),
        settings=sources.settings(project, stack),
        program=sources.program(project, seen),
        variables=sources.variables(seen, salt),
        versions=sources.versions(project, result.manifest.providers),
        backend=pulumi.backend(),
    )
    live = Live(state, plan or {})
    deployed = states.manifest(export, stack)
    unsealed = tuple(sources.unsealed(seen, project))
    return Recorded(subject, live, result.manifest, deployed, unsealed)
