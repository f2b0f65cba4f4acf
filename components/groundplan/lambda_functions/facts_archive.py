"""The code of a function that counts with prices: its modules, its settings, and the
facts that they read.

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

SETTINGS = "settings.json"
# Lambda unpacks the archive there: Lambda Developer Guide, "Defined runtime environment
# variables", LAMBDA_TASK_ROOT.
SETTINGS_FILE = f"/var/task/{SETTINGS}"

FACTS = "groundplan/facts"
TABLES = ("ec2-instances.csv", "ec2-documented.csv", "price-list.json")


def archive(
    entry: str, settings: Mapping[str, Any], region: str, priced: tuple[str, ...]
) -> pulumi.AssetArchive:
    """Returns what the module `entry` imports, the settings, the instance types, and
    the region's prices whose names begin with one of `priced`. Raises `PriceFileError`
    where a file of the user's is no price file."""
    folder = resources.files("groundplan.facts")
    tables = {f"{FACTS}/{name}": folder.joinpath(name).read_text("utf-8") for name in TABLES}
    known = prices.of(region).prices
    named = {key: price for key, price in known.items() if key.startswith(priced)}
    files = {
        **source_archive.sources(entry),
        **tables,
        SETTINGS: json.dumps(settings, sort_keys=True, indent=1) + "\n",
    }
    if region:
        files[f"{FACTS}/prices/{region}.csv"] = prices.written(region, named)
    return source_archive.archive(files)
