"""The images of model monitoring and of data pipelines: what their Dockerfiles install
is locked, and all that the modules import."""

import importlib.metadata
import pathlib
import re
from importlib import util
from typing import Any

import pytest

ROOT = pathlib.Path(__file__).parents[3]
IMAGES = ("monitoring", "pipeline")


def tool() -> Any:
    spec = util.spec_from_file_location("locked", ROOT / "tools" / "locked_requirements.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def dockerfile(image: str) -> str:
    return (ROOT / "images" / image / "Dockerfile").read_text(encoding="utf-8")


def packages(image: str) -> list[str]:
    found = re.search(r" -- \\\n(.+?)\\\n +> /build", dockerfile(image), re.DOTALL)
    assert found is not None
    return [word for word in found[1].split() if word != "\\"]


@pytest.mark.parametrize("image", IMAGES)
def test_every_package_of_the_image_is_locked_with_hashes(image: str) -> None:
    copied = re.findall(r"^COPY (.+)$", dockerfile(image), re.MULTILINE)[0].split()
    locks = [
        (ROOT / name).read_text(encoding="utf-8")
        for name in copied
        if "requirements" in name and ".txt" in name
    ]
    assert len(locks) == 3
    text = tool().locked(locks, packages(image))
    lines = [line for line in text.splitlines() if line[:1].isalpha()]
    assert len(lines) == len(packages(image))
    assert all("==" in line for line in lines)
    assert text.count("--hash=sha256:") >= len(lines)
    with pytest.raises(KeyError):
        tool().locked(locks, ["left-pad"])


@pytest.mark.parametrize("image", IMAGES)
def test_the_packages_of_the_image_need_no_others(image: str) -> None:
    names = set(packages(image))
    for name in sorted(names):
        for requirement in importlib.metadata.requires(name) or ():
            other = re.split(r"[^A-Za-z0-9_-]", requirement, maxsplit=1)[0].lower()
            elsewhere = ("extra ==", "sys_platform", 'python_version < "3.5"')
            wanted = not any(marker in requirement for marker in elsewhere)
            assert not wanted or other.replace("_", "-") in names, requirement


@pytest.mark.parametrize("image", IMAGES)
def test_files_that_the_image_copies_exist_and_it_runs_as_nobody(image: str) -> None:
    for line in re.findall(r"^COPY (.+)$", dockerfile(image), re.MULTILINE):
        assert all((ROOT / path).exists() for path in line.split()[:-1])
    assert "\nUSER 65532\n" in dockerfile(image)
