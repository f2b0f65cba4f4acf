"""The body of a comment: a line of our own, a hidden line with the state, then what the
pull request's code wrote, which is inert."""

import re
from dataclasses import dataclass
from enum import Enum

from groundplan.pull_requests.inert import MARKER, inert

CONTENT = "<!-- groundplan-content -->"
"""The line before what the pull request wrote. No inert text contains it."""


class State(str, Enum):
    """The state of the run that a comment is about."""

    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True)
class Run:
    """A run of the preview."""

    id: int
    attempt: int
    commit: str
    """The commit of the pull request's branch, in full."""
    url: str
    state: State
    conclusion: str = ""
    """`success`, `failure`, `cancelled`; empty where the platform has none yet."""

    @property
    def order(self) -> tuple[int, int, bool]:
        """What the later of two events has more of."""
        return self.id, self.attempt, self.state is State.DONE


HEAD = re.compile(
    r"<!-- groundplan-preview commit=([0-9a-f]{7,64}) content=([0-9a-f]{7,64}|none) "
    r"run=(\d{1,19})\.(\d{1,6}) state=(running|done) -->"
)


@dataclass(frozen=True)
class Body:
    """A comment that was posted before."""

    commit: str = ""
    """The commit that it is about; empty in a comment of an older version."""
    content_commit: str = ""
    """The commit whose code wrote the content; empty where there is none."""
    order: tuple[int, int, bool] = (0, 0, False)
    content: str = ""


def parsed(text: str) -> Body | None:
    """Returns the comment in a text; `None` where it isn't one of ours."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0] == MARKER:  # of a version before 0.4
        return Body(content=inert("\n".join(lines)))
    found = HEAD.fullmatch(lines[1]) if len(lines) > 1 else None
    if not found:
        return None
    commit, content, run, attempt, state = found.groups()
    _, _, written = "\n".join(lines).partition(f"\n{CONTENT}\n")
    order = (int(run), int(attempt), state == State.DONE.value)
    return Body(commit, "" if content == "none" else content, order, written.strip("\n"))


def written_by(run: Run, noun: str, text: str, limit: int) -> str:
    """Returns the comment with what a run wrote, in at most `limit` characters."""
    first = f"Written by this {noun}'s own code, commit {short(run.commit)}."
    return _body(first, run, run.commit, _notes(run), inert(text), limit)


def nothing_written(run: Run, noun: str, reason: str, before: Body | None, limit: int) -> str:
    """Returns the comment of a run that wrote nothing."""
    first = (
        f"The preview of this {noun}'s commit {short(run.commit)} has nothing to show: {reason}."
    )
    return _with_old(first, run, before, limit)


def outdated(run: Run, noun: str, before: Body, limit: int) -> str:
    """Returns the comment while another run is on its way."""
    old = before.content_commit or before.commit
    of = f"of commit {short(old)}" if old else "of an earlier commit"
    first = (
        f"Outdated: what follows is {of}. The preview of this {noun}'s commit "
        f"{short(run.commit)} is running."
    )
    return _with_old(first, run, before, limit)


def overtaken(run: Run, noun: str, head: str, before: Body, limit: int) -> str:
    """Returns the comment where the pull request has another commit than its last
    run."""
    old = before.content_commit or before.commit
    of = f"of commit {short(old)}" if old else "of an earlier commit"
    first = f"Outdated: what follows is {of}. This {noun} is at commit {short(head)}."
    return _with_old(first, run, before, limit)


def short(commit: str) -> str:
    return commit[:7]


def _with_old(first: str, run: Run, before: Body | None, limit: int) -> str:
    old = before.content if before else ""
    commit = (before.content_commit or before.commit) if before and old else ""
    notes = _notes(run)
    if old:
        of = f"commit {short(commit)}" if commit else "an earlier commit"
        notes.append(f"Outdated, written by the code of {of}:")
    return _body(first, run, commit, notes, old, limit)


def _notes(run: Run) -> list[str]:
    """Returns the link to the run, and how it ended where that is no success:
    `cancelled`, `action_required` where a maintainer has to approve it."""
    failed = run.conclusion not in ("", "success")
    return [
        f"[The run]({run.url}).",
        *([f"The run ended with: {run.conclusion}."] if failed else []),
    ]


def _body(first: str, run: Run, content: str, notes: list[str], text: str, limit: int) -> str:
    state = (
        f"<!-- groundplan-preview commit={run.commit} content={content or 'none'} "
        f"run={run.id}.{run.attempt} state={run.state.value} -->"
    )
    head = "\n".join([first, state, "", " ".join(notes)])
    shown = _cut(text, limit - len(head) - 200)
    if shown != text:
        head += f" Shown are the first {len(shown):,} of {len(text):,} characters."
    return f"{head}\n\n{CONTENT}\n\n{shown}\n" if shown else f"{head}\n"


def _cut(text: str, limit: int) -> str:
    """Returns the whole lines of a text that fit."""
    if len(text) <= limit:
        return text
    return text[:limit].rpartition("\n")[0] or text[:limit]
