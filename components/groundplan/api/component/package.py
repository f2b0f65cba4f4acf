"""The code of the function, with its settings beside it."""

import pulumi

from groundplan.api.settings import ApiSettings
from groundplan.lambda_functions import source_archive

ENTRY = "groundplan.api.handlers.entry"
HANDLER = f"{ENTRY}.handle"
SETTINGS = "api.json"
# Lambda unpacks the archive there: Lambda Developer Guide, "Defined runtime environment
# variables", LAMBDA_TASK_ROOT.
SETTINGS_FILE = f"/var/task/{SETTINGS}"


def archive(settings: ApiSettings) -> pulumi.AssetArchive:
    """Returns code and settings in one: they change together, and nobody who may write
    to a bucket can change what the API reaches."""
    return source_archive.archive({**source_archive.sources(ENTRY), SETTINGS: settings.text()})
