"""The code of the function, with its settings and the prices that it counts with."""

from collections.abc import Mapping
from typing import Any

import pulumi

from groundplan.cost_guard.engine.settings import VARIABLE as VARIABLE
from groundplan.lambda_functions import facts_archive
from groundplan.lambda_functions.facts_archive import SETTINGS_FILE as SETTINGS_FILE

ENTRY = "groundplan.cost_guard.engine.handler"
HANDLER = f"{ENTRY}.handle"
PRICES = (
    "ec2-hour/",
    "sagemaker-endpoint-hour/",
    "sagemaker-notebook-hour/",
    "sagemaker-training-hour/",
)
"""How the prices begin that the guard counts with."""


def archive(settings: Mapping[str, Any], region: str) -> pulumi.AssetArchive:
    """Returns the code, the settings, the instance types, and the region's prices.
    Raises `PriceFileError` where a file of the user's is no price file."""
    return facts_archive.archive(ENTRY, settings, region, PRICES)
