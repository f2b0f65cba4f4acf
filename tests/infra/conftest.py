"""An event loop for outputs that are created outside of a program, and the manifests of
the environments on AWS."""

import asyncio
import pathlib
import shutil
from collections.abc import Iterator, Mapping

import pytest
from groundplan.manifest.model import Manifest
from groundplan.manifest.run import Request, preview_all

ROOT = pathlib.Path(__file__).parents[2]
STACKS = ("dev", "prod", "rich-sagemaker", "rich-kubernetes")


@pytest.fixture(scope="session")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Manifest]:
    """Returns the manifests of dev and prod, and of two environments with nearly
    everything."""
    project = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "infra", project / "infra")
    for file in [*ROOT.glob("Pulumi*.yaml"), *ROOT.glob("tests/golden/Pulumi.*.yaml")]:
        shutil.copy(file, project)
    results = preview_all([Request(project, stack) for stack in STACKS])
    assert [result.message for result in results if result.failed] == []
    return {s: r.manifest for s, r in zip(STACKS, results, strict=True) if r.manifest}


@pytest.fixture(autouse=True)
def event_loop_of_the_test() -> Iterator[None]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()
    asyncio.set_event_loop(None)
