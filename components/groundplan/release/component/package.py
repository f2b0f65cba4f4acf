"""The code of the function, with the targets beside it."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from groundplan.lambda_functions import source_archive

ENTRY = "groundplan.release.engine.handler"
HANDLER = f"{ENTRY}.handle"
TARGETS = "targets.json"
# Lambda unpacks the archive there: Lambda Developer Guide, "Defined runtime environment
# variables", LAMBDA_TASK_ROOT.
TARGETS_FILE = f"/var/task/{TARGETS}"


def archive(targets: Mapping[str, Any]) -> pulumi.AssetArchive:
    """Code and targets in one: they change together, and nobody who may write to a
    bucket can change where releases go."""
    document = json.dumps(targets, sort_keys=True, indent=1) + "\n"
    return source_archive.archive({**source_archive.sources(ENTRY), TARGETS: document})
