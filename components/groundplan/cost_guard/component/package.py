"""The code of the function, with its settings and the prices that it counts with."""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pulumi

from groundplan.cost_guard.engine.settings import VARIABLE as VARIABLE
from groundplan.facts import prices
from groundplan.lambda_functions import source_archive

ENTRY = "groundplan.cost_guard.engine.handler"
HANDLER = f"{ENTRY}.handle"
SETTINGS = "settings.json"
# Lambda unpacks the archive there: Lambda Developer Guide, "Defined runtime environment
# variables", LAMBDA_TASK_ROOT.
SETTINGS_FILE = f"/var/task/{SETTINGS}"

FACTS = "groundplan/facts"
TABLES = ("ec2-instances.csv", "ec2-documented.csv", "price-list.json")
PRICES = (
    "ec2-hour/",
    "sagemaker-endpoint-hour/",
    "sagemaker-notebook-hour/",
    "sagemaker-training-hour/",
)
"""How the prices begin that the guard counts with."""


def archive(settings: Mapping[str, Any], region: str) -> pulumi.AssetArchive:
    """Returns the code, the settings, and the region's prices. Raises `PriceFileError`
    where a file of the user's is no price file."""
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
