"""The environment of the closed loop complies, and its costs and resource types are
known."""

from environments import manifests
from groundplan import catalog
from groundplan.cost.estimate import estimate
from groundplan.policy.check import check
from groundplan.policy.finding import Severity

LOOP = "loop"
COPIES = "us-west-2"
"""The region of the copies of the artifact bucket."""
ACCEPTED: dict[tuple[str, str], str] = {}
"""Rule, resource -> why it stays."""


def test_it_complies_with_every_rule() -> None:
    findings = check(manifests()[LOOP])
    grave = [f for f in findings if f.severity in (Severity.CRITICAL, Severity.HIGH)]
    assert [(f.rule, f.reason) for f in grave] == []
    found = {(f.rule, f.urn.rsplit("::", 1)[-1]) for f in findings}
    assert sorted(found) == sorted(ACCEPTED)


def test_every_charge_has_a_price() -> None:
    # The facts have no prices of S3, KMS and CloudWatch of the region of the copies.
    unknown = estimate(manifests()[LOOP]).unknown
    assert [line for line in unknown if not line.endswith(f" in {COPIES}")] == []


def test_the_catalog_has_every_resource_type() -> None:
    types = {r.type for r in manifests()[LOOP].resources if r.custom}
    known = {token for token in types if catalog.find(token)}
    assert {token for token in types - known if not token.startswith("pulumi:")} == set()
