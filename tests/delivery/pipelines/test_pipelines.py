"""The pipelines that `groundplan init` writes: their steps run, and this repository's
are those."""

import os
import pathlib
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from groundplan.delivery.pipelines.rendering import Delivery, Platform, render

ROOT = pathlib.Path(__file__).parents[3]
DELIVERY = Delivery(("dev", "prod"))


def data(platform: Platform, name: str) -> Any:
    texts = render(platform, DELIVERY)
    (text,) = (text for path, text in texts.items() if path.endswith(f"{name}.yml"))
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506


@pytest.mark.parametrize(
    ("platform", "folder"), [(Platform.GITHUB, ""), (Platform.AZURE, "examples/ci")]
)
def test_the_files_of_this_repository_are_what_init_writes(platform: Platform, folder: str) -> None:
    for path, text in render(platform, DELIVERY).items():
        file = ROOT / folder / path
        assert file.read_text(encoding="utf-8") == text, f"groundplan init --ci {platform}"


def test_the_stacks_are_deployed_one_after_another() -> None:
    jobs = data(Platform.GITHUB, "deploy")["jobs"]
    assert list(jobs) == ["dev", "prod"]
    assert "needs" not in jobs["dev"]
    assert jobs["prod"]["needs"] == "dev"
    assert [job["environment"] for job in jobs.values()] == ["dev", "prod"]
    dev, prod = data(Platform.AZURE, "azure-deploy")["stages"]
    assert prod["dependsOn"] == dev["stage"]
    connections = [
        step["inputs"]["awsCredentials"]
        for step in prod["jobs"][0]["strategy"]["runOnce"]["deploy"]["steps"]
        if "AWSShellScript" in step.get("task", "")
    ]
    assert connections == ["deploy-prod"]


def test_only_jobs_that_assume_a_role_get_a_token_for_it() -> None:
    for name in ("preview", "comment", "plan", "deploy", "drift"):
        for job in data(Platform.GITHUB, name)["jobs"].values():
            assumes = any("configure-aws-credentials" in s.get("uses", "") for s in job["steps"])
            has_token = "id-token" in job.get("permissions", {})
            assert assumes is has_token is (name in ("plan", "deploy", "drift"))


def test_a_fork_never_starts_the_plan() -> None:
    (job,) = data(Platform.GITHUB, "plan")["jobs"].values()
    assert "head.repo.full_name == github.repository" in job["if"]


COMMAND = """#!/bin/sh
echo "{name} $*" >> "$CALLS"
{body}
"""
BODIES: Mapping[str, str] = {
    "pulumi": """case "$*" in
  "$BROKEN"*) exit 1;;
  *history*) printf '[{"environment": {"git.head": "%s"}}]' "$LATEST";;
esac""",
    "groundplan": """case "$1" in
  up) exit "$UP";;
esac
test "$(git rev-parse HEAD)" != "$BAD\"""",
    "make": "true",
    # The REST API of Azure DevOps.
    "curl": """cat >> "$CALLS.sent"
case "$*" in *wiql*) printf '{"workItems": [%s]}' "$ITEM";; esac""",
    # GitHub's API, as far as the script asks it: two deployments, the newest failed.
    "gh": """case "$*" in
  *environment=*) printf '2\\n1\\n';;
  *deployments/2/statuses*) echo failure;;
  *deployments/1/statuses*) echo "$FORMER";;
  *deployments/1*) echo "$GOOD";;
  *"issue list"*) echo "$ISSUE";;
esac""",
}


class Repository:
    """A clone with two commits, and commands that record how they are called."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.calls_file = folder.parent / "calls"
        self.calls_file.touch()
        tools = folder.parent / "tools"
        tools.mkdir()
        (folder / ".venv" / "bin").mkdir(parents=True)
        for name, body in BODIES.items():
            place = folder / ".venv" / "bin" if name == "groundplan" else tools
            (place / name).write_text(COMMAND.format(name=name, body=body), encoding="utf-8")
            (place / name).chmod(0o755)
        self.variables = {
            **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
            "PATH": f"{tools}:{os.environ['PATH']}",
            "CALLS": str(self.calls_file),
            "GITHUB_REPOSITORY": "octo-org/octo-repo",
            "BACKEND": "s3://state",
            "BROKEN": "nothing",
            "BAD": "",
            "FORMER": "inactive",
            "ISSUE": "",
            "UP": "0",
            "ITEM": "",
            "SYSTEM_COLLECTIONURI": "https://dev.azure.com/octo/",
            "SYSTEM_TEAMPROJECTID": "0a1b",
            "SYSTEM_ACCESSTOKEN": "token",
            "BUILD_BUILDID": "7",
            "LATEST": "",
            "GITHUB_OUTPUT": str(folder.parent / "output"),
            "RUN": "https://example.com/run",
        }
        self.git("init", "--quiet", "--initial-branch=main")
        self.good = self.commit("good")
        self.newest = self.commit("newest")
        self.variables["GOOD"] = self.good

    def git(self, *words: str) -> str:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *who, *words],
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def run(self, script: str, **variables: str) -> int:
        """Returns the exit code of a script, run as GitHub does: `bash -e`."""
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=self.folder,
            env={**self.variables, **variables},
            capture_output=True,
            check=False,
        )
        return done.returncode

    @property
    def output(self) -> str:
        """What the steps have written to GITHUB_OUTPUT."""
        file = pathlib.Path(self.variables["GITHUB_OUTPUT"])
        return file.read_text(encoding="utf-8") if file.exists() else ""

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> Repository:
    (tmp_path / "clone").mkdir()
    return Repository(tmp_path / "clone")


def run_job(repository: Repository, job: Any, **variables: str) -> bool:
    """Runs the steps of a job in GitHub's way: after a failure only those whose
    condition says so. Returns whether all succeeded."""
    own = {**{k: v for k, v in job["env"].items() if "${{" not in v}, **variables}
    outcomes: dict[str, str] = {}
    failed = False
    for step in job["steps"]:
        condition = step.get("if", "")
        wanted = condition == "always()" or ("failure()" in condition) is failed
        if "steps.deploy.outcome != 'skipped'" in condition:
            wanted = wanted and outcomes.get("deploy", "skipped") != "skipped"
        if "steps.deploy.outputs.unchanged != 'true'" in condition:
            wanted = wanted and "unchanged=true" not in repository.output
        if "steps.compare.outcome == 'failure'" in condition:
            wanted = wanted and outcomes.get("compare") == "failure"
        if "run" not in step or not wanted:
            continue
        succeeded = repository.run(step["run"], **own) == 0
        outcomes[step.get("id", "")] = "success" if succeeded else "failure"
        failed = failed or not succeeded
    return not failed


def prod() -> Any:
    return data(Platform.GITHUB, "deploy")["jobs"]["prod"]


def test_a_good_commit_is_deployed_and_verified(repository: Repository) -> None:
    assert run_job(repository, prod())
    assert repository.calls == [
        "make setup",
        "pulumi login s3://state",
        "pulumi up --stack prod --yes --non-interactive",
        "groundplan verify prod",
    ]
    assert repository.git("rev-parse", "HEAD") == repository.newest


@pytest.mark.parametrize("former", ["inactive", "success"])
def test_an_environment_that_does_not_verify_goes_back(repository: Repository, former: str) -> None:
    # The run fails all the same: the commit is not what runs.
    assert not run_job(repository, prod(), BAD=repository.newest, FORMER=former)
    assert repository.git("rev-parse", "HEAD") == repository.good
    changes = [call for call in repository.calls if call.startswith(("pulumi up", "groundplan"))]
    assert (
        changes == ["pulumi up --stack prod --yes --non-interactive", "groundplan verify prod"] * 2
    )


def test_without_a_good_deployment_nothing_is_changed_again(repository: Repository) -> None:
    assert not run_job(repository, prod(), BAD=repository.newest, FORMER="failure")
    assert repository.git("rev-parse", "HEAD") == repository.newest
    assert sum(call.startswith("pulumi up") for call in repository.calls) == 1


def test_a_failure_before_the_deployment_rolls_nothing_back(repository: Repository) -> None:
    assert not run_job(repository, prod(), BROKEN="login")
    assert not any(call.startswith("pulumi up") for call in repository.calls)


def drift() -> Any:
    job = data(Platform.GITHUB, "drift")["jobs"]["drift"]
    return {**job, "env": {"STACK": "prod"}}


def test_drift_opens_an_issue_once_and_adds_to_it_then(repository: Repository) -> None:
    assert run_job(repository, drift())
    assert not any("gh issue" in call for call in repository.calls)
    assert not run_job(repository, drift(), BROKEN="refresh")
    assert repository.calls[-1].startswith("gh issue create")
    assert "--title Drift in prod" in repository.calls[-1]
    assert not run_job(repository, drift(), BROKEN="refresh", ISSUE="7")
    assert repository.calls[-1].startswith("gh issue comment 7")


def test_a_job_that_could_not_compare_opens_no_issue(repository: Repository) -> None:
    assert not run_job(repository, drift(), BROKEN="login")
    assert not any("gh issue" in call for call in repository.calls)


def test_two_runs_at_once_open_one_issue() -> None:
    group = data(Platform.GITHUB, "drift")["concurrency"]
    assert group == {"group": "drift", "cancel-in-progress": "false"}


def test_drift_changes_nothing() -> None:
    scripts = [step.get("run", "") for step in drift()["steps"]]
    (refresh,) = (script for script in scripts if "pulumi refresh" in script)
    assert "--preview-only" in refresh
    assert not any(word in str(scripts) for word in ("pulumi up", "pulumi destroy"))


def azure_scripts(job: Any) -> Iterator[str]:
    for step in job:
        yield from (step[key] for key in ("bash",) if key in step)
        if "AWSShellScript" in step.get("task", ""):
            yield step["inputs"]["inlineScript"]


def test_azure_goes_back_to_the_commit_that_it_remembers(repository: Repository) -> None:
    once = data(Platform.AZURE, "azure-deploy")["stages"][1]["jobs"][0]["strategy"]["runOnce"]
    scripts = list(azure_scripts(once["on"]["failure"]["steps"]))
    (check_out,) = (script for script in scripts if "git rev-parse" in script)
    assert repository.run(check_out) == 1
    repository.git("tag", "deployed/prod", repository.good)
    assert repository.run(check_out) == 0
    assert repository.git("rev-parse", "HEAD") == repository.good
    (again,) = (script for script in scripts if "pulumi up" in script)
    assert repository.run(again.replace("$(backendUrl)", "s3://state")) == 0
    assert repository.calls[-1] == "groundplan verify prod"


SEALED = Delivery(("dev", "prod"), sealed=("prod",), proposed=("prod",))


def sealed(platform: Platform, name: str) -> Any:
    (text,) = (t for path, t in render(platform, SEALED).items() if path.endswith(f"{name}.yml"))
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506


def test_what_reviewers_approve_is_sealed_before_and_deployed_after_their_review(
    repository: Repository,
) -> None:
    jobs = sealed(Platform.GITHUB, "deploy")["jobs"]
    assert list(jobs) == ["dev", "seal-prod", "prod"]
    assert (jobs["seal-prod"]["needs"], jobs["prod"]["needs"]) == ("dev", "seal-prod")
    # The reviewers of the environment see the log of the job before: it has none
    # itself.
    assert "environment" not in jobs["seal-prod"]
    assert jobs["prod"]["environment"] == "prod"
    assert run_job(repository, jobs["seal-prod"])
    assert repository.calls[-1] == (
        "groundplan approve prod --yes --out approval.json --approver the reviewers of the "
        "environment prod"
    )
    assert run_job(repository, jobs["prod"], GITHUB_RUN_ID="1")
    calls = [call for call in repository.calls if call.startswith(("gh run", "groundplan"))]
    assert calls[1:] == [
        "gh run download 1 --repo octo-org/octo-repo --name approval-prod",
        "groundplan up prod --approval approval.json",
        "groundplan verify prod",
    ]


def test_the_job_that_seals_has_the_role_that_reads() -> None:
    (step,) = (
        s
        for s in sealed(Platform.GITHUB, "deploy")["jobs"]["seal-prod"]["steps"]
        if "configure-aws-credentials" in s.get("uses", "")
    )
    assert step["with"]["role-to-assume"] == "${{ vars.PLAN_ROLE_ARN_PROD }}"


def test_azure_seals_and_deploys_the_same_document(repository: Repository) -> None:
    dev, seal, prod = sealed(Platform.AZURE, "azure-deploy")["stages"]
    assert (seal["dependsOn"], prod["dependsOn"]) == (dev["stage"], seal["stage"])
    steps = seal["jobs"][0]["steps"]
    (connection,) = (s["inputs"]["awsCredentials"] for s in steps if "inlineScript" in str(s))
    assert connection == "plan-prod"
    (script,) = (text for text in azure_scripts(steps) if "groundplan" in text)
    assert repository.run(script.replace("$(backendUrl)", "s3://state")) == 0
    assert repository.calls[-1].startswith("groundplan approve prod --yes --out approval.json")
    assert {"publish": "approval.json", "artifact": "approval-prod"} in steps
    deploy = prod["jobs"][0]["strategy"]["runOnce"]["deploy"]["steps"]
    assert {"download": "current", "artifact": "approval-prod"} in deploy
    (script,) = (text for text in azure_scripts(deploy) if "pulumi login" in text)
    done = script.replace("$(backendUrl)", "s3://state").replace("$(Pipeline.Workspace)", "/w")
    assert repository.run(done) == 0
    assert repository.calls[-2:] == [
        "groundplan up prod --approval /w/approval-prod/approval.json",
        "groundplan verify prod",
    ]


@pytest.mark.parametrize(("code", "rolls_back"), [(1, 0), (2, 0), (3, 0), (4, 1), (5, 1)])
def test_what_was_refused_is_not_rolled_back_by_an_update_that_nobody_approved(
    repository: Repository, code: int, rolls_back: int
) -> None:
    job = sealed(Platform.GITHUB, "deploy")["jobs"]["prod"]
    assert not run_job(repository, job, GITHUB_RUN_ID="1", UP=str(code))
    updates = [call for call in repository.calls if call.startswith("pulumi up")]
    assert len(updates) == rolls_back


@pytest.mark.parametrize(("latest", "code"), [("newest", 0), ("good", 1), ("nothing", 0)])
def test_azure_rolls_back_only_what_the_latest_update_changed(
    repository: Repository, latest: str, code: int
) -> None:
    once = data(Platform.AZURE, "azure-deploy")["stages"][1]["jobs"][0]["strategy"]["runOnce"]
    (script,) = (t for t in azure_scripts(once["on"]["failure"]["steps"]) if "pulumi up" in t)
    heads = {"newest": repository.newest, "good": repository.good, "nothing": ""}
    variables = {"LATEST": heads[latest], "BUILD_SOURCEVERSION": repository.newest}
    done = repository.run(script.replace("$(backendUrl)", "s3://state"), **variables)
    assert done == code
    assert any(call.startswith("pulumi up") for call in repository.calls) is (code == 0)


def test_images_are_no_deployment_that_a_rollback_goes_back_to() -> None:
    (job,) = data(Platform.GITHUB, "images")["jobs"].values()
    assert job["environment"] == {"name": "prod", "deployment": "false"}


@pytest.mark.parametrize("name", ["deploy", "images"])
def test_only_the_branch_that_is_deployed_deploys_by_hand_too(name: str) -> None:
    for job in data(Platform.GITHUB, name)["jobs"].values():
        assert job["if"].endswith("&& github.ref == 'refs/heads/main'")


def test_an_artifact_of_a_job_that_runs_again_takes_the_place_of_the_former() -> None:
    for name in ("preview", "deploy"):
        for job in sealed(Platform.GITHUB, name)["jobs"].values():
            for step in job["steps"]:
                if "upload-artifact" in step.get("uses", ""):
                    assert step["with"]["overwrite"] == "true"


def scripts_of(node: Any) -> Iterator[str]:
    """All scripts of a pipeline of Azure."""
    if isinstance(node, dict):
        yield from (node[key] for key in ("bash", "inlineScript") if key in node)
    for inner in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        yield from scripts_of(inner)


@pytest.mark.parametrize(
    "name", ["azure-pipelines", "azure-plan", "azure-deploy", "azure-drift", "azure-images"]
)
def test_a_script_of_azure_ends_at_its_first_error(name: str) -> None:
    """Azure Pipelines runs `bash script`, without -e: after a check-out that failed,
    the set-up would run the pull request's code beside a token."""
    for script in scripts_of(sealed(Platform.AZURE, name)):
        first, *rest = script.strip().splitlines()
        # `touch digests.txt` is the step that lists what a failed run has pushed.
        if rest and not first.startswith("touch"):
            assert first.startswith("set -eu") or "|| exit 1" in first


def test_azure_gives_the_token_to_the_step_that_moves_the_tag_alone() -> None:
    for stage in data(Platform.AZURE, "azure-deploy")["stages"]:
        once = stage["jobs"][0]["strategy"]["runOnce"]
        steps = [*once["deploy"]["steps"], *once["on"]["failure"]["steps"]]
        assert {s["persistCredentials"] for s in steps if "checkout" in s} == {"false"}
        (tag,) = (step for step in steps if "System.AccessToken" in str(step))
        assert "git push" in tag["bash"]
        # What was verified is not rolled back because its tag could not be moved.
        assert tag["continueOnError"] == "true"


def test_azure_plans_pull_requests_of_own_branches_with_the_role_that_reads(
    repository: Repository,
) -> None:
    for stage in data(Platform.AZURE, "azure-plan")["stages"]:
        assert "ne(variables['System.PullRequest.IsFork'], 'True')" in stage["condition"]
        steps = stage["jobs"][0]["steps"]
        (task,) = (step for step in steps if "AWSShellScript" in step.get("task", ""))
        assert task["inputs"]["awsCredentials"] == f"plan-{stage['stage']}"
    script = task["inputs"]["inlineScript"].replace("$(backendUrl)", "s3://state")
    assert repository.run(script) == 0
    assert repository.calls[-1].startswith("pulumi preview --stack prod --diff")
    assert repository.run(script, BROKEN="preview") == 1


def test_the_preview_fails_where_a_level_is_not_met() -> None:
    for platform, name in ((Platform.GITHUB, "preview"), (Platform.AZURE, "azure-pipelines")):
        jobs = data(platform, name)["jobs"]
        steps = jobs["preview"]["steps"] if platform is Platform.GITHUB else jobs[1]["steps"]
        scripts = [step.get("run", step.get("bash", "")) for step in steps]
        assert any("--fail-on 'up,risk:high,policy:critical,level'" in text for text in scripts)


def test_a_store_needs_an_approval_whatever_the_settings_of_the_branch_say(
    repository: Repository,
) -> None:
    delivery = Delivery(("prod",), sealed=("prod",), stored=("prod",))
    text = render(Platform.GITHUB, delivery)[".github/workflows/deploy.yml"]
    job = yaml.load(text, Loader=yaml.BaseLoader)["jobs"]["prod"]  # noqa: S506
    assert run_job(repository, job)
    assert "groundplan up prod --approved" in repository.calls
    azure = render(Platform.AZURE, delivery)["azure-deploy.yml"]
    assert 'groundplan up prod --key "$(approvalKeyArn)" --approved' in azure


def test_drift_opens_a_work_item_of_azure_once_and_adds_to_it_then(repository: Repository) -> None:
    steps = data(Platform.AZURE, "azure-drift")["stages"][1]["jobs"][0]["steps"]
    compare, report = list(azure_scripts(steps))[-2:]
    (step,) = (step for step in steps if "System.AccessToken" in str(step))
    assert step["condition"] == "and(failed(), eq(variables['compared'], 'true'))"
    assert repository.run(compare.replace("$(backendUrl)", "s3://state"), BROKEN="refresh") == 1
    (repository.folder / "drift.txt").write_text("~ size: 2 -> <3>")
    sent = pathlib.Path(f"{repository.calls_file}.sent")

    def calls() -> list[str]:
        return [call.rsplit("/_apis/wit/", 1)[-1] for call in repository.calls if "_apis" in call]

    assert repository.run(report) == 0
    assert calls() == ["wiql?api-version=7.1", "workitems/$Issue?api-version=7.1"]
    assert "[System.Title] = 'Drift in prod' and" in sent.read_text()
    assert "~ size: 2 -&gt; &lt;3&gt;" in sent.read_text()
    assert repository.run(report, ITEM='{"id": 12}', WORKITEMTYPE="Bug") == 0
    assert calls()[2:] == [
        "wiql?api-version=7.1",
        "workItems/12/comments?api-version=7.1-preview.4",
    ]


def test_the_token_of_pulumi_cloud_is_in_no_other_step_than_the_log_in() -> None:
    for name in ("plan", "deploy", "drift", "images"):
        for job in sealed(Platform.GITHUB, name)["jobs"].values():
            found = [step["name"] for step in job["steps"] if "PULUMI_ACCESS_TOKEN" in str(step)]
            assert found == ["Log in to the state"]
    for job in data(Platform.GITHUB, "preview")["jobs"].values():
        assert "secrets." not in str(job)
