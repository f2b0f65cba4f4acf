"""The settings of the API's function, of which a manifest has the digest only.

They are what the stack exports, and its settings say: put together again, and the same
only if their digest is the manifest's.
"""

import hashlib
import pathlib
from typing import Any

import yaml
from groundplan.api.settings import ApiSettings
from groundplan.manifest.model import Manifest, Resource

FILE = "api.json"
SECTIONS = ("groundplan:api", "groundplan:datasets")


class NotTheSame(Exception):
    """The settings of the API differ from those that its function has."""


def text(manifest: Manifest, function: Resource, environment: pathlib.Path) -> str:
    """Returns the file of a function, with symbols. Raises `NotTheSame`."""
    config = yaml.safe_load(environment.read_text(encoding="utf-8"))["config"]
    api, datasets = (config.get(section) or {} for section in SECTIONS)
    outputs: Any = manifest.outputs
    found = ApiSettings(
        region=manifest.aws_region,
        bucket=outputs["artifactBucket"],
        targets=outputs["releaseTargets"],
        pipelines=outputs.get("retraining", {}),
        datasets=sorted(datasets.get("sets", {})),
        callers=api.get("callers", {}),
    ).text()
    wanted = function.inputs["code"]["archive"][FILE]["sha256"]
    if hashlib.sha256(found.encode()).hexdigest() != wanted:
        raise NotTheSame(f"{function.name}: what the stack exports is not what {FILE} has")
    return found
