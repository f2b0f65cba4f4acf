"""The files for contributors: pinned actions, valid configuration, the lock."""

import json
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).parents[2]
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")


def test_every_action_is_pinned_by_digest_with_its_version() -> None:
    found = 0
    for workflow in (ROOT / ".github" / "workflows").glob("*.yml"):
        for line in workflow.read_text(encoding="utf-8").splitlines():
            if match := re.search(r"uses: (\S+)(.*)$", line):
                found += 1
                assert PINNED.match(match[1]), f"{workflow.name}: {match[1]}"
                assert re.search(r"# v\d", match[2]), f"{workflow.name}: {line.strip()}"
    assert found > 3


def test_ci_fails_where_the_engine_tests_would_be_skipped() -> None:
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    job = yaml.safe_load(text)["jobs"]["test"]
    assert job["env"]["GROUNDPLAN_REQUIRE_ENGINE"] == "1"
    assert any("pulumi/actions@" in step.get("uses", "") for step in job["steps"])


def test_configuration_files_are_valid() -> None:
    json.loads((ROOT / "renovate.json").read_text(encoding="utf-8"))
    json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {hook["id"] for repo in hooks["repos"] for hook in repo["hooks"]} >= {"ruff-check"}


def test_the_lock_names_no_index_and_every_package_has_hashes() -> None:
    locks = ["requirements.txt", "requirements-dev.txt", "policy/requirements.txt"]
    for name in [*locks, "requirements-monitoring.txt", "requirements-images.txt"]:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)
        packages = re.findall(r"^[\w.-]+==\S+.*\\$", text, re.MULTILINE)
        assert len(packages) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE))


def test_decisions_are_numbered_and_state_decision_and_reason() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert len(pages) >= 8
    for number, page in enumerate(pages, 1):
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. "), page.name
        assert "**Decision.**" in text
        assert "**Why.**" in text, page.name


def test_gates_in_examples_are_quoted_and_have_no_redirection() -> None:
    """A shell would read `cost>500` as a redirection into the file 500."""
    files = [ROOT / "README.md", ROOT / "Makefile", *ROOT.glob(".github/**/*.y*ml")]
    files += [
        *ROOT.glob("docs/guides/**/*"),
        *ROOT.glob("examples/**/*"),
        *ROOT.glob("components/groundplan/cli/*.py"),
    ]
    wrong = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in files
        if file.is_file()
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
        if re.search(r"--fail-on [^'\"\[{]*[,:>]", line)
        or (">" in line and re.search(r"--fail-on ['\"]?[a-z:,]*cost>", line))
    ]
    assert wrong == []


def test_renovate_updates_every_lock() -> None:
    """Renovate repeats the command that a lock's header states; without one, or with
    an option that has its value in another word, it updates nothing
    (lib/modules/manager/pip-compile/common.ts)."""
    renovate = json.loads((ROOT / "renovate.json").read_text(encoding="utf-8"))
    (pattern,) = renovate["pip-compile"]["managerFilePatterns"]
    makefile = " ".join(
        (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ").split()
    )
    locks = [*ROOT.glob("requirements*.txt"), *ROOT.glob("policy/requirements*.txt")]
    assert len(locks) >= 5
    for lock in locks:
        name = str(lock.relative_to(ROOT))
        assert re.search(pattern.strip("/"), name), name
        text = lock.read_text(encoding="utf-8")
        header = re.match(r"(?:#.*\n)+# {4}(uv pip compile .*)\n", text)
        assert header is not None, name
        assert f"--output-file={name}" in header[1]
        assert header[1].replace("uv pip compile", "$(UV) pip compile --quiet") in makefile
        assert not re.search(r"--(no-header|output-file |python-version )", header[1])
