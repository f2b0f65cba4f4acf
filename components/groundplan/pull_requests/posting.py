"""Posts a preview once, and edits it: one comment a pull request, which never says of
one commit what is of another."""

from collections.abc import Callable

from groundplan.pull_requests import body
from groundplan.pull_requests.body import Body, Run, State
from groundplan.pull_requests.provider import Comment, Provider, PullRequest
from groundplan.pull_requests.written import Written


def post(provider: Provider, run: Run, read: Callable[[], Written]) -> str:
    """Posts what a run wrote, which `read` returns, or edits the comment that is there.
    Returns what was done, for the log."""
    pull_request = provider.pull_request()
    if pull_request is None:
        return f"no open {provider.noun} has commit {body.short(run.commit)}"
    number = pull_request.number
    comments = [
        (comment, found)
        for comment in provider.comments(number)
        if (found := body.parsed(comment.text))
    ]
    done = _post(provider, run, read, pull_request, comments[0] if comments else None)
    for comment, _ in comments[1:]:
        provider.delete(number, comment.id)
    return done


def _post(
    provider: Provider,
    run: Run,
    read: Callable[[], Written],
    pull_request: PullRequest,
    existing: tuple[Comment, Body] | None,
) -> str:
    number, where = pull_request.number, f"{provider.noun} {pull_request.number}"
    before = existing[1] if existing else None
    if before and before.order > run.order:
        return f"{where} has a comment of a later run"
    if pull_request.head != run.commit:
        if existing is None or existing[1].commit == pull_request.head:
            return f"{where} has moved on from commit {body.short(run.commit)}"
        text = body.overtaken(run, provider.noun, pull_request.head, existing[1], provider.limit)
    elif run.state is State.RUNNING:
        if existing is None:
            return f"{where} has no comment yet"
        text = body.outdated(run, provider.noun, existing[1], provider.limit)
    else:
        text = _of_run(provider, run, read(), before)
    if existing is None:
        provider.create(number, text)
        return f"posted a comment on {where}"
    provider.update(number, existing[0].id, text)
    return f"edited the comment on {where}"


def _of_run(provider: Provider, run: Run, written: Written, before: Body | None) -> str:
    if written.reason:
        return body.nothing_written(run, provider.noun, written.reason, before, provider.limit)
    return body.written_by(run, provider.noun, written.text, provider.limit)
