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
    "pulumi": 'case "$*" in *"$BROKEN"*) exit 1;; esac; printf "%s" "$OUTPUTS"',
    "aws": """case "$*" in *describe-images*)
  case "$*" in *attested-*) found=$ATTESTED;; *) found=$PUSHED;; esac
  case "$found" in
    sha256:*) echo "$found";;
    *) echo "An error occurred ($found)" >&2; exit 254;;
  esac
esac""",
    "docker": """case "$*" in *"$BROKEN"*) exit 1;; esac
for word; do
  test "$before" != --metadata-file || echo '{"containerimage.digest": "sha256:new"}' > "$word"
  before=$word
done""",
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
    folder: pathlib.Path,
    script: str,
    outputs: dict[str, Any],
    *,
    pushed: str = "ImageNotFoundException",
    broken: str = "nothing",
    attested: str = "",
    status: int = 0,
) -> tuple[list[str], list[str]]:
    """Returns the calls of tools and the digests, of a run over two Dockerfiles.
    `pushed` is the digest of the commit's image, or the error that ECR answers with,
    `attested` the same of its attestations, if it is another; builds with `broken` in
    their arguments fail."""
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
        "ATTESTED": attested or pushed,
        "BROKEN": broken,
        "GITHUB_SHA": "c0ffee",
        "BUILD_SOURCEVERSION": "c0ffee",
    }
    done = subprocess.run(["bash", "-e", "-c", script], cwd=folder, env=variables, check=False)
    assert done.returncode == status
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
    image, attested = (call for call in calls if f"--tag {REPOSITORY}" in call)
    assert f"--file images/serving/Dockerfile --tag {REPOSITORY}:c0ffee " in image
    # SageMaker and Lambda run no others.
    assert "--provenance=false --output type=registry,oci-mediatypes=false" in image
    assert "--sbom" not in image
    assert f"--tag {REPOSITORY}:attested-new --provenance=mode=max --sbom=true --push" in attested
    # What has no repository is built, so that a broken Dockerfile is seen.
    assert "docker buildx build --file images/monitoring/Dockerfile ." in calls
    assert digests == [f"{REPOSITORY}@sha256:new"]


def test_a_commit_that_was_pushed_is_not_built_again(tmp_path: pathlib.Path, script: str) -> None:
    outputs = {"imageRepositories": {"serving": REPOSITORY}}
    calls, digests = run(tmp_path, script, outputs, pushed="sha256:old")
    assert not any("--tag" in call for call in calls)
    assert digests == [f"{REPOSITORY}@sha256:old"]


def test_an_image_without_attestations_gets_them_in_the_next_run(
    tmp_path: pathlib.Path, script: str
) -> None:
    outputs, absent = {"imageRepositories": {"serving": REPOSITORY}}, "ImageNotFoundException"
    calls, digests = run(tmp_path, script, outputs, pushed="sha256:old", attested=absent)
    (tagged,) = (call for call in calls if "--tag" in call)
    assert f"--tag {REPOSITORY}:attested-old --provenance=mode=max --sbom=true --push" in tagged
    assert digests == [f"{REPOSITORY}@sha256:old"]


@pytest.mark.parametrize(
    "more",
    [{"broken": "--sbom=true"}, {"pushed": "sha256:old", "attested": "ThrottlingException"}],
    ids=["build", "registry"],
)
def test_a_run_fails_whose_image_has_no_attestations(
    tmp_path: pathlib.Path, script: str, more: dict[str, str]
) -> None:
    outputs = {"imageRepositories": {"serving": REPOSITORY}}
    _, digests = run(tmp_path, script, outputs, status=1, **more)
    # It is there all the same: what runs may name it.
    assert len(digests) == 1


def test_an_error_of_the_registry_is_not_taken_for_an_absent_image(
    tmp_path: pathlib.Path, script: str
) -> None:
    outputs = {"imageRepositories": {"serving": REPOSITORY}}
    calls, digests = run(tmp_path, script, outputs, pushed="AccessDeniedException", status=1)
    assert not any("--tag" in call for call in calls)
    assert digests == []


@pytest.mark.parametrize("repositories", [{"serving": REPOSITORY}, {}], ids=["pushed", "built"])
def test_an_image_that_cannot_be_built_fails_the_run_after_the_others(
    tmp_path: pathlib.Path, script: str, repositories: dict[str, str]
) -> None:
    outputs = {"imageRepositories": repositories}
    broken = "images/monitoring/Dockerfile"
    calls, digests = run(tmp_path, script, outputs, broken=broken, status=1)
    assert any("--file images/serving/Dockerfile" in call for call in calls)
    assert digests == [f"{REPOSITORY}@sha256:new" for _ in repositories]


def test_an_image_that_cannot_be_pushed_has_no_digest(tmp_path: pathlib.Path, script: str) -> None:
    outputs = {"imageRepositories": {"serving": REPOSITORY}}
    _, digests = run(tmp_path, script, outputs, broken="type=registry", status=1)
    assert digests == []


def test_whatever_a_dockerfile_may_copy_starts_a_build() -> None:
    for platform in Platform:
        texts = render(platform, Delivery(("dev", "prod")))
        (text,) = (text for path, text in texts.items() if "images.yml" in path)
        found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
        ignored = (
            found["on"]["push"]["paths-ignore"]
            if platform is Platform.GITHUB
            else found["trigger"]["paths"]["exclude"]
        )
        assert {"docs", "tests"} <= {folder.removesuffix("/**") for folder in ignored}
        assert len(ignored) == 4


def test_the_digests_of_a_run_that_failed_are_listed() -> None:
    for platform in Platform:
        texts = render(platform, Delivery(("dev", "prod")))
        (text,) = (text for path, text in texts.items() if "images.yml" in path)
        *_, last = _jobs(yaml.safe_load(text))[0]
        assert last.get("if", last.get("condition")) == "always()"


def test_a_stack_without_a_registry_pushes_nothing(tmp_path: pathlib.Path, script: str) -> None:
    calls, digests = run(tmp_path, script, {"region": "us-east-1"})
    assert not any("--tag" in call or "login --username" in call for call in calls)
    assert digests == []


def test_outputs_that_can_not_be_read_are_not_taken_for_a_stack_without_a_registry(
    tmp_path: pathlib.Path, script: str
) -> None:
    outputs = {"imageRepositories": {"serving": REPOSITORY}}
    calls, digests = run(tmp_path, script, outputs, broken="stack output", status=1)
    assert not any("docker" in call for call in calls)
    assert digests == []
