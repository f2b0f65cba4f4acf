"""`groundplan comment` on the three platforms: one comment, edited, and never one
commit's text as if it were another's."""

import json
import pathlib
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fake_platform import NEW, OLD, OTHER, Platform
from groundplan.cli import main

TEXT = "<!-- groundplan-preview -->\n## Preview\n\n**dev: 1 to create** for @octocat\n"
PLATFORMS = ("github", "gitlab", "azure")
NOUNS = {"github": "pull request", "gitlab": "merge request", "azure": "pull request"}


class Pipeline:
    """The environment of a pipeline, in which the command runs."""

    def __init__(self, platform: Platform, kind: str, folder: pathlib.Path) -> None:
        self.platform, self.kind, self.folder = platform, kind, folder
        self.variables: dict[str, str] = {}
        if kind == "github" and not platform.pulls:
            platform.pull()

    def environment(self, commit: str, run: int) -> dict[str, str]:
        address = self.platform.address
        if self.kind == "gitlab":
            return {
                "GITLAB_CI": "true",
                "CI_API_V4_URL": address,
                "CI_MERGE_REQUEST_IID": "7",
                "CI_MERGE_REQUEST_PROJECT_ID": "31",
                "CI_COMMIT_SHA": commit,
                "CI_PIPELINE_ID": str(run),
                "CI_PIPELINE_URL": "https://gitlab.example/p/1",
                "GROUNDPLAN_GITLAB_TOKEN": "glpat",
            }
        if self.kind == "azure":
            return {
                "TF_BUILD": "True",
                "SYSTEM_COLLECTIONURI": f"{address}/",
                "SYSTEM_TEAMPROJECT": "ml team",
                "BUILD_REPOSITORY_ID": "r-1",
                "BUILD_BUILDID": str(run),
                "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
                "SYSTEM_PULLREQUEST_SOURCECOMMITID": commit,
                "SYSTEM_ACCESSTOKEN": "token",
            }
        head = {"sha": commit, "ref": "topic", "repo": {"id": 2, "owner": {"login": "fork"}}}
        event = {
            "pull_request": {"number": 7, "head": head},
            "repository": {"html_url": "https://github.example/org/shop"},
        }
        return self.github(event, GITHUB_RUN_ID=str(run))

    def github(self, event: dict[str, Any], **variables: str) -> dict[str, str]:
        file = self.folder / "event.json"
        file.write_text(json.dumps(event))
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.platform.address,
            "GITHUB_REPOSITORY": "org/shop",
            "GITHUB_EVENT_PATH": str(file),
            "GITHUB_TOKEN": "ghs",
            **variables,
        }

    def run(
        self, commit: str = NEW, run: int = 10, text: str | None = TEXT, started: bool = False
    ) -> Result:
        file = self.folder / "comment.md"
        file.unlink(missing_ok=True)
        if text is not None:
            file.write_text(text)
        options = ["--started"] if started else ["--file", str(file)]
        return self.invoke(self.environment(commit, run), *options)

    def invoke(self, environment: dict[str, str], *options: str) -> Result:
        # No variable of the pipeline that runs the tests is one of theirs.
        own = dict.fromkeys(("GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "GH_TOKEN"), "")
        return CliRunner().invoke(main, ["comment", *options], env={**own, **environment})


@pytest.fixture(params=PLATFORMS)
def pipeline(
    request: pytest.FixtureRequest, platform: Platform, tmp_path: pathlib.Path
) -> Pipeline:
    return Pipeline(platform, request.param, tmp_path)


def test_the_first_line_says_whose_text_it_is(pipeline: Pipeline) -> None:
    result = pipeline.run()
    assert result.exit_code == 0, result.output
    (text,) = pipeline.platform.texts()
    noun = NOUNS[pipeline.kind]
    assert text.startswith(f"Written by this {noun}'s own code, commit bbbbbbb.\n")
    assert "**dev: 1 to create**" in text
    assert "@octocat" not in text


def test_a_second_run_edits_the_comment(pipeline: Pipeline) -> None:
    pipeline.run(text="first\n")
    result = pipeline.run(run=11, text="second\n")
    (text,) = pipeline.platform.texts()
    assert "second" in text
    assert "first" not in text
    assert result.output.startswith("edited the comment")


def test_the_comment_is_outdated_while_another_commit_is_previewed(pipeline: Pipeline) -> None:
    pipeline.platform.head = OLD
    pipeline.platform.pulls.clear()
    pipeline.platform.pull()
    pipeline.run(OLD, 10)
    pipeline.platform.pulls.clear()
    pipeline.platform.head = NEW
    pipeline.platform.pull()
    pipeline.run(NEW, 11, started=True)
    (text,) = pipeline.platform.texts()
    assert text.startswith("Outdated: what follows is of commit aaaaaaa.")
    assert "commit bbbbbbb is running" in text.splitlines()[0]
    assert "1 to create" in text
    pipeline.run(NEW, 11, text="new\n")
    (text,) = pipeline.platform.texts()
    assert text.startswith("Written by")
    assert "1 to create" not in text
    assert "Outdated" not in text


def test_a_run_that_wrote_nothing_leaves_a_note_and_the_old_text_as_outdated(
    pipeline: Pipeline,
) -> None:
    pipeline.run(NEW, 10)
    for number in (11, 12):
        pipeline.run(NEW, number, text=None)
        (text,) = pipeline.platform.texts()
        first = text.splitlines()[0]
        assert first.endswith("has nothing to show: no comment was written.")
        assert text.count("Outdated, written by the code of commit bbbbbbb:") == 1
        assert text.count("1 to create") == 1
    pipeline.run(NEW, 13, text="again\n")
    assert "1 to create" not in pipeline.platform.texts()[0]


def test_a_first_run_that_wrote_nothing_leaves_a_note(pipeline: Pipeline) -> None:
    pipeline.run(text="\n")
    (text,) = pipeline.platform.texts()
    assert "comment.md is empty" in text.splitlines()[0]
    assert "Outdated" not in text


def test_a_start_without_a_comment_posts_none(pipeline: Pipeline) -> None:
    result = pipeline.run(started=True)
    assert pipeline.platform.texts() == []
    assert "has no comment yet" in result.output


def test_an_earlier_run_does_not_replace_a_later_one(pipeline: Pipeline) -> None:
    pipeline.run(run=12, text="later\n")
    for options in ({"text": "earlier\n"}, {"started": True}):
        pipeline.run(run=11, **options)
        assert "later" in pipeline.platform.texts()[0]
    # The start of a run that has ended is late too.
    pipeline.run(run=12, started=True)
    assert pipeline.platform.texts()[0].startswith("Written by")


def test_the_text_of_a_commit_that_is_no_longer_the_head_is_not_posted(
    pipeline: Pipeline,
) -> None:
    result = pipeline.run(OLD, 10, text="old\n")
    assert result.exit_code == 0, result.output
    assert pipeline.platform.texts() == []
    assert "has moved on" in result.output


def test_a_comment_of_another_commit_than_the_head_is_marked(pipeline: Pipeline) -> None:
    pipeline.run(NEW, 10)
    pipeline.platform.head = "c" * 40
    pipeline.platform.pulls.clear()
    pipeline.platform.pull()
    pipeline.run(NEW, 11)
    (text,) = pipeline.platform.texts()
    assert text.startswith("Outdated: what follows is of commit bbbbbbb.")
    assert "is at commit ccccccc" in text.splitlines()[0]


def test_the_comment_of_somebody_else_is_left_alone(pipeline: Pipeline) -> None:
    pipeline.run()
    (forged,) = pipeline.platform.texts()
    pipeline.platform.comments.clear()
    pipeline.platform.add(forged, OTHER)
    pipeline.platform.add("a review", OTHER)
    pipeline.run(run=11, text="mine\n")
    assert pipeline.platform.texts(author=OTHER) == [forged, "a review"]
    (own,) = pipeline.platform.texts()
    assert "mine" in own


def test_two_comments_become_one(pipeline: Pipeline) -> None:
    pipeline.run()
    pipeline.platform.add(pipeline.platform.texts()[0])
    pipeline.platform.add("what another pipeline of the same identity wrote")
    pipeline.run(run=11, text="one\n")
    first, second = pipeline.platform.texts()
    assert "one" in first
    assert second == "what another pipeline of the same identity wrote"


def test_a_comment_of_an_earlier_version_is_edited(pipeline: Pipeline) -> None:
    pipeline.platform.add("<!-- groundplan-preview -->\n## Preview of @octocat\n")
    pipeline.run(started=True)
    (text,) = pipeline.platform.texts()
    assert text.startswith("Outdated: what follows is of an earlier commit.")
    assert "@octocat" not in text


def test_the_hundredth_comment_is_found(pipeline: Pipeline) -> None:
    for number in range(150):
        pipeline.platform.add(f"review {number}", OTHER)
    pipeline.run()
    pipeline.run(run=11, text="second\n")
    (text,) = pipeline.platform.texts()
    assert "second" in text


def test_a_closed_pull_request_gets_none(pipeline: Pipeline) -> None:
    pipeline.platform.is_open = False
    for pull in pipeline.platform.pulls:
        pull["state"] = "closed"
    result = pipeline.run()
    assert result.exit_code == 0, result.output
    assert pipeline.platform.texts() == []
    assert "no open" in result.output


def test_what_the_platform_refuses_is_an_error_with_a_fix(pipeline: Pipeline) -> None:
    pipeline.platform.refuse["POST"] = [403]
    result = pipeline.run()
    assert result.exit_code == 1
    assert "was refused with 403: no. Fix: " in result.stderr
    assert "token" not in result.stderr.replace("the token the right", "")


def test_a_busy_platform_is_asked_again(pipeline: Pipeline) -> None:
    pipeline.platform.refuse["GET"] = [503, 429]
    assert pipeline.run().exit_code == 0
    assert len(pipeline.platform.texts()) == 1


@pytest.mark.parametrize(
    ("kind", "variable", "says"),
    [
        ("gitlab", "CI_MERGE_REQUEST_IID", "merge_request_event"),
        ("gitlab", "GROUNDPLAN_GITLAB_TOKEN", "a job token can't write notes"),
        ("azure", "SYSTEM_PULLREQUEST_PULLREQUESTID", "build validation"),
        ("azure", "SYSTEM_ACCESSTOKEN", "$(System.AccessToken)"),
        ("github", "GITHUB_TOKEN", "github.token"),
        ("github", "GITHUB_EVENT_PATH", "names no event"),
    ],
)
def test_what_a_pipeline_lacks_is_an_error_with_a_fix(
    platform: Platform, tmp_path: pathlib.Path, kind: str, variable: str, says: str
) -> None:
    pipeline = Pipeline(platform, kind, tmp_path)
    environment = {**pipeline.environment(NEW, 1), variable: ""}
    result = pipeline.invoke(environment, "--file", "comment.md")
    assert result.exit_code == 1
    assert says in result.stderr


def test_outside_of_a_pipeline_the_platform_is_asked_for(
    platform: Platform, tmp_path: pathlib.Path
) -> None:
    result = Pipeline(platform, "github", tmp_path).invoke({}, "--file", "x")
    assert result.exit_code == 2
    assert "--platform" in result.stderr


def test_a_merged_results_pipeline_names_the_commit_of_the_branch(
    platform: Platform, tmp_path: pathlib.Path
) -> None:
    pipeline = Pipeline(platform, "gitlab", tmp_path)
    (tmp_path / "comment.md").write_text("x\n")
    environment = {
        **pipeline.environment("d" * 40, 1),
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": NEW,
    }
    pipeline.invoke(environment, "--file", str(tmp_path / "comment.md"))
    assert "commit bbbbbbb." in platform.texts()[0]
