"""Comments on GitHub: from `workflow_run`, which runs the default branch's workflow
after one that ran a pull request's code; or from `pull_request`, where the token may
comment."""

import json
import pathlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from groundplan.pull_requests import written
from groundplan.pull_requests.body import Run, State
from groundplan.pull_requests.http import Api
from groundplan.pull_requests.provider import Comment, PostingError, PullRequest
from groundplan.pull_requests.written import Written

ARTIFACT = "preview"
BOT = "github-actions[bot]"
"""The author of what a workflow's token writes."""

LIMIT = 65_536
"""Characters of a comment: GitHub refuses longer ones."""

REPOSITORY = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}")
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
NUMBER = re.compile(r"#(\d{1,9})\b")
"""The pull request in the title of a run: `run-name: preview #12`."""


@dataclass(frozen=True)
class Head:
    """The branch that a run is of, as the event names it."""

    repository: int
    owner: str
    branch: str


@dataclass(frozen=True)
class GitHub:
    """The comments of a repository."""

    api: Api
    repository: str
    run: Run
    head: Head
    claimed: int | None
    """The number that the run names. It comes from the pull request's code: it is only
    used where it fits the event."""
    has_artifact: bool
    """Whether another run, whose artifact is read, ran the pull request's code."""
    author: str = BOT
    noun: str = "pull request"
    limit: int = LIMIT

    def pull_request(self) -> PullRequest | None:
        """Returns the open pull request of the run's branch: the one that the run
        names, else the only one."""
        if self.claimed is not None:
            found = self.api.find(f"repos/{self.repository}/pulls/{self.claimed}")
            if self._is_of_run(found):
                return PullRequest(self.claimed, str(found["head"]["sha"]))
        candidates = list(self._of_branch())
        if len(candidates) > 1:
            numbers = ", ".join(f"#{found.number}" for found in candidates)
            raise PostingError(
                f"{numbers} have the commit {self.run.commit[:7]}, and the run names none of them. "
                'Fix: set run-name: "preview #${{ github.event.pull_request.number }}" in the '
                "workflow that runs the preview"
            )
        return candidates[0] if candidates else None

    def _of_branch(self) -> Iterator[PullRequest]:
        head = quote(f"{self.head.owner}:{self.head.branch}", safe="")
        for found in self.api.pages(f"repos/{self.repository}/pulls?state=open&head={head}"):
            if self._is_of_run(found) and found["head"]["sha"] == self.run.commit:
                yield PullRequest(int(found["number"]), self.run.commit)

    def _is_of_run(self, found: Any) -> bool:
        """Returns whether a pull request is open, of this repository, and of the branch
        that the event names."""
        try:
            head, base = found["head"], found["base"]
            return (
                found["state"] == "open"
                and base["repo"]["full_name"].lower() == self.repository.lower()
                and head["repo"]["id"] == self.head.repository
                and head["ref"] == self.head.branch
                and bool(COMMIT.fullmatch(head["sha"]))
            )
        except (KeyError, TypeError, AttributeError):  # a deleted fork has no repository
            return False

    def comments(self, number: int) -> list[Comment]:
        """Returns the comments of the token's identity."""
        found = self.api.pages(f"repos/{self.repository}/issues/{number}/comments")
        return [
            Comment(str(int(entry["id"])), str(entry.get("body") or ""))
            for entry in found
            if (entry.get("user") or {}).get("login") == self.author
        ]

    def create(self, number: int, text: str) -> None:
        path = f"repos/{self.repository}/issues/{number}/comments"
        self.api.change("POST", path, {"body": text})

    def update(self, number: int, comment: str, text: str) -> None:  # noqa: ARG002 (of all platforms)
        path = f"repos/{self.repository}/issues/comments/{comment}"
        self.api.change("PATCH", path, {"body": text})

    def delete(self, number: int, comment: str) -> None:  # noqa: ARG002
        self.api.change("DELETE", f"repos/{self.repository}/issues/comments/{comment}")

    def artifact(self) -> Written:
        """Returns what the run has uploaded."""
        path = f"repos/{self.repository}/actions/runs/{self.run.id}/artifacts?name={ARTIFACT}"
        listed = self.api.get(path).get("artifacts") or []
        found = [entry for entry in listed if entry.get("name") == ARTIFACT]
        if not found:
            return written.nothing("it uploaded no artifact")
        newest = max(found, key=lambda entry: int(entry["id"]))
        if newest.get("expired"):
            return written.nothing("its artifact has expired")
        if int(newest.get("size_in_bytes") or 0) > written.LARGEST_ARCHIVE:
            return written.nothing(f"its artifact is larger than {written.LARGEST_ARCHIVE:,} bytes")
        address = f"repos/{self.repository}/actions/artifacts/{int(newest['id'])}/zip"
        return written.of_archive(self.api.download(address, written.LARGEST_ARCHIVE))


def of_environment(variables: Mapping[str, str], state: State) -> GitHub:
    """Returns the platform of a running workflow; `state` is that of a run of
    `pull_request`. Raises `PostingError` where the event is none that a comment belongs
    to."""
    event = _event(variables)
    repository = variables.get("GITHUB_REPOSITORY", "")
    if not REPOSITORY.fullmatch(repository):
        raise PostingError(f"GITHUB_REPOSITORY is {repository!r}, which is no repository")
    token = variables.get("GITHUB_TOKEN") or variables.get("GH_TOKEN")
    if not token:
        raise PostingError("GITHUB_TOKEN is not set. Fix: pass github.token as GITHUB_TOKEN")
    api = Api(
        variables.get("GITHUB_API_URL", "https://api.github.com"),
        {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    author = variables.get("GROUNDPLAN_COMMENT_AUTHOR") or BOT
    other_run = "workflow_run" in event
    try:
        if other_run:
            run, head, claimed = _of_workflow_run(event, repository)
        else:
            run, head, claimed = _of_pull_request(event, variables, state)
    except (KeyError, TypeError, ValueError) as error:
        raise PostingError(f"the event has no {error}: it is none of a pull request") from None
    return GitHub(api, repository, run, head, claimed, other_run, author)


def _event(variables: Mapping[str, str]) -> Any:
    try:
        text = pathlib.Path(variables["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8")
        event = json.loads(text)
    except (KeyError, OSError, ValueError):
        raise PostingError("GITHUB_EVENT_PATH names no event") from None
    if not isinstance(event, dict):
        raise PostingError("GITHUB_EVENT_PATH names no event")
    return event


def _of_workflow_run(event: Any, repository: str) -> tuple[Run, Head, int | None]:
    found = event["workflow_run"]
    if found["event"] != "pull_request":
        raise PostingError(f"the run is of the event {found['event']}, not of a pull request")
    if found["repository"]["full_name"].lower() != repository.lower():
        raise PostingError("the run is of another repository")
    run = Run(
        int(found["id"]),
        int(found["run_attempt"]),
        _commit(found["head_sha"]),
        f"{event['repository']['html_url']}/actions/runs/{int(found['id'])}",
        State.DONE if event["action"] == "completed" else State.RUNNING,
        found.get("conclusion") or "",
    )
    head = found["head_repository"]
    named = NUMBER.search(str(found.get("display_title") or ""))
    claimed = int(named[1]) if named else None
    return run, Head(int(head["id"]), head["owner"]["login"], str(found["head_branch"])), claimed


def _of_pull_request(
    event: Any, variables: Mapping[str, str], state: State
) -> tuple[Run, Head, int | None]:
    found = event["pull_request"]
    head, run_id = found["head"], int(variables["GITHUB_RUN_ID"])
    run = Run(
        run_id,
        int(variables.get("GITHUB_RUN_ATTEMPT") or 1),
        _commit(head["sha"]),
        f"{event['repository']['html_url']}/actions/runs/{run_id}",
        state,
    )
    repository = head["repo"]
    branch = Head(int(repository["id"]), repository["owner"]["login"], str(head["ref"]))
    return run, branch, int(found["number"])


def _commit(text: Any) -> str:
    if not isinstance(text, str) or not COMMIT.fullmatch(text):
        raise PostingError("the event names no commit")
    return text
