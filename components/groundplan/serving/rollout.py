"""How an endpoint moves from one model to the next: SageMaker's blue/green update guardrails, their defaults and limits.

SageMaker starts a whole second fleet, moves traffic over to it in steps, and watches the alarms after each step (it lets the
new fleet "bake"). If an alarm goes off, all traffic goes back.

Sources: API reference `BlueGreenUpdatePolicy` and `TrafficRoutingConfig` (the limits are in botocore's sagemaker
service-2.json), and the SageMaker AI Developer Guide, "Deployment guardrails", "Blue/Green Deployments".
"""

from dataclasses import dataclass
from enum import Enum
from typing import NotRequired, TypedDict

from groundplan.problems import Problem, whole_number

MAX_WAIT = 3600
"""Limit of `WaitIntervalInSeconds` and `TerminationWaitInSeconds`."""
MIN_TIMEOUT, MAX_TIMEOUT = 600, 14400
"""Limits of `MaximumExecutionTimeoutInSeconds`. SageMaker allows 28800, but the AWS provider refuses more than 14400."""
PROVIDER_PATIENCE = 3600
"""Seconds that the AWS provider waits for an endpoint (`endpointInServiceTimeout`, fixed); after that the deployment fails."""
MIN_STEP, MAX_STEP = 10, 50
"""Limits of a linear step, in percent of the new fleet. A canary has the upper one only."""
SMALLEST_DEFAULT = 20
"""The least that a first step takes by default: the latency alarm watches p90, so it can't see a step of 10 % or less."""


class RolloutStrategy(str, Enum):
    """How traffic moves to a new model."""

    CANARY = "canary"
    """A first share, a look at the alarms, then the rest."""
    LINEAR = "linear"
    """Equal shares, with a look at the alarms after each."""
    ALL_AT_ONCE = "all-at-once"
    """All traffic in one step, then a look at the alarms."""


class RolloutArgs(TypedDict):
    """How an endpoint moves to a new model. Changing any of it updates the endpoint in place."""

    strategy: NotRequired[RolloutStrategy]
    """`canary`, `linear` or `all-at-once`. Default: `canary`; `all-at-once` for an endpoint of one instance, which can't be
    split. The alarms and the rollback are the same for all three."""
    canary_percent: NotRequired[int]
    """Share of the new fleet that takes traffic first, in percent, 1 to 50. Default: one instance, but at least 20. The
    latency alarm (p90) can't see a canary of 10 or less."""
    step_percent: NotRequired[int]
    """Share of the new fleet that each linear step adds, in percent, 10 to 50. Default: one instance, but at least 20."""
    wait_seconds: NotRequired[int]
    """Seconds that the alarms are watched after each step, up to 3600. Default: 300. Must cover
    `alarms.evaluation_minutes`, or no alarm can go off in time."""
    termination_wait_seconds: NotRequired[int]
    """Seconds that the old fleet stays after all traffic has moved, up to 3600. Default: 300. Both fleets are paid for."""
    timeout_seconds: NotRequired[int]
    """Seconds until an unfinished rollout is given up and rolled back, 600 to 14400, and more than all waits together.
    Default: 3600, which is how long Pulumi waits for an endpoint."""


@dataclass(frozen=True)
class Rollout:
    """A rollout with its defaults filled in."""

    strategy: RolloutStrategy
    percent: int
    """Share of one step: 100 if all traffic moves at once."""
    wait_seconds: int
    termination_wait_seconds: int
    timeout_seconds: int

    @property
    def total_wait_seconds(self) -> int:
        """Seconds that the rollout waits in all: after each step, and before the old fleet goes."""
        # A canary has two: itself and the rest ("a final baking period", Developer Guide, "Use canary traffic shifting").
        linear = -(-100 // max(self.percent, 1))
        steps = {RolloutStrategy.CANARY: 2, RolloutStrategy.LINEAR: linear, RolloutStrategy.ALL_AT_ONCE: 1}[self.strategy]
        return steps * self.wait_seconds + self.termination_wait_seconds


def resolve(instance_count: int, rollout: RolloutArgs) -> Rollout:
    """The rollout of an endpoint that starts with `instance_count` instances."""
    strategy = rollout.get("strategy", RolloutStrategy.CANARY if instance_count > 1 else RolloutStrategy.ALL_AT_ONCE)
    one_instance = min(MAX_STEP, max(SMALLEST_DEFAULT, 100 // max(instance_count, 1)))
    percent = {
        RolloutStrategy.CANARY: rollout.get("canary_percent", one_instance),
        RolloutStrategy.LINEAR: rollout.get("step_percent", one_instance),
        RolloutStrategy.ALL_AT_ONCE: 100,
    }[strategy]
    return Rollout(
        strategy=strategy,
        percent=percent,
        wait_seconds=rollout.get("wait_seconds", 300),
        termination_wait_seconds=rollout.get("termination_wait_seconds", 300),
        timeout_seconds=rollout.get("timeout_seconds", 3600),
    )


def problems(instance_count: int, rollout: RolloutArgs, evaluation_minutes: int = 3) -> list[Problem]:
    """What SageMaker would refuse, or accept and then roll out unwatched. The keys begin with `rollout.`."""
    resolved = resolve(instance_count, rollout)
    found = whole_number("rollout.canary_percent", rollout.get("canary_percent"), 1, MAX_STEP, "percent of the new fleet")
    found += whole_number("rollout.step_percent", rollout.get("step_percent"), MIN_STEP, MAX_STEP, "percent of the new fleet")
    found += whole_number("rollout.timeout_seconds", rollout.get("timeout_seconds"), MIN_TIMEOUT, MAX_TIMEOUT, "seconds")
    found += whole_number("rollout.wait_seconds", rollout.get("wait_seconds"), 0, MAX_WAIT, "seconds")
    found += whole_number("rollout.termination_wait_seconds", rollout.get("termination_wait_seconds"), 0, MAX_WAIT, "seconds")
    found += _strategy(instance_count, rollout, resolved.strategy)
    return found or _time(resolved, evaluation_minutes)


def _strategy(instance_count: int, rollout: RolloutArgs, strategy: RolloutStrategy) -> list[Problem]:
    found = []
    if instance_count == 1 and strategy is not RolloutStrategy.ALL_AT_ONCE:
        allowed = "all-at-once on one instance: a step is at most half of the fleet"
        fix = "use 2 instances or rollout.strategy all-at-once"
        found.append(Problem("rollout.strategy", strategy.value, allowed, fix))
    if "canary_percent" in rollout and strategy is not RolloutStrategy.CANARY:
        fix = "remove it or use rollout.strategy canary"
        found.append(Problem("rollout.canary_percent", rollout["canary_percent"], f"nothing with {strategy.value}", fix))
    if "step_percent" in rollout and strategy is not RolloutStrategy.LINEAR:
        fix = "remove it or use rollout.strategy linear"
        found.append(Problem("rollout.step_percent", rollout["step_percent"], f"nothing with {strategy.value}", fix))
    return found


def _time(rollout: Rollout, evaluation_minutes: int) -> list[Problem]:
    found = []
    evaluation = 60 * evaluation_minutes
    allowed = f"at least {evaluation}: the alarms need alarms.evaluation_minutes ({evaluation_minutes}) to go off"
    watched = {"wait_seconds": rollout.wait_seconds}
    if rollout.strategy is RolloutStrategy.ALL_AT_ONCE:
        # AWS's example of this mode has no other time to watch the alarms in than the termination wait.
        watched["termination_wait_seconds"] = rollout.termination_wait_seconds
    for key, seconds in watched.items():
        if seconds < evaluation:
            found.append(Problem(f"rollout.{key}", seconds, allowed, f"raise it to {evaluation} or lower the minutes"))

    total = rollout.total_wait_seconds
    if total >= PROVIDER_PATIENCE:
        allowed = f"waits that add up to less than {PROVIDER_PATIENCE} seconds, which is how long Pulumi waits for an endpoint"
        fix = f"lower it, or take larger steps: now they add up to {total}"
        found.append(Problem("rollout.wait_seconds", rollout.wait_seconds, allowed, fix))
    elif total >= rollout.timeout_seconds:
        allowed = f"more than {total} seconds, which is what the waits add up to"
        fix = f"raise it above {total} by the minutes that new instances need to start"
        found.append(Problem("rollout.timeout_seconds", rollout.timeout_seconds, allowed, fix))
    return found
