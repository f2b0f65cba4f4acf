"""The images of monitoring and pipelines install what the library's modules in them
import."""

import ast
import pathlib
import re
import sys

import pytest
from groundplan.lambda_functions import source_archive

IMAGES = pathlib.Path(__file__).parents[2] / "images"
MODULES = {
    "monitoring": (
        "model_monitoring.analysis.container",
        "model_monitoring.analysis.exporter",
        "model_monitoring.analysis.collector",
        "retraining.engine.cluster.driver",
    ),
    "pipeline": (
        "data.pipeline.job.runner",
        "data.pipeline.job.quality",
        "data.pipeline.engine.cluster.driver",
    ),
    "training": ("training.job.record_writer", "data.versions.reading"),
}
OPTIONAL = {"awscrt"}
"""`data.versions.checksums` does without it."""


@pytest.mark.parametrize("image", MODULES)
def test_an_image_installs_what_the_librarys_modules_import(image: str) -> None:
    text = (IMAGES / image / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    listed = re.search(r"locked_requirements\.py .*? -- (.*?)>", text)
    assert listed is not None
    for module in MODULES[image]:
        needed: set[str] = set()
        for source in source_archive.sources(f"groundplan.{module}").values():
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Import):
                    needed |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    needed.add(str(node.module).partition(".")[0])
        needed -= set(sys.stdlib_module_names) | {"groundplan"} | OPTIONAL
        assert needed
        assert needed <= set(listed[1].split()), module
