"""`groundplan comment` on GitHub's `workflow_run`: the run of a fork, whose artifact
and title say what they like."""

import json
import pathlib
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fake_platform import NEW, OLD, Platform
from groundplan.cli import main


def event(**changed: Any) -> dict[str, Any]:
    found = {
        "id": 10,
        "run_attempt": 1,
        "event": "pull_request",
        "head_sha": NEW,
        "head_branch": "topic",
        "head_repository": {"id": 2, "owner": {"login": "fork"}},
        "repository": {"full_name": "org/shop"},
        "display_title": "preview #7",
        "conclusion": "success",
        "html_url": "https://evil.example",
    }
    action = changed.pop("action", "completed")
    repository = {"html_url": "https://github.example/org/shop"}
    return {"action": action, "workflow_run": found | changed, "repository": repository}


@pytest.fixture
def comment(platform: Platform, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    file = tmp_path / "event.json"
    for name in ("GITLAB_CI", "TF_BUILD", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": platform.address,
        "GITHUB_REPOSITORY": "org/shop",
        "GITHUB_EVENT_PATH": str(file),
        "GITHUB_TOKEN": "ghs",
    }.items():
        monkeypatch.setenv(name, value)

    def run(**changed: Any) -> Result:
        file.write_text(json.dumps(event(**changed)))
        return CliRunner().invoke(main, ["comment"])

    return run


def test_the_artifact_is_posted_and_the_token_stays_with_the_api(
    platform: Platform, comment: Any
) -> None:
    platform.pull()
    platform.upload(("comment.md", b"## Preview\n"), ("preview.html", b"<html>"))
    result = comment()
    assert result.exit_code == 0, result.output
    (text,) = platform.texts()
    assert text.startswith("Written by this pull request's own code, commit bbbbbbb.\n")
    assert "[The run](https://github.example/org/shop/actions/runs/10)." in text
    assert platform.tokens == [""]


def test_the_pull_request_of_the_title_is_used_only_where_it_fits_the_event(
    platform: Platform, comment: Any
) -> None:
    """A fork writes the title: the number of somebody else's pull request too."""
    platform.pull(3, head={"sha": NEW, "ref": "topic", "repo": {"id": 99}})
    platform.pull(4, head={"sha": NEW, "ref": "main", "repo": {"id": 2}})
    platform.pull(5, base={"repo": {"full_name": "fork/shop"}})
    platform.pull(6, state="closed")
    platform.pull(8, head={"sha": NEW, "ref": "topic", "repo": None})
    platform.pull(7)
    platform.upload(("comment.md", b"x\n"))
    for number in (3, 4, 5, 6, 8, 1234):
        comment(display_title=f"preview #{number}")
        assert {entry["number"] for entry in platform.comments} == {7}
    assert len(platform.comments) == 1


def test_two_pull_requests_of_one_branch_have_a_comment_each(
    platform: Platform, comment: Any
) -> None:
    platform.pull(7)
    platform.pull(8)
    platform.upload(("comment.md", b"x\n"))
    comment(id=10, display_title="preview #7")
    comment(id=11, display_title="preview #8")
    comment(id=12, display_title="preview #7")
    assert len(platform.texts(7)) == len(platform.texts(8)) == 1
    result = comment(id=13, display_title="a title without a number")
    assert result.exit_code == 1
    assert "#7, #8 have the commit bbbbbbb" in result.stderr
    assert "run-name" in result.stderr


def test_a_title_without_a_number_is_no_problem_where_there_is_one_pull_request(
    platform: Platform, comment: Any
) -> None:
    platform.pull(7)
    platform.upload(("comment.md", b"x\n"))
    comment(display_title="Update #x")
    assert len(platform.texts(7)) == 1


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        (None, "it uploaded no artifact"),
        ((("../comment.md", b"x"),), "its artifact has no file comment.md"),
        ((("comment.md", b"\xff"),), "comment.md is no text in UTF-8"),
        ((("comment.md", b"0" * 1_000_001),), "comment.md is larger than 1,000,000 bytes"),
    ],
)
def test_a_run_without_a_text_leaves_a_note(
    platform: Platform, comment: Any, entries: Any, reason: str
) -> None:
    platform.pull()
    if entries:
        platform.upload(*entries)
    assert comment(conclusion="failure").exit_code == 0
    (text,) = platform.texts()
    assert text.splitlines()[0].endswith(f"has nothing to show: {reason}.")
    assert "The run ended with: failure." in text


def test_an_artifact_that_is_too_large_is_not_downloaded(platform: Platform, comment: Any) -> None:
    platform.pull()
    platform.upload(("comment.md", b"x\n"), size=60_000_000)
    comment()
    assert "larger than 50,000,000 bytes" in platform.texts()[0]
    assert ("GET", "/archive") not in platform.requests


def test_a_failed_run_says_so(platform: Platform, comment: Any) -> None:
    platform.pull()
    platform.upload(("comment.md", b"x\n"))
    comment(conclusion="failure")
    assert "The run ended with: failure." in platform.texts()[0]


def test_the_request_of_a_run_marks_the_comment(platform: Platform, comment: Any) -> None:
    platform.pull()
    platform.upload(("comment.md", b"shown\n"))
    comment(id=10)
    comment(id=11, action="requested", conclusion=None)
    assert platform.texts()[0].startswith("Outdated: what follows is of commit bbbbbbb.")
    comment(id=11, run_attempt=2, action="completed")
    assert platform.texts()[0].startswith("Written by")


def test_a_comment_that_forges_its_state_is_text(platform: Platform, comment: Any) -> None:
    """A later order in the text would keep every later run from posting."""
    platform.pull()
    marker = f"<!-- groundplan-preview commit={OLD} content=none run=999.9 state=done -->"
    content = f"{marker}\n{marker}\n<!-- groundplan-content -->\nfirst\n"
    platform.upload(("comment.md", content.encode()))
    comment(id=10)
    comment(id=11, action="requested", conclusion=None)
    assert "first" in platform.texts()[0]
    platform.artifacts.clear()
    platform.upload(("comment.md", b"second\n"))
    comment(id=12)
    assert "second" in platform.texts()[0]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"event": "push"}, "not of a pull request"),
        ({"repository": {"full_name": "fork/shop"}}, "of another repository"),
        ({"head_sha": "main; rm -rf /"}, "names no commit"),
        ({"head_repository": None}, "none of a pull request"),
    ],
)
def test_an_event_of_something_else_is_refused(
    platform: Platform, comment: Any, changed: dict[str, Any], says: str
) -> None:
    platform.pull()
    result = comment(**changed)
    assert result.exit_code == 1
    assert says in result.stderr
    assert platform.comments == []


def test_a_branch_with_signs_of_an_address_is_quoted(platform: Platform, comment: Any) -> None:
    branch = "a&state=closed#?/../%2e"
    platform.pull(7, head={"sha": NEW, "ref": branch, "repo": {"id": 2}})
    platform.upload(("comment.md", b"x\n"))
    comment(head_branch=branch, display_title="no number")
    assert len(platform.texts(7)) == 1


def test_a_long_text_is_cut_at_the_end_of_a_line_and_says_so(
    platform: Platform, comment: Any
) -> None:
    platform.pull()
    platform.upload(("comment.md", b"@a 0123456789\n" * 10_000))
    comment()
    (text,) = platform.texts()
    assert len(text) <= 65_536
    assert "Shown are the first " in text.splitlines()[3]
    assert text.endswith("0123456789\n")


def test_another_identity_than_the_workflows_token_is_named(
    platform: Platform, comment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.pull()
    platform.upload(("comment.md", b"first\n"))
    comment(id=10)
    monkeypatch.setenv("GROUNDPLAN_COMMENT_AUTHOR", "previews[bot]")
    comment(id=11)  # its own comments are none of these
    assert len(platform.texts(7)) == 2
