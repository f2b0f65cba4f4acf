"""How an endpoint moves from one model to the next: SageMaker's update guardrails,
their defaults and limits.

Blue/green (canary, linear, all at once): SageMaker starts a whole second fleet, moves
traffic over to it in steps, and watches the alarms after each step (it lets the new
fleet "bake"). If an alarm goes off, all traffic goes back. Rolling: it replaces the
fleet batch by batch, which needs fewer spare instances.

Sources: API reference `BlueGreenUpdatePolicy`, `TrafficRoutingConfiguration` and
`RollingUpdatePolicy` (the limits are in botocore's sagemaker service-2.json), and the
SageMaker AI Developer Guide, "Deployment guardrails" and its "Exclusions".
"""

from dataclasses import dataclass
from enum import Enum
from typing import NotRequired, TypedDict

from groundplan.problems import Problem, whole_number

MAX_WAIT = 3600
"""Limit of `WaitIntervalInSeconds` and `TerminationWaitInSeconds`."""
MIN_TIMEOUT, MAX_TIMEOUT = 600, 14400
"""Limits of `MaximumExecutionTimeoutInSeconds`. SageMaker allows 28800, but the AWS
provider refuses more than 14400."""
PROVIDER_PATIENCE = 3600
"""Seconds that the AWS provider waits for an endpoint (`endpointInServiceTimeout`,
fixed); after that the deployment fails."""
MIN_STEP, MAX_STEP = 10, 50
"""Limits of a linear step, in percent of the new fleet. A canary has the upper one
only."""
MIN_BATCH, MAX_BATCH = 5, 50
"""Limits of a batch of a rolling update, in percent of the fleet."""
SMALLEST_DEFAULT = 20
"""The least that a first step takes by default: the latency alarm watches p90, so it
can't see a step of 10 % or less."""


class RolloutStrategy(str, Enum):
    """How traffic moves to a new model."""

    CANARY = "canary"
    """A first share, a look at the alarms, then the rest."""
    LINEAR = "linear"
    """Equal shares, with a look at the alarms after each."""
    ROLLING = "rolling"
    """Batch by batch, without a second fleet: for scarce accelerators and large models."""
    ALL_AT_ONCE = "all-at-once"
    """All traffic in one step, then a look at the alarms."""


class RolloutArgs(TypedDict):
    """How an endpoint moves to a new model. Changing any of it updates the endpoint in
    place."""

    strategy: NotRequired[RolloutStrategy]
    """`canary`, `linear`, `rolling` or `all-at-once`. Default: `canary`; `all-at-once`
    for one instance, which can't be split, and for Inf1 instances, on which SageMaker
    knows nothing else. The alarms and the rollback are the same for all."""
    canary_percent: NotRequired[int]
    """Share of the new fleet that takes traffic first, in percent, 1 to 50. Default:
    one instance, but at least 20. The latency alarm (p90) can't see a canary of 10 or
    less."""
    step_percent: NotRequired[int]
    """Share of the new fleet that each linear step adds, in percent, 10 to 50. Default:
    one instance, but at least 20."""
    batch_percent: NotRequired[int]
    """Share of the fleet that each batch of a rolling update replaces, in percent, 5 to
    50. Default: one instance, but at least 20."""
    rollback_batch_percent: NotRequired[int]
    """Share of the fleet that each batch brings back when a rolling update is rolled
    back, in percent, 5 to 100. Default: 100, which is fastest and needs room for a
    whole second fleet."""
    wait_seconds: NotRequired[int]
    """Seconds that the alarms are watched after each step, up to 3600. Default: 300.
    Must cover `alarms.evaluation_minutes`, or no alarm can go off in time."""
    termination_wait_seconds: NotRequired[int]
    """Seconds that the old fleet stays after all traffic has moved, up to 3600.
    Default: 300. Both fleets are paid for. A rolling update has none."""
    timeout_seconds: NotRequired[int]
    """Seconds until an unfinished rollout is given up and rolled back, 600 to 14400,
    and more than all waits together. Default: 3600, which is how long Pulumi waits for
    an endpoint."""


PERCENT = {
    "canary_percent": RolloutStrategy.CANARY,
    "step_percent": RolloutStrategy.LINEAR,
    "batch_percent": RolloutStrategy.ROLLING,
}
"""The step of each strategy, but for the one that has none."""


@dataclass(frozen=True)
class Fleet:
    """What a rollout moves."""

    instances: int
    """Of the smallest production variant."""
    variants: int = 1
    """Production variants."""
    shadow: bool = False
    inf1: bool = False


@dataclass(frozen=True)
class Rollout:
    """A rollout with its defaults filled in."""

    strategy: RolloutStrategy
    percent: int
    """Share of one step: 100 if all traffic moves at once."""
    instances: int | None
    """Instances of one step, where no whole percentage gives them."""
    steps: int
    rollback_percent: int | None
    """Share of one step back, where it isn't all at once."""
    wait_seconds: int
    termination_wait_seconds: int
    timeout_seconds: int

    @property
    def total_wait_seconds(self) -> int:
        """Seconds that the rollout waits in all: after each step, and before the old
        fleet goes."""
        return self.steps * self.wait_seconds + self.termination_wait_seconds


def resolve(fleet: Fleet, rollout: RolloutArgs) -> Rollout:
    """The rollout of an endpoint."""
    splits = fleet.instances > 1 and not fleet.inf1
    strategy = rollout.get(
        "strategy", RolloutStrategy.CANARY if splits else RolloutStrategy.ALL_AT_ONCE
    )
    percent, instances = _step(fleet, rollout, strategy)
    # A canary has two steps: itself and the rest ("a final baking period", Developer
    # Guide, "Use canary traffic shifting").
    several = -(-fleet.instances // instances) if instances else -(-100 // max(percent, 1))
    steps = {RolloutStrategy.CANARY: 2, RolloutStrategy.ALL_AT_ONCE: 1}.get(strategy, several)
    rolling = strategy is RolloutStrategy.ROLLING
    return Rollout(
        strategy=strategy,
        percent=percent,
        instances=instances,
        steps=steps,
        rollback_percent=rollout.get("rollback_batch_percent") if rolling else None,
        wait_seconds=rollout.get("wait_seconds", 300),
        termination_wait_seconds=0 if rolling else rollout.get("termination_wait_seconds", 300),
        timeout_seconds=rollout.get("timeout_seconds", 3600),
    )


def _step(fleet: Fleet, rollout: RolloutArgs, strategy: RolloutStrategy) -> tuple[int, int | None]:
    """How much one step moves: a share, and in instances, where the share would not be
    whole ones."""
    given = {of: rollout[key] for key, of in PERCENT.items() if key in rollout}  # type: ignore[literal-required]
    if strategy is RolloutStrategy.ALL_AT_ONCE:
        return 100, None
    if strategy in given:
        return given[strategy], None
    count = max(fleet.instances, 1)
    instances = -(-count * SMALLEST_DEFAULT // 100)
    percent = min(MAX_STEP, 100 * instances // count)
    # Variants of different sizes have shares in common, not numbers of instances.
    whole = 100 * instances % count == 0 or fleet.variants > 1 or count == 1
    return percent, None if whole else instances


def problems(
    fleet: Fleet,
    rollout: RolloutArgs,
    evaluation_minutes: int = 3,
    patience: int | None = PROVIDER_PATIENCE,
) -> list[Problem]:
    """What SageMaker would refuse, or accept and then roll out unwatched. The keys
    begin with `rollout.`.

    `patience` is how long whoever rolls out waits, in seconds; `None` if as long as it
    takes.
    """
    found = whole_number(
        "rollout.canary_percent",
        rollout.get("canary_percent"),
        1,
        MAX_STEP,
        "percent of the new fleet",
    )
    found += whole_number(
        "rollout.step_percent",
        rollout.get("step_percent"),
        MIN_STEP,
        MAX_STEP,
        "percent of the new fleet",
    )
    found += whole_number(
        "rollout.batch_percent",
        rollout.get("batch_percent"),
        MIN_BATCH,
        MAX_BATCH,
        "percent of the fleet",
    )
    back = rollout.get("rollback_batch_percent")
    found += whole_number(
        "rollout.rollback_batch_percent", back, MIN_BATCH, 100, "percent of the fleet"
    )
    found += whole_number(
        "rollout.timeout_seconds",
        rollout.get("timeout_seconds"),
        MIN_TIMEOUT,
        MAX_TIMEOUT,
        "seconds",
    )
    found += whole_number(
        "rollout.wait_seconds", rollout.get("wait_seconds"), 0, MAX_WAIT, "seconds"
    )
    found += whole_number(
        "rollout.termination_wait_seconds",
        rollout.get("termination_wait_seconds"),
        0,
        MAX_WAIT,
        "seconds",
    )
    resolved = resolve(fleet, rollout)
    found += _strategy(fleet, resolved.strategy) + _of_others(rollout, resolved.strategy)
    return found or _time(resolved, evaluation_minutes, patience)


def _strategy(fleet: Fleet, strategy: RolloutStrategy) -> list[Problem]:
    key = "rollout.strategy"
    if strategy is RolloutStrategy.ALL_AT_ONCE:
        return []
    if fleet.inf1:
        allowed = "all-at-once on Inf1 instances: SageMaker has no update guardrails for them"
        return [
            Problem(
                key,
                strategy.value,
                allowed,
                "use rollout.strategy all-at-once or another instance type",
            )
        ]
    if fleet.instances == 1:
        allowed = "all-at-once on one instance: a step is at most half of the fleet"
        return [
            Problem(key, strategy.value, allowed, "use 2 instances or rollout.strategy all-at-once")
        ]
    if strategy is RolloutStrategy.ROLLING and (fleet.variants > 1 or fleet.shadow):
        what = "a shadow" if fleet.shadow else "several variants"
        allowed = f"canary, linear or all-at-once with {what}: SageMaker rolls one variant only"
        return [Problem(key, strategy.value, allowed, "use rollout.strategy canary")]
    return []


def _of_others(rollout: RolloutArgs, strategy: RolloutStrategy) -> list[Problem]:
    """What is said of the steps of another strategy."""
    found = []
    for key, of in {**PERCENT, "rollback_batch_percent": RolloutStrategy.ROLLING}.items():
        if key in rollout and strategy is not of:
            value = rollout[key]  # type: ignore[literal-required]
            fix = f"remove it or use rollout.strategy {of.value}"
            found.append(Problem(f"rollout.{key}", value, f"nothing with {strategy.value}", fix))
    if "termination_wait_seconds" in rollout and strategy is RolloutStrategy.ROLLING:
        value, allowed = (
            rollout["termination_wait_seconds"],
            "nothing with rolling: there is no old fleet left at the end",
        )
        found.append(Problem("rollout.termination_wait_seconds", value, allowed, "remove it"))
    return found


def _time(rollout: Rollout, evaluation_minutes: int, patience: int | None) -> list[Problem]:
    found = []
    evaluation = 60 * evaluation_minutes
    allowed = f"at least {evaluation}: the alarms need alarms.evaluation_minutes ({evaluation_minutes}) to go off"
    watched = {"wait_seconds": rollout.wait_seconds}
    if rollout.strategy is RolloutStrategy.ALL_AT_ONCE:
        # AWS's example of this mode has no other time to watch the alarms in than the
        # termination wait.
        watched["termination_wait_seconds"] = rollout.termination_wait_seconds
    for key, seconds in watched.items():
        if seconds < evaluation:
            found.append(
                Problem(
                    f"rollout.{key}",
                    seconds,
                    allowed,
                    f"raise it to {evaluation} or lower the minutes",
                )
            )

    total = rollout.total_wait_seconds
    if patience is not None and total >= patience:
        allowed = f"waits that add up to less than {patience} seconds, which is how long Pulumi waits for an endpoint"
        fix = f"lower it, or take larger steps: now they add up to {total}"
        found.append(Problem("rollout.wait_seconds", rollout.wait_seconds, allowed, fix))
    elif total >= rollout.timeout_seconds:
        allowed = f"more than {total} seconds, which is what the waits add up to"
        fix = f"raise it above {total} by the minutes that new instances need to start"
        found.append(Problem("rollout.timeout_seconds", rollout.timeout_seconds, allowed, fix))
    return found
