"""Whether `pulumi up` will succeed, in words: first in every output."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groundplan.report.model import Report
from groundplan.report.wording import is_unchanged, line, where
from groundplan.risk.obstacles import Obstacle, Reason
from groundplan.risk.verdict import Status, Verdict, general, of

QUESTION = "will pulumi up succeed?"

MOST_NAMES = 5
"""Resources that a clause names."""

NOT_COMPARED = general(
    "nothing is compared with it",
    "name what is deployed with --base",
    certain=False,
)


@dataclass(frozen=True)
class Clause:
    """Why `pulumi up` fails or may fail, for one or several resources."""

    certain: bool
    words: str
    """`a protected resource leaves the program: the bucket logs (protect: true)`."""
    fix: str


def verdict_of(report: Report) -> Verdict:
    """Returns the verdict of a stack: a program that fails, else the obstacles of its
    changes."""
    if report.failed:
        return of([general("the program fails")])
    if report.message:
        return of([general("the base can't be previewed", certain=False)])
    return report.verdict if report.verdict is not None else of([NOT_COMPARED])


def status_of(reports: Sequence[Report]) -> Status:
    """Returns the status of all stacks in one: the worst."""
    found = {verdict_of(report).status for report in reports}
    return next((status for status in Status if status in found), Status.YES)


def clauses(report: Report) -> list[Clause]:
    """Returns the reasons of a stack, certain ones first, each once with all its
    resources."""
    verdict = verdict_of(report)
    settings = {o.urn for o in verdict.obstacles if report.is_configured(o.urn)}
    return [
        Clause(reason.certain, _words(reason, group), _fix(reason, group, settings))
        for reason, group in verdict.by_reason()
    ]


def _words(reason: Reason, group: Sequence[Obstacle]) -> str:
    """A reason with its resources. A cause or a line that all have is named once, at
    the end."""
    words = reason.one if len(group) == 1 else reason.many
    causes = {obstacle.because for obstacle in group}
    places = {_place(obstacle) for obstacle in group}
    shared = [*(causes if len(causes) == 1 else ()), *(places if len(places) == 1 else ())]
    own = [
        _bracketed(
            [
                *([obstacle.because] if len(causes) > 1 else []),
                *([_place(obstacle)] if len(places) > 1 else []),
            ]
        )
        for obstacle in group
    ]
    named = [f"{o.subject}{rest}" for o, rest in zip(group, own, strict=True) if o.subject]
    more = f" and {len(named) - MOST_NAMES:,} more" if len(named) > MOST_NAMES else ""
    between = "; " if len(causes) > 1 or len(places) > 1 else ", "
    names = f": {between.join(named[:MOST_NAMES])}{more}" if named else ""
    return line(f"{words}{names}{_bracketed(shared)}")


def _place(obstacle: Obstacle) -> str:
    return where(obstacle.source, obstacle.setting)


def _bracketed(parts: Sequence[str]) -> str:
    texts = [part for part in parts if part]
    return f" ({'; '.join(texts)})" if texts else ""


def _fix(reason: Reason, group: Sequence[Obstacle], settings: set[str]) -> str:
    """Returns the fix in the language of who reads it: settings, a program, or both."""
    configured = {obstacle.urn in settings for obstacle in group}
    texts = [reason.settings_fix or reason.fix] if True in configured else []
    texts += [reason.fix] if False in configured else []
    texts = list(dict.fromkeys(text for text in texts if text))
    return line("; in a program: ".join(texts))


def is_worth_saying(reports: Sequence[Report]) -> bool:
    """Returns whether an output begins with the status: not where nothing is compared,
    nor where nothing changes and nothing prevents that."""
    return any(
        report.message or (report.verdict is not None and not _is_idle(report))
        for report in reports
    )


def _is_idle(report: Report) -> bool:
    return is_unchanged(report) and verdict_of(report).status is Status.YES


def lines(reports: Sequence[Report]) -> Iterator[str]:
    """Yields the status of all stacks, then each reason with its fix."""
    status = status_of(reports).value
    if len(reports) == 1:
        found = sentences(reports[0])
        if len(found) > 1:
            yield f"{QUESTION} {status}, because"
            yield from (f"  {text}" for text in found)
        else:
            yield f"{QUESTION} {', because '.join((status, *found))}"
        return
    stacks = ", ".join(f"{line(r.stack)} {verdict_of(r).status.value}" for r in reports)
    yield f"{QUESTION} {status}: {stacks}" if reports else f"{QUESTION} {status}"
    for report in reports:
        yield from (f"  {line(report.stack)}: {text}" for text in sentences(report))


def sentences(report: Report) -> list[str]:
    """Each reason of a stack with its fix."""
    doubt = "perhaps also: " if verdict_of(report).status is Status.NO else ""
    return [
        f"{'' if clause.certain else doubt}{clause.words}."
        + (f" Fix: {clause.fix}." if clause.fix else "")
        for clause in clauses(report)
    ]


def to_data(report: Report) -> dict[str, object]:
    """Returns the verdict as data: the status, and the obstacle of each resource."""
    verdict = verdict_of(report)
    return {
        "status": verdict.status.value,
        "because": [
            {
                "urn": obstacle.urn,
                "words": obstacle.reason.one,
                "subject": obstacle.subject,
                "because": obstacle.because,
                "certain": obstacle.reason.certain,
                "fix": _fix(obstacle.reason, [obstacle], _configured(report, obstacle)),
                "source": obstacle.source or report.source(obstacle.urn),
                "setting": obstacle.setting,
            }
            for obstacle in verdict.obstacles
        ],
    }


def _configured(report: Report, obstacle: Obstacle) -> set[str]:
    return {obstacle.urn} if report.is_configured(obstacle.urn) else set()


def text(report: Report, obstacle: Obstacle) -> str:
    """One obstacle as a sentence, with its fix."""
    subject = f": {obstacle.subject}" if obstacle.subject else ""
    because = f" ({obstacle.because})" if obstacle.because else ""
    fix = _fix(obstacle.reason, [obstacle], _configured(report, obstacle))
    return line(f"{obstacle.reason.one}{subject}{because}." + (f" Fix: {fix}." if fix else ""))
