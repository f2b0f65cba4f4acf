"""The guide to backup and recovery names all data that components register."""

import pathlib
import re

from environments import manifests
from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "guides" / "backup-and-recovery.md"
COLUMNS = 5
EVERYWHERE = "all components"


def rows() -> list[list[str]]:
    text = GUIDE.read_text(encoding="utf-8").split("## What is promised")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def owner(manifest: Manifest, resource: Resource) -> str:
    """Returns the type of the component that a resource is a child of."""
    above = manifest.by_urn.get(str(resource.parent))
    while above is not None and not above.type.startswith("groundplan:"):
        above = manifest.by_urn.get(str(above.parent))
    return above.type.rpartition(":")[2] if above else ""


def stored() -> set[tuple[str, str]]:
    """Returns component, display name of all that holds data."""
    return {
        (owner(manifest, resource), catalog.display_name(resource.type))
        for manifest in manifests().values()
        for resource in manifest
        if resource.custom and (entry := catalog.find(resource.type)) and entry.data
    }


def test_all_that_holds_data_is_in_the_table() -> None:
    named = {
        (row[0].strip("`"), kind.strip())
        for row in rows()
        for kind in re.split(r",", row[1].partition(":")[0])
    }
    missing = {
        (component, kind)
        for component, kind in stored()
        if (component, kind) not in named and (EVERYWHERE, kind) not in named
    }
    assert missing == set()
    assert len({component for component, _ in stored()}) > 15


def test_each_row_says_what_protects_and_what_is_lost() -> None:
    for row in rows():
        assert len(row) == COLUMNS, row
        assert all(row), row


def test_what_is_promised_has_its_source() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    cited = set(re.findall(r"\[(\d)\]", text))
    sources = set(re.findall(r"(?:^|\. )(\d)\. ", text.split("1. S3 User Guide")[1]))
    assert cited <= sources | {"1"}
