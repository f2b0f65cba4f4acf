"""The function's code, with the settings beside it."""

from typing import Any

import pulumi

from groundplan.lambda_functions import source_archive
from groundplan.retraining.engine.names import ENTRY

SETTINGS = "retraining.json"
# Lambda unpacks the archive there: Lambda Developer Guide, "Defined runtime environment
# variables", LAMBDA_TASK_ROOT.
SETTINGS_FILE = f"/var/task/{SETTINGS}"


def archive(settings: str) -> pulumi.AssetArchive:
    """Returns code and settings in one: an environment holds 4 KB (Lambda quotas), and
    nobody who may write to a bucket can change where releases go."""
    files: dict[str, Any] = {**source_archive.sources(ENTRY), SETTINGS: f"{settings}\n"}
    return source_archive.archive(files)
