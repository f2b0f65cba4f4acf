"""A stack that declares a level of delivery meets it."""

from collections.abc import Callable

import pytest
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.check import check
from groundplan.policy.rules.delivery_level_met import RULE

ENDPOINT, ROLE = "aws:sagemaker/endpoint:Endpoint", "aws:iam/role:Role"


def reasons(level: str, *resources: Resource) -> set[str]:
    outputs = {"deliveryLevel": level} if level else {}
    ordered = tuple(sorted(resources, key=lambda resource: resource.urn))
    manifest = Manifest("project", "test", ordered, outputs)
    return {f"{f.urn.rsplit('::', 1)[-1]}: {f.reason}" for f in check(manifest, rules=[RULE])}


def test_what_the_level_demands_is_a_finding_of_the_resource(
    build: Callable[..., Resource],
) -> None:
    found = reasons("continuous-delivery", build(ROLE, "job"), build(ENDPOINT, "churn"))
    assert "job: role job has no permissions boundary, and continuous-delivery demands " in str(
        found
    )
    assert any(
        one.startswith("churn: endpoint churn has no alarm that rolls back") for one in found
    )


@pytest.mark.parametrize(
    "level", ["", "infrastructure-as-code", "continuous-integration", "no such level"]
)
def test_a_lower_level_demands_nothing_of_them(build: Callable[..., Resource], level: str) -> None:
    assert reasons(level, build(ROLE, "job"), build(ENDPOINT, "churn")) == set()


def test_a_role_with_a_boundary_complies(build: Callable[..., Resource]) -> None:
    role = build(ROLE, "job", {"permissionsBoundary": "arn:aws:iam::123456789012:policy/b"})
    assert reasons("continuous-deployment", role) == set()
