"""The manifest of the stack with the service, as the program registers it. Its settings
are here, not beside those of the repository's environments: it is no environment of
anybody."""

import pathlib
import shutil
import tempfile
from functools import cache

from groundplan.manifest.model import Manifest

from rehearsal.stack import ROOT, previewed

STACK = "rehearsal-cluster"
SETTINGS = pathlib.Path(__file__).with_name(f"Pulumi.{STACK}.yaml")


@cache
def manifest() -> Manifest:
    """Returns what the program registers with `Pulumi.rehearsal-cluster.yaml`. Raises
    `NotPreviewed`."""
    with tempfile.TemporaryDirectory() as folder:
        project = pathlib.Path(folder)
        (project / "infra").symlink_to(ROOT / "infra", target_is_directory=True)
        for file in (ROOT / "Pulumi.yaml", SETTINGS):
            shutil.copy(file, project)
        return previewed(STACK, project)
