"""The manifests of this repository's environments and of two rich ones, previewed once
in a run of the tests: the first of xdist's processes that asks previews all, the others
wait for it and read what it has written."""

import fcntl
import json
import os
import pathlib
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache

from groundplan.manifest.model import Manifest
from groundplan.manifest.run import Request, preview_all

ROOT = pathlib.Path(__file__).parents[2]
RELEASED = ("dev", "prod", "local", "rich-sagemaker", "rich-kubernetes")
"""The environments whose manifests of the last release are in tests/golden."""
STACKS = (*RELEASED, "loop", "cluster")
SHARED = "GROUNDPLAN_TESTS_SHARED"
"""The environment variable with the folder that the processes share. Default: none."""


@cache
def manifests() -> Mapping[str, Manifest]:
    """Returns the manifest of each stack, as the working tree registers it."""
    folder = os.environ.get(SHARED)
    if folder is None:
        return _previewed()
    file = pathlib.Path(folder, "environments.json")
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            data = {stack: manifest.to_data() for stack, manifest in _previewed().items()}
            file.write_text(json.dumps(data), encoding="utf-8")
    read = json.loads(file.read_text(encoding="utf-8"))
    return {stack: Manifest.from_data(data) for stack, data in read.items()}


def _previewed() -> dict[str, Manifest]:
    with tempfile.TemporaryDirectory() as folder:
        project = pathlib.Path(folder)
        copy_project(project)
        results = preview_all([Request(project, stack) for stack in STACKS])
    for stack, result in zip(STACKS, results, strict=True):
        assert result.manifest is not None, f"{stack}: {result.message}"
        assert not result.failed, f"{stack}: {result.message}"
    return {s: r.manifest for s, r in zip(STACKS, results, strict=True) if r.manifest}


def copy_project(folder: pathlib.Path) -> None:
    """Copies the program and the settings of all stacks into a folder."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "infra", folder / "infra", ignore=ignored)
    scripts = pathlib.Path("examples", "data-pipeline")
    shutil.copytree(ROOT / scripts, folder / scripts, ignore=ignored)
    for file in [*ROOT.glob("Pulumi*.yaml"), *(ROOT / "tests/golden").glob("Pulumi.*.yaml")]:
        shutil.copy(file, folder)
