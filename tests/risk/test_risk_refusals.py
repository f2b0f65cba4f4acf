"""Updates that a provider or a service refuses."""

from typing import Any

import pytest
from groundplan.diff.changes import PropertyChange
from groundplan.diff.comparison import compare
from groundplan.manifest.model import Manifest, Resource
from groundplan.report.json_report import _property as json_property
from groundplan.report.values import difference
from groundplan.risk.analysis import analyze
from groundplan.risk.risk import Risk

RDS = "aws:rds/instance:Instance"
EKS = "aws:eks/cluster:Cluster"
LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"


def risks(type_: str, old: dict[str, Any], new: dict[str, Any]) -> list[Risk]:
    urn = f"urn:pulumi:dev::shop::{type_}::x"
    sides = [
        Manifest("shop", "dev", (Resource(urn, type_, "x", None, True, inputs),))
        for inputs in (old, new)
    ]
    return analyze(compare(sides[0], sides[1], "base"), sides[0], sides[1])


@pytest.mark.parametrize(
    ("type_", "old", "new", "words"),
    [
        (
            RDS,
            {"engine": "postgres", "engineVersion": "15.4"},
            {"engine": "postgres", "engineVersion": "16.1"},
            (
                "The update of the database x is refused: AWS upgrades to another "
                "major version only with allowMajorVersionUpgrade, which isn't set."
            ),
        ),
        (
            EKS,
            {"version": "1.35"},
            {"version": "1.37"},
            (
                "The update of the EKS cluster x is refused: EKS upgrades one minor "
                "version at a time."
            ),
        ),
        (
            EKS,
            {"version": "1.35"},
            {"version": "1.34"},
            ("The update of the EKS cluster x is refused: EKS doesn't downgrade a cluster."),
        ),
        (
            CLAIM,
            {"spec": {"resources": {"requests": {"storage": "2Gi"}}}},
            {"spec": {"resources": {"requests": {"storage": "1Gi"}}}},
            ("The update of the volume claim x is refused: a volume of a claim can't shrink."),
        ),
    ],
)
def test_a_refused_update_prevents_up_and_is_no_routine(
    type_: str, old: dict[str, Any], new: dict[str, Any], words: str
) -> None:
    (risk,) = [found for found in risks(type_, old, new) if found.kind == "refused"]
    assert (risk.level.value, risk.kind, risk.words, risk.prevents_up) == (
        "medium",
        "refused",
        words,
        True,
    )
    assert "->" in risk.because


def test_an_update_that_is_accepted_prevents_nothing() -> None:
    found = risks(EKS, {"version": "1.35"}, {"version": "1.36"})
    assert [(risk.kind, risk.prevents_up) for risk in found] == [("interruption", False)]


def test_a_file_system_that_shrinks_is_replaced_with_its_files() -> None:
    old, new = (
        {"storageCapacity": size, "deploymentType": "PERSISTENT_2"} for size in (4800, 2400)
    )
    assert ("high", "data-loss") in [(r.level.value, r.kind) for r in risks(LUSTRE, old, new)]


def test_a_file_system_of_unknown_size_is_as_severe_as_the_loss_of_its_files() -> None:
    old, new = (
        {"storageCapacity": size, "deploymentType": "PERSISTENT_2"} for size in (4800, "${size}")
    )
    found = [r for r in risks(LUSTRE, old, new) if "isn't known" in r.words]
    assert [(r.level.value, r.kind) for r in found] == [("high", "data-loss")]


def test_a_refused_property_is_marked_and_has_its_reason_in_json() -> None:
    change = PropertyChange("size", 100, 50, False, "EBS can't shrink a volume")
    assert difference(change).note == "refused"
    assert json_property(change)["refused"] == "EBS can't shrink a volume"
    assert "refused" not in json_property(PropertyChange("size", 50, 100, False))


@pytest.mark.parametrize(
    ("size", "allowed", "name", "refused"),
    [
        ("2Gi", None, "gp3", True),
        ("2Gi", None, "${gp3.metadata.name}", True),
        ("2Gi", True, "gp3", False),
        ("1Gi", None, "gp3", False),
        ("2Gi", None, "elsewhere", False),
    ],
)
def test_a_claim_grows_only_if_its_storage_class_allows_that(
    size: str, allowed: bool | None, name: str, refused: bool
) -> None:
    inputs = {"metadata": {"name": "gp3"}, **({"allowVolumeExpansion": True} if allowed else {})}
    type_ = "kubernetes:storage.k8s.io/v1:StorageClass"
    urn = f"urn:pulumi:dev::shop::{type_}::gp3"
    storage_class = Resource(urn, type_, "gp3", None, True, inputs)

    def claim(storage: str) -> Manifest:
        spec = {"storageClassName": name, "resources": {"requests": {"storage": storage}}}
        urn = f"urn:pulumi:dev::shop::{CLAIM}::x"
        resource = Resource(urn, CLAIM, "x", None, True, {"spec": spec})
        return Manifest("shop", "dev", (resource, storage_class))

    before, after = claim("1Gi"), claim(size)
    found = analyze(compare(before, after, "base"), before, after)
    assert any(risk.prevents_up for risk in found) is refused
