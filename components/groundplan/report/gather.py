"""Runs both sides of a preview concurrently and collects what the readers (diff, risk,
cost, policy) return."""

import pathlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from groundplan.cost.estimate import Estimate, estimate
from groundplan.cost.usage_file import Usage
from groundplan.cost.usage_file import load as load_usage
from groundplan.delivery_levels import repository
from groundplan.delivery_levels.assessment import assess
from groundplan.diff.comparison import compare
from groundplan.diff.edits.changed_files import changed_files
from groundplan.manifest import bases, processes, state
from groundplan.manifest import project as projects
from groundplan.manifest.bases import Base
from groundplan.manifest.model import Manifest
from groundplan.manifest.run import Request, Result, preview_all, source_root
from groundplan.policy.check import check
from groundplan.policy.finding import Finding
from groundplan.proof import SolverMissing, prove
from groundplan.proof.teams import teams
from groundplan.report.cost_change import cost_change
from groundplan.report.judgement import judged
from groundplan.report.model import Report
from groundplan.report.places import located
from groundplan.report.risk_groups import by_level
from groundplan.report.wanted import Run, Wanted
from groundplan.report.wording import place
from groundplan.risk.analysis import analyze
from groundplan.risk.risk import cost_risk
from groundplan.risk.verdict import verdict


def gather(wanted: Wanted, say: Callable[[str], None], run: Run = preview_all) -> list[Report]:
    """A report for each stack. Raises `BaseError` where the base does not exist,
    `UsageError` where a stack's usage file is invalid."""
    usage = {stack: load_usage(wanted.project.root, stack) for stack in wanted.stacks}
    requests = wanted.requests()
    # A base that does not exist is an error before any program runs.
    read_base = _base(wanted, requests, say) if wanted.base else None
    scope = processes.Scope()
    with ThreadPoolExecutor(2) as pool:
        base = pool.submit(scope.call, read_base) if read_base else None
        results = pool.submit(run, requests).result()
        if all(result.failed for result in results):
            # Nothing is compared: the error need not wait for the base.
            scope.end()
            base = None
        compared_with = base.result() if base else None
    reports = [
        judged(
            _report(wanted.project, stack, result, compared_with, usage[stack], say),
            _before(compared_with, stack),
            wanted.today,
        )
        for stack, result in zip(wanted.stacks, results, strict=True)
    ]
    return _with_edits([_assessed(report, wanted.project) for report in reports], wanted)


def _assessed(report: Report, project: projects.Project) -> Report:
    """Returns the report with the level of delivery that the stack meets."""
    if report.manifest is None or report.failed:
        return report
    settings = project.settings_file(report.stack)
    approves = _needs_approval(project, report.stack)
    files = repository.read(source_root(project), settings, approves=approves)
    return replace(report, delivery=assess(report.manifest, files))


def _needs_approval(project: projects.Project, stack: str) -> bool:
    # Reading settings imports Pulumi, which no error of them should wait for.
    from groundplan.delivery_levels.declared import InvalidDelivery, declared, needs_approval

    try:
        values = projects.configuration(project, stack, {}).values
        return needs_approval(declared(project.name, stack, values))
    except (projects.ProjectError, InvalidDelivery):
        return False  # `groundplan up` refuses them


def _with_edits(reports: Sequence[Report], wanted: Wanted) -> list[Report]:
    """Returns the reports with the edits since the base, where it is a revision."""
    if not wanted.base or pathlib.Path(wanted.base).is_file():
        return list(reports)
    project = wanted.project
    files = changed_files(project, bases.commit_of(wanted.base, project.root))
    return [replace(report, edits=files.edits(project, report.stack)) for report in reports]


def _base(
    wanted: Wanted, requests: Sequence[Request], say: Callable[[str], None]
) -> Callable[[], Base]:
    """Returns what returns the base, which exists: it runs the programs of a
    revision."""
    file = pathlib.Path(wanted.base)
    if not file.is_file():
        bases.commit_of(wanted.base, wanted.project.root)

        def of_revision() -> Base:
            say(f"previewing {wanted.base}")
            return bases.of_revision(wanted.base, requests, say, wanted.cache)

        return of_revision
    if len(requests) > 1:
        raise bases.BaseError(
            f"--base {file} is of one stack. Fix: name it with --stack in place of --all"
        )
    saved = bases.of_file(file, requests[0].stack)
    return lambda: saved


def _before(base: Base | None, stack: str) -> Manifest | None:
    result = base.results.get(stack) if base else None
    return result.manifest if result else None


def _report(
    project: projects.Project,
    stack: str,
    result: Result,
    base: Base | None,
    usage: Usage,
    say: Callable[[str], None],
) -> Report:
    failed = Report(
        project.name, stack, result.manifest, message=result.message, frames=result.frames
    )
    if result.manifest is None or result.failed:
        return failed
    after = result.manifest
    findings = check(after)
    cost = _estimate(after, usage)
    if base is None:
        report = Report(project.name, stack, after, cost=cost, findings=tuple(findings))
        return _proved(located(report, project), after, say)
    say(f"comparing {project.name}/{stack} with {base.label}")
    report = _compared(project, after, base, cost, findings, usage)
    then = base.results.get(stack)
    return _proved(located(report, project, then.manifest if then else None), after, say)


def _estimate(manifest: Manifest, usage: Usage) -> Estimate:
    """Returns the cost of a stack with the quantities of its usage file, which the
    assumptions name. Names that the stack lacks are listed: they may be misspelt, or
    removed."""
    found = estimate(manifest, usage.assumptions)
    if not usage.file or not found.items:
        return found
    names = {resource.name for resource in manifest}
    gone = sorted(name for name in usage.assumptions.resources if name not in names)
    words = usage.file + (f"; not in the stack: {', '.join(gone)}" if gone else "")
    return replace(found, assumptions={"usage file": words, **found.assumptions})


def _proved(report: Report, manifest: Manifest, say: Callable[[str], None]) -> Report:
    """Returns the report with the proof that its teams are isolated."""
    if report.message or not teams(manifest):
        return report
    say(f"proving that the teams of {report.project}/{report.stack} are isolated")
    try:
        return replace(report, proof=prove(manifest))
    except SolverMissing as error:
        return replace(report, unproved=str(error))


def _compared(
    project: projects.Project,
    after: Manifest,
    base: Base,
    cost: Estimate,
    findings: Sequence[Finding],
    usage: Usage,
) -> Report:
    then = base.results.get(after.stack)
    if then is not None and then.failed:
        reason = (
            f"{base.label} can't be previewed, so nothing can be compared with it: {then.message}"
        )
        return Report(
            project.name,
            after.stack,
            after,
            cost=cost,
            findings=tuple(findings),
            message=reason,
            frames=then.frames,
            base_failed=True,
        )
    before = then.manifest if then and then.manifest else Manifest(after.project, after.stack, ())
    changes = compare(before, state.resolved(after, before) if base.deployed else after, base.label)
    cost_before = _estimate(before, usage)
    known = cost_change(cost_before, cost, changes)
    increase = cost_risk(known.before, known.after, place(cost)) if before.resources else None
    risks = tuple(by_level([*analyze(changes, before, after), *([increase] if increase else [])]))
    urns_after = changes.urns_after
    old = {
        (finding.rule, urns_after.get(finding.urn, finding.urn), finding.property)
        for finding in check(before)
    }
    return Report(
        project.name,
        after.stack,
        after,
        changes=changes,
        risks=risks,
        verdict=verdict(changes, before, after, risks),
        cost=cost,
        cost_before=cost_before,
        findings=tuple(findings),
        new_findings=tuple(f for f in findings if (f.rule, f.urn, f.property) not in old),
    )
