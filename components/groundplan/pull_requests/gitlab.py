"""Comments on GitLab: notes of a merge request."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from groundplan.pull_requests.body import Run, State
from groundplan.pull_requests.http import Api
from groundplan.pull_requests.provider import Comment, PostingError, PullRequest

LIMIT = 1_000_000
"""Characters of a note (GitLab Docs, application limits). What is posted is shorter:
a comment of a preview has at most 60,000."""

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class GitLab:
    """The notes of a project's merge requests."""

    api: Api
    project: str
    number: int
    noun: str = "merge request"
    limit: int = LIMIT

    def pull_request(self) -> PullRequest | None:
        """Returns the merge request of the pipeline, if it is open."""
        found = self.api.find(self._path(self.number))
        if not found or found.get("state") != "opened":
            return None
        return PullRequest(self.number, str(found.get("sha") or ""))

    def comments(self, number: int) -> list[Comment]:
        """Returns the notes of the token's identity."""
        own = self.api.get("user")["id"]
        order = "sort=asc&order_by=created_at"
        return [
            Comment(str(int(note["id"])), str(note.get("body") or ""))
            for note in self.api.pages(f"{self._path(number)}/notes?{order}")
            if (note.get("author") or {}).get("id") == own and not note.get("system")
        ]

    def create(self, number: int, text: str) -> None:
        self.api.change("POST", f"{self._path(number)}/notes", {"body": text})

    def update(self, number: int, comment: str, text: str) -> None:
        self.api.change("PUT", f"{self._path(number)}/notes/{comment}", {"body": text})

    def delete(self, number: int, comment: str) -> None:
        self.api.change("DELETE", f"{self._path(number)}/notes/{comment}")

    def _path(self, number: int) -> str:
        return f"projects/{quote(self.project, safe='')}/merge_requests/{number}"


def of_environment(variables: Mapping[str, str], state: State) -> tuple[GitLab, Run]:
    """Returns the platform and the run of a merge-request pipeline. Raises
    `PostingError` where it is none."""
    number = variables.get("CI_MERGE_REQUEST_IID", "")
    if not number.isdecimal():
        raise PostingError(
            "CI_MERGE_REQUEST_IID is not set: this is no merge-request pipeline. "
            "Fix: rules: - if: $CI_PIPELINE_SOURCE == 'merge_request_event'"
        )
    token = variables.get("GROUNDPLAN_GITLAB_TOKEN")
    if not token:
        raise PostingError(
            "GROUNDPLAN_GITLAB_TOKEN is not set; a job token can't write notes. "
            "Fix: create a project access token with the scope api and the role Reporter"
        )
    # Of a merged-results pipeline, CI_COMMIT_SHA is a merge that nobody has pushed.
    commit = variables.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or variables.get("CI_COMMIT_SHA")
    if not commit or not COMMIT.fullmatch(commit):
        raise PostingError("CI_COMMIT_SHA names no commit")
    project = variables.get("CI_MERGE_REQUEST_PROJECT_ID") or variables.get("CI_PROJECT_ID", "")
    api = Api(variables.get("CI_API_V4_URL", ""), {"PRIVATE-TOKEN": token})
    pipeline = int(variables.get("CI_PIPELINE_ID") or 0)
    run = Run(pipeline, 1, commit, variables.get("CI_PIPELINE_URL", ""), state)
    return GitLab(api, project, int(number)), run
