"""The code of the function, with its settings and the facts that it reads beside it.

The settings are in the archive and not in environment variables, which have 4 KB
(Lambda quotas): an environment may have many endpoints.
"""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pulumi

from groundplan.facts import prices
from groundplan.lambda_functions import source_archive

ENTRY = "groundplan.operations.utilization.handler"
HANDLER = f"{ENTRY}.handle"
VARIABLE = "GROUNDPLAN_UTILIZATION"
SETTINGS = "settings.json"
# Lambda unpacks the archive there: Lambda Developer Guide, "Defined runtime environment
# variables", LAMBDA_TASK_ROOT.
SETTINGS_FILE = f"/var/task/{SETTINGS}"

FACTS = "groundplan/facts"
TABLES = ("ec2-instances.csv", "ec2-documented.csv", "price-list.json")
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
    folder = resources.files("groundplan.facts")
    tables = {f"{FACTS}/{name}": folder.joinpath(name).read_text("utf-8") for name in TABLES}
    known = prices.of(region).prices
    named = {key: price for key, price in known.items() if key.startswith(PRICES)}
    files = {
        **source_archive.sources(ENTRY),
        **tables,
        SETTINGS: json.dumps(settings, sort_keys=True, indent=1) + "\n",
    }
    if region:
        files[f"{FACTS}/prices/{region}.csv"] = prices.written(region, named)
    return source_archive.archive(files)
