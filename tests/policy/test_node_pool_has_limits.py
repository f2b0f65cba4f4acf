from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.node_pool_has_limits import RULE

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]

POOL = "kubernetes:karpenter.sh/v1:NodePool"


@pytest.mark.parametrize("limits", [{"nodes": "4"}, {"cpu": 1000}, "${unknown until config}"])
def test_a_pool_with_limits_complies(build: Build, check_rule: CheckRule, limits: Any) -> None:
    assert check_rule(RULE, build(POOL, "gpu", {"spec": {"limits": limits}})) == []


@pytest.mark.parametrize("inputs", [{}, {"spec": {}}, {"spec": {"limits": {}}}])
def test_a_pool_without_limits_is_named(build: Build, check_rule: CheckRule, inputs: Any) -> None:
    pool = build(POOL, "gpu", inputs)
    (breach,) = check_rule(RULE, pool)
    assert (breach.urn, breach.property) == (pool.urn, "spec.limits")
    assert breach.reason.startswith("the node pool gpu has no limits")


def test_it_is_about_karpenters_pools_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(
            RULE, build("aws:eks/nodeGroup:NodeGroup"), build("kubernetes:other.io/v1:NodePool")
        )
        == []
    )
