"""A preflight finds each obstacle at the resource whose step meets it, and no other."""

from collections.abc import Callable
from typing import Any

import odd_stack
import pytest
from account_world import TODAY, World
from groundplan.operations.preflight import checks
from groundplan.operations.preflight.finding import Finding, Result, Stage
from planted import PLANTED
from planting import Planted
from stack_plans import plan

READS = ("get", "list", "describe", "head", "simulate", "batch_get")


def result(stack: str, plant: Callable[[World], Any] = lambda _world: None) -> Result:
    world = World(plan(stack))
    plant(world)
    found = checks.run(plan(stack), world, TODAY)
    assert all(call.startswith(READS) for call in world.calls)
    return found


def matches(finding: Finding, planted: Planted) -> bool:
    return (
        planted.at in ("", finding.name)
        and planted.says in f"{finding.need} {finding.limit}"
        and finding.stage is planted.stage
    )


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.label)
def test_an_obstacle_is_found_and_no_other(planted: Planted) -> None:
    found = result(planted.stack, planted.plant)
    assert [f for f in found.findings if not matches(f, planted)] == []
    assert len(found.findings) == 1
    unchecked = odd_stack.UNRECORDED if planted.stack.startswith("odd") else []
    assert [entry.what for entry in found.unchecked] == unchecked
    finding = found.findings[0]
    assert finding.fix
    assert finding.urn in plan(planted.stack).manifest.by_urn


def test_sixty_obstacles_are_planted() -> None:
    assert len({planted.label for planted in PLANTED}) == len(PLANTED)
    assert len(PLANTED) >= 60


def _empty(_world: World) -> None:
    """Nothing is in the account."""


def _full_of_others(world: World) -> None:
    """The account is in use, and its quotas have room."""
    for kind in ("m5.24xlarge", "p4d.24xlarge", "g5.48xlarge"):
        world.run_instances(kind, 40)
        world.run_instances(kind, 40, InstanceLifecycle="spot")
    world.lists["ec2", "describe_addresses"] = [{}] * 4
    world.lists["sagemaker", "list_endpoints"] = [{"EndpointName": "ml.m5.large*40"}]
    world.roles = 400


def _exactly_enough(world: World) -> None:
    """Each quota is as large as the need, and not larger."""
    from groundplan.operations.preflight import ec2_quotas, sagemaker_instances

    for (_region, code), pools in ec2_quotas.needs(world.plan).items():
        world.quotas["ec2", code] = sum(pool.need(most=True) for pool in pools)
    needs: dict[str, int] = {}
    for need in sagemaker_instances.of(world.plan):
        needs[need.quota] = needs.get(need.quota, 0) + need.most
    for name, count in needs.items():
        world.quotas["sagemaker", f"L-{name}"] = count


def _block_of_others(world: World) -> None:
    """What runs in Capacity Blocks counts against no quota of vCPUs."""
    _exactly_enough(world)
    world.run_instances("p5.48xlarge", 8, InstanceLifecycle="capacity-block")
    world.run_instances("g5.48xlarge", 8, InstanceLifecycle="capacity-block")


@pytest.mark.parametrize(
    "account",
    [_empty, _full_of_others, _exactly_enough, _block_of_others],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("stack", ["dev", "prod", "loop", "rich-sagemaker", "rich-kubernetes"])
def test_a_clean_account_has_no_finding(stack: str, account: Callable[[World], Any]) -> None:
    found = result(stack, account)
    assert [f.to_data() for f in found.findings] == []
    assert found.unchecked == ()


def test_all_compatible_obstacles_are_found_at_once() -> None:
    together = [p for p in PLANTED if p.stack == "odd" and p.stage is Stage.UP]
    apart = ("P in use by others", "no region", "no such zone for one subnet", "few addresses")
    together = [p for p in together if p.label not in apart]

    def plant(world: World) -> None:
        for planted in together:
            planted.plant(world)

    found = result("odd", plant).findings
    assert [p.label for p in together if not any(matches(f, p) for f in found)] == []


def test_findings_are_in_the_order_of_up() -> None:
    def plant(world: World) -> None:
        for planted in PLANTED:
            if planted.stack == "rich-sagemaker" and "reservation" not in planted.label:
                planted.plant(world)

    steps = plan("rich-sagemaker").steps
    order = [steps[f.urn] for f in result("rich-sagemaker", plant).findings]
    assert order == sorted(order)
    assert len(set(order)) > 3
