"""Comments on Azure DevOps: threads of a pull request in Azure Repos."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from groundplan.pull_requests.body import Run, State
from groundplan.pull_requests.http import Api
from groundplan.pull_requests.provider import Comment, PostingError, PullRequest

LIMIT = 150_000
"""Characters of a comment: Azure DevOps refuses longer ones."""

VERSION = "api-version=7.1"
CLOSED, TEXT = "closed", "text"
"""The status of the thread, so that it holds up no pull request that requires resolved
comments; the type of the comment."""

COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class AzureDevOps:
    """The threads of a repository's pull requests."""

    api: Api
    project: str
    repository: str
    number: int
    noun: str = "pull request"
    limit: int = LIMIT

    def pull_request(self) -> PullRequest | None:
        """Returns the pull request of the build, if it is active."""
        found = self.api.find(f"{self._path(self.number)}?{VERSION}")
        if not found or found.get("status") != "active":
            return None
        head = (found.get("lastMergeSourceCommit") or {}).get("commitId")
        return PullRequest(self.number, str(head or ""))

    def comments(self, number: int) -> list[Comment]:
        """Returns the first comments of the threads that the token's identity has
        begun."""
        own = self.api.get("_apis/connectionData?api-version=7.1-preview")["authenticatedUser"]
        found = []
        threads = self.api.get(f"{self._path(number)}/threads?{VERSION}").get("value") or []
        for thread in sorted(threads, key=lambda thread: int(thread["id"])):
            first = next(iter(thread.get("comments") or []), None)
            if not first or thread.get("isDeleted") or first.get("isDeleted"):
                continue
            if (first.get("author") or {}).get("id") == own["id"]:
                key = f"{int(thread['id'])}/{int(first['id'])}"
                found.append(Comment(key, str(first.get("content") or "")))
        return found

    def create(self, number: int, text: str) -> None:
        comment = {"parentCommentId": 0, "content": text, "commentType": TEXT}
        thread = {"comments": [comment], "status": CLOSED}
        self.api.change("POST", f"{self._path(number)}/threads?{VERSION}", thread)

    def update(self, number: int, comment: str, text: str) -> None:
        self.api.change("PATCH", self._comment(number, comment), {"content": text})

    def delete(self, number: int, comment: str) -> None:
        self.api.change("DELETE", self._comment(number, comment))

    def _comment(self, number: int, comment: str) -> str:
        thread, _, first = comment.partition("/")
        return f"{self._path(number)}/threads/{thread}/comments/{first}?{VERSION}"

    def _path(self, number: int) -> str:
        project, repository = (quote(part, safe="") for part in (self.project, self.repository))
        return f"{project}/_apis/git/repositories/{repository}/pullRequests/{number}"


def of_environment(variables: Mapping[str, str], state: State) -> tuple[AzureDevOps, Run]:
    """Returns the platform and the run of a build of a pull request. Raises
    `PostingError` where it is none."""
    if variables.get("BUILD_REPOSITORY_PROVIDER", "TfsGit") != "TfsGit":
        raise PostingError(
            "the repository is not in Azure Repos. Fix: post from the platform that has it"
        )
    number = variables.get("SYSTEM_PULLREQUEST_PULLREQUESTID", "")
    if not number.isdecimal():
        raise PostingError(
            "SYSTEM_PULLREQUEST_PULLREQUESTID is not set: this is no build of a pull request. "
            "Fix: add a build validation policy for the pipeline to the target branch"
        )
    token = variables.get("SYSTEM_ACCESSTOKEN")
    if not token:
        raise PostingError(
            "SYSTEM_ACCESSTOKEN is not set. "
            "Fix: env: SYSTEM_ACCESSTOKEN: $(System.AccessToken) in the step"
        )
    commit = variables.get("SYSTEM_PULLREQUEST_SOURCECOMMITID", "")
    if not COMMIT.fullmatch(commit):
        raise PostingError("SYSTEM_PULLREQUEST_SOURCECOMMITID names no commit")
    address, project = variables.get("SYSTEM_COLLECTIONURI", ""), variables["SYSTEM_TEAMPROJECT"]
    basic = base64.b64encode(f":{token}".encode()).decode()
    api = Api(address, {"Authorization": f"Basic {basic}"})
    build = int(variables.get("BUILD_BUILDID") or 0)
    url = f"{address.rstrip('/')}/{quote(project)}/_build/results?buildId={build}"
    run = Run(build, int(variables.get("SYSTEM_JOBATTEMPT") or 1), commit, url, state)
    repository = variables.get("BUILD_REPOSITORY_ID", "")
    return AzureDevOps(api, project, repository, int(number)), run
