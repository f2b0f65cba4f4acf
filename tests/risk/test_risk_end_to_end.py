"""Risk as it comes out of comparing two manifests: a small environment, changed one
thing at a time."""

import copy
import json
from collections.abc import Callable
from typing import Any

from groundplan.diff.comparison import compare
from groundplan.manifest.model import FORMAT, Manifest
from groundplan.risk.access_changes import access_changes
from groundplan.risk.analysis import analyze

Edit = Callable[[dict[str, dict[str, Any]]], None]


def entry(type_: str, name: str, of: str = "", **inputs: Any) -> dict[str, Any]:
    """A resource; `of` names an input and a resource that it comes from:
    `bucket=data-bucket`."""
    parts = [part.partition("=") for part in of.split()]
    return {
        "type": type_,
        "name": name,
        "inputs": inputs,
        "of": {key: value for key, _, value in parts},
        "options": {},
    }


def policy(*actions: str) -> str:
    statement = {
        "Sid": "Read",
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": "${data-bucket.arn}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


PROGRAM = [
    entry("aws:s3/bucket:Bucket", "data-bucket", forceDestroy=True),
    entry("aws:ec2/vpc:Vpc", "net", cidrBlock="10.0.0.0/16"),
    entry(
        "aws:ec2/subnet:Subnet", "inner", "vpcId=net", vpcId="${net.id}", cidrBlock="10.0.0.0/18"
    ),
    entry("aws:iam/role:Role", "trainer", assumeRolePolicy="{}"),
    entry(
        "aws:iam/rolePolicy:RolePolicy",
        "grant",
        "role=trainer policy=data-bucket",
        role="${trainer.name}",
        policy=policy("s3:GetObject"),
    ),
    entry(
        "aws:eks/nodeGroup:NodeGroup",
        "pool",
        "subnetIds=inner",
        subnetIds=["${inner.id}"],
        scalingConfig={"maxSize": 8},
    ),
]


def manifest(edit: Edit = lambda _: None) -> Manifest:
    entries = {one["name"]: one for one in copy.deepcopy(PROGRAM)}
    edit(entries)
    urns = {name: f"urn:pulumi:dev::shop::{one['type']}::{name}" for name, one in entries.items()}
    resources = [
        {
            "urn": urns[name],
            "type": one["type"],
            "name": name,
            "parent": None,
            "custom": True,
            "inputs": one["inputs"],
            "options": one["options"],
            "dependencies": [urns[other] for other in one["of"].values() if other in urns],
            "property_dependencies": {
                key: [urns[other]] for key, other in one["of"].items() if other in urns
            },
        }
        for name, one in sorted(entries.items())
    ]
    data = {"format": FORMAT, "project": "shop", "stack": "dev", "resources": resources}
    return Manifest.from_data({**data, "outputs": {}, "invokes": [], "providers": {}})


def risks_after(edit: Edit) -> list[tuple[str, str, str]]:
    before, after = manifest(), manifest(edit)
    return [
        (d.level.value, d.kind, d.words)
        for d in analyze(compare(before, after, "base"), before, after)
    ]


def test_nothing_is_a_risk_where_nothing_changes() -> None:
    assert risks_after(lambda _: None) == []


def test_an_addition_is_not_a_risk() -> None:
    added = entry(
        "aws:eks/nodeGroup:NodeGroup", "pool-2", "subnetIds=inner", subnetIds=["${inner.id}"]
    )
    assert risks_after(lambda entries: entries.update({"pool-2": added})) == []


def test_a_bucket_that_is_dropped_loses_its_objects() -> None:
    def edit(entries: dict[str, Any]) -> None:
        del entries["data-bucket"]

    assert risks_after(edit) == [
        ("high", "data-loss", "The bucket data-bucket is deleted, with all objects in it.")
    ]
    before, after = manifest(), manifest(edit)
    (risk,) = analyze(compare(before, after, "base"), before, after)
    assert risk.affected == ("grant",)


def test_a_policy_that_widens_is_reported_and_has_its_row() -> None:
    def edit(entries: dict[str, Any]) -> None:
        entries["grant"]["inputs"]["policy"] = policy("s3:GetObject", "s3:DeleteObject")

    assert risks_after(edit) == [
        ("medium", "access", "The role trainer may now do s3:DeleteObject on data-bucket/*.")
    ]
    (row,) = access_changes(compare(manifest(), manifest(edit), "base"))
    assert (row.sign, row.action, row.target, row.principal) == (
        "+",
        "s3:DeleteObject",
        "${data-bucket.arn}/*",
        "trainer",
    )


def test_a_rename_by_alias_is_not_a_risk() -> None:
    def edit(entries: dict[str, Any]) -> None:
        bucket = entries.pop("data-bucket")
        entries["lake"] = {
            **bucket,
            "name": "lake",
            "options": {"aliases": [{"name": "data-bucket"}]},
        }
        entries["grant"]["of"]["policy"] = "lake"
        entries["grant"]["inputs"]["policy"] = policy("s3:GetObject").replace("data-bucket", "lake")

    assert risks_after(edit) == []


def test_a_smaller_pool_interrupts_jobs() -> None:
    def edit(entries: dict[str, Any]) -> None:
        entries["pool"]["inputs"]["scalingConfig"] = {"maxSize": 2}

    assert [(level, kind) for level, kind, _ in risks_after(edit)] == [("medium", "interruption")]
