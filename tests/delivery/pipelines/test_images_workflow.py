"""The script that builds images pushes each to its repository, once for a commit."""

import json
import pathlib
import subprocess
from typing import Any

import pytest
import yaml
from groundplan.delivery.pipelines.rendering import Delivery, Platform, render

REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/groundplan-prod/serving"
TOOLS = {
    "pulumi": 'printf "%s" "$OUTPUTS"',
    "aws": 'case "$*" in *describe-images*) test -n "$PUSHED" && echo "$PUSHED";; esac',
    "docker": """case "$*" in
  *--metadata-file*) echo '{"containerimage.digest": "sha256:new"}' > metadata.json;;
esac""",
}


def scripts() -> list[str]:
    """Returns the script of both platforms."""
    delivery = Delivery(("dev", "prod"))
    found = []
    for platform in Platform:
        (text,) = (
            text for path, text in render(platform, delivery).items() if "images.yml" in path
        )
        (job,) = _jobs(yaml.safe_load(text))
        steps = [step.get("run") or step.get("inputs", {}).get("inlineScript") for step in job]
        (script,) = (step for step in steps if step and "docker buildx" in step)
        found.append(str(script).replace("$(backendUrl)", "s3://state"))
    return found


def _jobs(data: Any) -> list[Any]:
    jobs = data["jobs"]
    return [job["steps"] for job in (jobs.values() if isinstance(jobs, dict) else jobs)]


def run(
    folder: pathlib.Path, script: str, outputs: dict[str, Any], pushed: str = ""
) -> tuple[list[str], list[str]]:
    """Returns the calls of tools and the digests, of a run over two Dockerfiles."""
    tools = folder / "tools"
    tools.mkdir()
    for name, body in TOOLS.items():
        (tools / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "$CALLS"\n{body}\n')
        (tools / name).chmod(0o755)
    for name in ("serving", "monitoring"):
        (folder / "images" / name).mkdir(parents=True)
        (folder / "images" / name / "Dockerfile").write_text("FROM scratch\n")
    variables = {
        "PATH": f"{tools}:/usr/bin:/bin",
        "CALLS": str(folder / "calls"),
        "OUTPUTS": json.dumps(outputs),
        "PUSHED": pushed,
        "GITHUB_SHA": "c0ffee",
        "BUILD_SOURCEVERSION": "c0ffee",
    }
    subprocess.run(["bash", "-e", "-c", script], cwd=folder, env=variables, check=True)
    digests = folder / "digests.txt"
    calls = (folder / "calls").read_text(encoding="utf-8").splitlines()
    return calls, digests.read_text().splitlines() if digests.exists() else []


@pytest.fixture(params=[0, 1], ids=["github", "azure"])
def script(request: pytest.FixtureRequest) -> str:
    return scripts()[int(request.param)]


def test_an_image_is_pushed_to_the_repository_of_its_name(
    tmp_path: pathlib.Path, script: str
) -> None:
    calls, digests = run(tmp_path, script, {"imageRepositories": {"serving": REPOSITORY}})
    (pushed,) = (call for call in calls if "--push" in call)
    assert f"--file images/serving/Dockerfile --tag {REPOSITORY}:c0ffee" in pushed
    assert "--provenance=mode=max --sbom=true" in pushed
    # What has no repository is built, so that a broken Dockerfile is seen.
    assert "docker buildx build --file images/monitoring/Dockerfile ." in calls
    assert digests == [f"{REPOSITORY}@sha256:new"]


def test_a_commit_that_was_pushed_is_not_built_again(tmp_path: pathlib.Path, script: str) -> None:
    outputs = {"imageRepositories": {"serving": REPOSITORY}}
    calls, digests = run(tmp_path, script, outputs, pushed="sha256:old")
    assert not any("--push" in call for call in calls)
    assert digests == [f"{REPOSITORY}@sha256:old"]


def test_a_stack_without_a_registry_pushes_nothing(tmp_path: pathlib.Path, script: str) -> None:
    calls, digests = run(tmp_path, script, {"region": "us-east-1"})
    assert not any("--push" in call or "login --username" in call for call in calls)
    assert digests == []
