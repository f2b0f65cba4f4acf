"""The examples are stacks that preview."""

import pathlib

import pytest
from groundplan.manifest.run import Request, preview

pytestmark = pytest.mark.usefixtures("forked")

ROOT = pathlib.Path(__file__).parents[2]
EXAMPLES = sorted(folder.parent.name for folder in ROOT.glob("examples/*/Pulumi.yaml"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_previews(name: str) -> None:
    result = preview(Request(ROOT / "examples" / name, "dev"))

    assert result.manifest is not None, result.message
    assert not result.failed, result.message
    assert result.manifest.outputs


def test_every_example_is_listed() -> None:
    page = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert EXAMPLES == ["ci-access", "shared-cluster", "training-run"]
    assert all(f"({name}/__main__.py)" in page for name in EXAMPLES)


def test_an_example_without_aws_has_nothing_of_it() -> None:
    result = preview(Request(ROOT / "examples" / "shared-cluster", "dev"))
    assert result.manifest is not None
    assert not [resource.type for resource in result.manifest if "aws" in resource.type]
