"""The code of the function, with its settings and the facts that it reads beside it.

The settings are in the archive and not in environment variables, which have 4 KB
(Lambda quotas): an environment may have many endpoints.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from groundplan.lambda_functions import facts_archive
from groundplan.lambda_functions.facts_archive import SETTINGS_FILE as SETTINGS_FILE

ENTRY = "groundplan.operations.utilization.handler"
HANDLER = f"{ENTRY}.handle"
VARIABLE = "GROUNDPLAN_UTILIZATION"
PRICES = (
    "ebs-",
    "ec2-hour/",
    "fsx-lustre-ssd-gb-month/",
    "log-storage-gb-month",
    "nat-gateway-hour",
    "public-ipv4-hour",
    "sagemaker-endpoint-hour/",
    "sagemaker-notebook-hour/",
)
"""How the prices begin that a report names."""


def archive(settings: Mapping[str, Any], region: str) -> pulumi.AssetArchive:
    """Returns the code, the settings, the instance types, and the region's prices.
    Raises `PriceFileError` where a file of the user's is no price file."""
    return facts_archive.archive(ENTRY, settings, region, PRICES)
