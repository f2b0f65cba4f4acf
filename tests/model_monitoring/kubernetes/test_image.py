"""The image of model monitoring: what its Dockerfile installs is locked, and all that
the modules import."""

import importlib.metadata
import pathlib
import re
from importlib import util
from typing import Any

import pytest

ROOT = pathlib.Path(__file__).parents[3]
DOCKERFILE = (ROOT / "images/monitoring/Dockerfile").read_text(encoding="utf-8")


def tool() -> Any:
    spec = util.spec_from_file_location("locked", ROOT / "tools" / "locked_requirements.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def packages() -> list[str]:
    found = re.search(r" -- \\\n(.+?)\\\n", DOCKERFILE, re.DOTALL)
    assert found is not None
    return found[1].split()


def test_every_package_of_the_image_is_locked_with_hashes() -> None:
    copied = re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE)[0].split()
    locks = [
        (ROOT / name).read_text(encoding="utf-8")
        for name in copied
        if "requirements" in name and ".txt" in name
    ]
    assert len(locks) == 3
    text = tool().locked(locks, packages())
    lines = [line for line in text.splitlines() if line[:1].isalpha()]
    assert len(lines) == len(packages())
    assert all("==" in line for line in lines)
    assert text.count("--hash=sha256:") >= len(lines)
    with pytest.raises(KeyError):
        tool().locked(locks, ["left-pad"])


def test_the_packages_of_the_image_need_no_others() -> None:
    names = set(packages())
    for name in sorted(names):
        for requirement in importlib.metadata.requires(name) or ():
            other = re.split(r"[^A-Za-z0-9-]", requirement, maxsplit=1)[0].lower()
            assert "extra ==" in requirement or other in names, requirement


def test_files_that_the_image_copies_exist_and_it_runs_as_nobody() -> None:
    for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE):
        assert all((ROOT / path).exists() for path in line.split()[:-1])
    assert "\nUSER 65532\n" in DOCKERFILE
