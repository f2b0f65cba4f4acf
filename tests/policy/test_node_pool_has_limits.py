from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.node_pool_has_limits import RULE

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]

POOL = "kubernetes:karpenter.sh/v1:NodePool"


@pytest.mark.parametrize("limits", [{"nodes": "4"}, {"cpu": 1000}, "${unknown until config}"])
def test_a_pool_with_limits_complies(make: Make, judge: Judge, limits: Any) -> None:
    assert judge(RULE, make(POOL, "gpu", {"spec": {"limits": limits}})) == []


@pytest.mark.parametrize("inputs", [{}, {"spec": {}}, {"spec": {"limits": {}}}])
def test_a_pool_without_limits_is_named(make: Make, judge: Judge, inputs: Any) -> None:
    pool = make(POOL, "gpu", inputs)
    (breach,) = judge(RULE, pool)
    assert (breach.urn, breach.property) == (pool.urn, "spec.limits")
    assert breach.reason.startswith("the node pool gpu has no limits")


def test_it_is_about_karpenters_pools_only(make: Make, judge: Judge) -> None:
    assert (
        judge(RULE, make("aws:eks/nodeGroup:NodeGroup"), make("kubernetes:other.io/v1:NodePool"))
        == []
    )
