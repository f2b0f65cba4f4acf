"""The pipelines of this repository and those for others to copy: what may comment runs
no code of a pull request, and every command exists."""

import pathlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import click
import pytest
import yaml
from groundplan.cli import main

ROOT = pathlib.Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / "examples" / "ci" / "gitlab-ci.yml"
AZURE = ROOT / "examples" / "ci" / "azure-pipelines.yml"
PIPELINES = [*WORKFLOWS, GITLAB, AZURE]
TOKENS = ("token", "secrets.", "SYSTEM_ACCESSTOKEN", "GROUNDPLAN_GITLAB_TOKEN")


def read(file: pathlib.Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506


def workflow(name: str) -> Any:
    return read(ROOT / ".github" / "workflows" / f"{name}.yml")


def steps(data: Any) -> Iterator[Any]:
    """The steps of a workflow, or of a pipeline of Azure."""
    jobs = data["jobs"]
    for job in jobs.values() if isinstance(jobs, dict) else jobs:
        yield from job["steps"]


def jobs_of_gitlab() -> dict[str, Any]:
    """The jobs with what they extend."""
    data = read(GITLAB)

    def whole(name: str) -> dict[str, Any]:
        job = data[name]
        return {**(whole(job["extends"]) if "extends" in job else {}), **job}

    return {name: whole(name) for name in data if not name.startswith(".")}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_no_expression_is_in_a_script(file: pathlib.Path) -> None:
    """GitHub replaces an expression before the shell reads the script: a branch's name
    would be a command."""
    assert [step["run"] for step in steps(read(file)) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_every_job_has_few_rights_and_an_end(file: pathlib.Path) -> None:
    data = read(file)
    assert data["permissions"] in ({}, {"contents": "read"})
    for job in data["jobs"].values():
        assert int(job["timeout-minutes"]) <= 180
        assert "pull_request_target" not in data["on"]
        for step in job["steps"]:
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] == "false"


def test_what_comments_runs_the_default_branch_and_has_the_token_in_one_step() -> None:
    data = workflow("comment")
    assert data["on"] == {
        "workflow_run": {"workflows": ["preview"], "types": ["requested", "completed"]}
    }
    (job,) = data["jobs"].values()
    assert job["permissions"] == {"actions": "read", "contents": "read", "pull-requests": "write"}
    for step in job["steps"]:
        # Without a ref, workflow_run checks out the default branch.
        assert "ref" not in step.get("with", {})
        assert "download-artifact" not in step.get("uses", "")
    with_token = [step for step in job["steps"] if "github.token" in str(step)]
    assert [step["run"] for step in with_token] == [".venv/bin/groundplan comment"]
    assert "github.event" not in str(job["steps"])


def test_events_of_one_pull_request_wait_for_one_another() -> None:
    concurrency = workflow("comment")["concurrency"]
    assert "workflow_run.head_repository.full_name" in concurrency["group"]
    assert "workflow_run.display_title" in concurrency["group"]
    assert concurrency["cancel-in-progress"] == "false"
    assert "github.event.pull_request.number" in workflow("preview")["run-name"]


def test_the_preview_of_a_fork_has_no_token() -> None:
    data = workflow("preview")
    assert data["permissions"] == {"contents": "read"}
    assert not any(word in str(data["jobs"]) for word in ("github.token", "secrets."))


def test_on_gitlab_the_job_that_runs_a_merge_requests_code_has_no_token() -> None:
    jobs = jobs_of_gitlab()
    assert set(jobs) == {"groundplan-outdated", "groundplan-preview", "groundplan-comment"}
    for name, job in jobs.items():
        commands = [*job["before_script"], *job["script"]]
        posts = any("groundplan comment" in command for command in commands)
        assert posts is ("environment" in job), name
        if posts:
            assert commands[:2] == [
                'git fetch --quiet origin "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"',
                "git checkout --quiet --detach FETCH_HEAD",
            ]
            assert "SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID" in str(job["rules"])


def test_on_azure_the_job_that_runs_a_pull_requests_code_has_no_token() -> None:
    for job in read(AZURE)["jobs"]:
        scripts = [step["bash"] for step in job["steps"] if "bash" in step]
        with_token = [step["bash"] for step in job["steps"] if "AccessToken" in str(step)]
        checkouts = [step for step in job["steps"] if "checkout" in step]
        assert all(step["persistCredentials"] == "false" for step in checkouts)
        if not with_token:
            assert not any("groundplan comment" in script for script in scripts)
            continue
        assert "mayComment" in job["condition"]
        assert scripts[0].startswith("git checkout --quiet --detach")
        assert [script for script in scripts if "groundplan comment" in script] == with_token
        assert with_token == scripts[-1:]


@pytest.mark.parametrize("file", PIPELINES, ids=lambda file: file.stem)
def test_every_command_of_a_pipeline_has_its_options(file: pathlib.Path) -> None:
    text = re.sub(r"\\\n\s+", "", file.read_text(encoding="utf-8"))
    text = re.sub(r"\n\s+(?=--)", " ", text)
    for found in re.finditer(r"\.venv/bin/groundplan (\w+)(.*)", text):
        command = main.get_command(click.Context(main), found[1])
        assert command is not None, found[0]
        known = {name for parameter in command.params for name in parameter.opts}
        assert set(re.findall(r"(?<= )--[\w-]+", found[2])) <= known, found[0]


def test_the_preview_of_each_platform_writes_what_its_comment_reads() -> None:
    for file in (ROOT / ".github" / "workflows" / "preview.yml", GITLAB, AZURE):
        assert "--markdown preview/comment.md" in file.read_text(encoding="utf-8"), file.name


@pytest.mark.parametrize(
    "command",
    [["actionlint"], ["zizmor", "--offline", "--quiet"]],
    ids=lambda command: command[0],
)
def test_linters_of_workflows_have_no_complaint(command: list[str]) -> None:
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"there is no {command[0]} on the PATH")
    done = subprocess.run(
        [program, *command[1:], *map(str, WORKFLOWS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
