"""The Dockerfiles: linted, by digest, as nobody, of what is locked."""

import json
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
DOCKERFILES = sorted((ROOT / "images").glob("*/Dockerfile"))
names = pytest.mark.parametrize("file", DOCKERFILES, ids=[f.parent.name for f in DOCKERFILES])


def instructions(file: pathlib.Path) -> list[tuple[str, str]]:
    """Returns the instructions of a Dockerfile, in its order."""
    text = re.sub(r"^\s*#.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(word, " ".join(rest.split())) for word, _, rest in (x.partition(" ") for x in lines)]


def test_the_linter_has_no_complaint() -> None:
    hadolint = pathlib.Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, "--no-color", *DOCKERFILES], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@names
def test_the_base_is_one_image_by_digest(file: pathlib.Path) -> None:
    found = instructions(file)
    (base,) = (rest for word, rest in found if word == "ARG")
    assert re.fullmatch(r"PYTHON=\S+:3\.13-slim@sha256:[0-9a-f]{64}", base)
    assert base == dict(instructions(ROOT / "images/ci/Dockerfile"))["ARG"]
    bases = {rest.partition(" ")[0] for word, rest in found if word == "FROM"}
    assert bases == {"${PYTHON}"}


@names
def test_it_runs_as_nobody(file: pathlib.Path) -> None:
    last = [pair for pair in instructions(file) if pair[0] in ("FROM", "USER")][-1]
    assert last == ("USER", "65532")


@names
def test_it_starts_without_a_shell(file: pathlib.Path) -> None:
    # A shell would keep SIGTERM from the program.
    for word, rest in instructions(file):
        if word in ("ENTRYPOINT", "CMD"):
            assert isinstance(json.loads(rest), list)


@names
def test_what_it_installs_has_all_that_it_requires(file: pathlib.Path) -> None:
    """A lock says of each package which others require it (`# via`)."""
    for word, rest in instructions(file):
        found = re.search(r"locked_requirements\.py (.*?) -- (.*?) >", rest)
        if word != "RUN" or found is None:
            continue
        names = set(found[2].split())
        for lock in found[1].split():
            for package, requiring in required(ROOT / pathlib.Path(lock).name).items():
                assert package in names or not requiring & names, f"{package} for {requiring}"


def required(lock: pathlib.Path) -> dict[str, set[str]]:
    """Returns the packages of a lock, by name, and what requires each on Linux."""
    found: dict[str, set[str]] = {}
    text = lock.read_text(encoding="utf-8")
    for block in re.split(r"\n(?=[a-z0-9])", text):
        first, *lines = block.splitlines()
        if "==" in first and not re.search(r"sys_platform == '(win32|emscripten)'", first):
            found[first.partition("==")[0]] = {
                line.strip().removeprefix("# via").strip(" #") for line in lines if " # " in line
            }
    return found


@names
def test_it_installs_only_what_is_locked(file: pathlib.Path) -> None:
    for word, rest in instructions(file):
        for command in rest.split("&&") if word == "RUN" else ():
            if "pip install" in command:
                assert "--no-deps" in command
                assert "--require-hashes" in command or "--no-index" in command


@names
def test_a_build_fails_where_a_package_lacks_what_it_requires(file: pathlib.Path) -> None:
    commands = [
        command.strip()
        for word, rest in instructions(file)
        for command in (rest.split("&&") if word == "RUN" else ())
    ]
    last = max(number for number, command in enumerate(commands) if "pip install" in command)
    assert commands[last + 1].endswith("pip check")


@names
def test_it_downloads_packages_only_and_has_no_secret(file: pathlib.Path) -> None:
    for word, rest in instructions(file):
        assert word != "ADD"
        assert not re.search(r"\b(curl|wget|ftp)\b|https?://|--mount=type=secret", rest)
        if word == "ENV":
            assert not re.search(r"(?i)key|secret|token|password|credential", rest)


@names
def test_what_it_copies_is_there_and_is_not_ignored(file: pathlib.Path) -> None:
    kept = [
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    ]
    for word, rest in instructions(file):
        if word != "COPY" or rest.startswith("--from"):
            continue
        for path in rest.split()[:-1]:
            assert (ROOT / path).exists()
            assert any(pathlib.PurePath(path).match(k) or path.startswith(f"{k}/") for k in kept)
