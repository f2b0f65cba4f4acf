"""No resource of a released version is created, deleted, replaced or renamed unless the
changelog announces it.

The manifests of the last release are in `tests/golden/<version>/`: of this repository's
stacks, and of two rich environments. `PYTHONPATH=tests/strategies .venv/bin/python
tests/golden/test_golden_manifests.py VERSION` writes those of a new release.
"""

import gzip
import json
import pathlib
import re
import sys
from fnmatch import fnmatch
from typing import Any

import pytest
from environments import RELEASED as RELEASED_STACKS
from environments import STACKS, manifests
from groundplan.diff.changes import Change, Kind
from groundplan.diff.comparison import compare
from groundplan.manifest.model import Manifest
from groundplan.proof import Verdict, prove

ROOT = pathlib.Path(__file__).parents[2]
GOLDEN = pathlib.Path(__file__).parent
RELEASED = "0.1.0"
LOUD = {Kind.CREATE, Kind.DELETE, Kind.REPLACE, Kind.RENAME, Kind.MOVE}
ANNOUNCED = re.compile(r"^- (create|delete|replace|rename|move) `([^`]+)`", re.MULTILINE)
"""A line of the changelog's section "Changes of deployed resources"."""


def released(stack: str) -> Manifest:
    """Returns the manifest of the last release."""
    text = gzip.decompress((GOLDEN / RELEASED / f"{stack}.json.gz").read_bytes())
    return Manifest.from_data(json.loads(text))


def announced() -> list[tuple[str, str]]:
    """Returns what the changelog announces since the release: kind, name pattern."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return ANNOUNCED.findall(text.split(f"## {RELEASED}")[0])


def unannounced(changes: tuple[Change, ...]) -> list[str]:
    """Returns the loud changes that no entry announces."""
    entries = announced()
    return [
        f"{change.kind.value} {change.resource.name}"
        for change in changes
        if change.kind in LOUD
        and not any(
            kind == change.kind.value and fnmatch(change.resource.name, pattern)
            for kind, pattern in entries
        )
    ]


@pytest.mark.parametrize("stack", RELEASED_STACKS)
def test_nothing_is_created_deleted_replaced_or_renamed_unannounced(stack: str) -> None:
    changes = compare(released(stack), manifests()[stack], RELEASED)
    assert unannounced(changes.changes) == []


@pytest.mark.parametrize("stack", STACKS)
def test_every_namespace_has_a_network_policy(stack: str) -> None:
    resources = manifests()[stack].resources
    spaces = {
        r.inputs["metadata"]["name"] for r in resources if r.type == "kubernetes:core/v1:Namespace"
    }
    policies = [r for r in resources if r.type == "kubernetes:networking.k8s.io/v1:NetworkPolicy"]
    assert spaces - {r.inputs["metadata"]["namespace"] for r in policies} == set()


@pytest.mark.parametrize("stack", STACKS)
def test_no_team_reaches_the_data_of_another(stack: str) -> None:
    """Except MLflow's, which has one folder for all, as its guide says."""
    results = prove(manifests()[stack]).results
    open_claims = [result for result in results if result.verdict is not Verdict.PROVED]
    assert len(results) > len(open_claims) or not results
    assert [r.claim for r in open_claims if "mlflow/" not in str(r.to_data())] == []


def test_a_renamed_resource_is_noticed() -> None:
    before = released("dev")
    data = before.to_data()
    (vpc,) = (r for r in data["resources"] if r["name"] == "network-vpc")
    vpc["name"], vpc["urn"] = "network-net", vpc["urn"].replace("network-vpc", "network-net")
    changed = compare(before, Manifest.from_data(data), RELEASED)
    assert sorted(unannounced(changed.changes)) == ["create network-net", "delete network-vpc"]


def test_a_replacement_is_noticed() -> None:
    before = released("dev")
    data = before.to_data()
    (vpc,) = (r for r in data["resources"] if r["name"] == "network-vpc")
    vpc["inputs"] = {**vpc["inputs"], "cidrBlock": "10.99.0.0/16"}
    changed = compare(before, Manifest.from_data(data), RELEASED)
    assert "replace network-vpc" in unannounced(changed.changes)


def write(version: str) -> None:
    """Writes the manifests of a release."""
    (GOLDEN / version).mkdir()
    for stack, manifest in manifests().items():
        data: dict[str, Any] = manifest.to_data()
        for resource in data["resources"]:
            resource.pop("source", None)
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        packed = gzip.compress(text.encode(), mtime=0)
        (GOLDEN / version / f"{stack}.json.gz").write_bytes(packed)


if __name__ == "__main__":
    write(sys.argv[1])
