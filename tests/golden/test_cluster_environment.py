"""The environment without AWS complies, and needs nothing of AWS."""

from environments import manifests
from groundplan import catalog
from groundplan.cost.estimate import estimate
from groundplan.policy.check import check

CLUSTER = "cluster"


def test_it_has_no_findings() -> None:
    assert [(f.rule, f.urn, f.reason) for f in check(manifests()[CLUSTER])] == []


def test_it_has_nothing_of_aws() -> None:
    manifest = manifests()[CLUSTER]
    assert not [r.type for r in manifest if "aws" in r.type]
    assert manifest.invokes == ()
    assert set(manifest.outputs) >= {"services", "releaseTargets", "retraining"}


def test_every_resource_type_is_in_the_catalog_and_nothing_has_an_unknown_price() -> None:
    manifest = manifests()[CLUSTER]
    types = {r.type for r in manifest.resources if r.custom}
    assert {t for t in types if not catalog.find(t) and not t.startswith("pulumi:")} == set()
    assert estimate(manifest).unknown == ()
