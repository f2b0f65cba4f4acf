"""The rollout of a new model: SageMaker's update guardrails, their defaults and limits.

Blue/green (canary, linear, all at once): SageMaker starts a second fleet, shifts
traffic to it in steps, and evaluates the alarms for a baking period after each step. If
an alarm goes into ALARM state, all traffic shifts back. Rolling: SageMaker replaces the
fleet batch by batch, which needs fewer spare instances.

Sources: API reference `BlueGreenUpdatePolicy`, `TrafficRoutingConfiguration` and
`RollingUpdatePolicy` (the limits are in botocore's sagemaker service-2.json), and the
SageMaker AI Developer Guide, "Deployment guardrails" and its "Exclusions".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.arguments import with_defaults
from groundplan.problems import Problem, whole_number
from groundplan.serving.model_endpoint.advice import change, either
from groundplan.serving.model_endpoint.choices import RolloutStrategy
from groundplan.serving.model_endpoint.rollout_args import ALARMS_DEFAULTS, RolloutArgs

MAX_WAIT = 3600
"""Limit of `WaitIntervalInSeconds` and `TerminationWaitInSeconds`."""
MIN_TIMEOUT, MAX_TIMEOUT = 600, 14400
"""Limits of `MaximumExecutionTimeoutInSeconds`. SageMaker allows 28800, but the AWS
provider refuses more than 14400."""
PROVIDER_TIMEOUT = 3600
"""Seconds that the AWS provider waits for an endpoint (`endpointInServiceTimeout`,
fixed); after that the deployment fails."""
START_SECONDS = 600
"""Seconds that a timeout allows for new instances to start, where one is proposed."""
MIN_STEP, MAX_STEP = 10, 50
"""Limits of a linear step, in percent of the new fleet. A canary has the upper one
only."""
MIN_BATCH, MAX_BATCH = 5, 50
"""Limits of a batch of a rolling update, in percent of the fleet."""
SMALLEST_DEFAULT = 20
"""The smallest default of a first step, in percent: the latency alarm evaluates p90, so
it doesn't detect a step of 10 % or less."""
STEPS = {
    RolloutStrategy.CANARY: "canary_percent",
    RolloutStrategy.LINEAR: "step_percent",
    RolloutStrategy.ROLLING: "batch_percent",
}
"""The argument that sizes a step of a strategy; all-at-once has none."""
STRATEGY = "rollout.strategy"
WAIT = "rollout.wait_seconds"
TERMINATION = "rollout.termination_wait_seconds"
TIMEOUT = "rollout.timeout_seconds"
MINUTES = "alarms.evaluation_minutes"


@dataclass(frozen=True)
class Fleet:
    """The instances that a rollout replaces."""

    instances: int
    """Of the smallest production variant."""
    variants: int = 1
    """Production variants."""
    shadow: bool = False
    inf1: bool = False
    count_key: str = "instance_count"
    """The argument that states the number of instances."""


@dataclass(frozen=True)
class Rollout:
    """A resolved rollout."""

    strategy: RolloutStrategy
    percent: int
    """Share of one step: 100 if all traffic shifts at once."""
    instances: int | None
    """Instances of one step, where no whole percentage is equal to them."""
    steps: int
    rollback_percent: int | None
    """Share of one step of a rollback; None if it is SageMaker's."""
    wait_seconds: int
    termination_wait_seconds: int
    timeout_seconds: int

    @property
    def total_wait_seconds(self) -> int:
        """Sum of all waits: after each step, and before the old fleet is terminated."""
        return self.steps * self.wait_seconds + self.termination_wait_seconds


def resolve(fleet: Fleet, args: RolloutArgs) -> Rollout:
    """Returns the rollout of a fleet."""
    strategy = RolloutStrategy(args.get("strategy", _default_strategy(fleet)))
    percent, instances = _step(fleet, args, strategy)
    # A canary has two steps: itself and the rest ("a final baking period", Developer
    # Guide, "Use canary traffic shifting").
    several = -(-fleet.instances // instances) if instances else -(-100 // max(percent, 1))
    steps = {RolloutStrategy.CANARY: 2, RolloutStrategy.ALL_AT_ONCE: 1}.get(strategy, several)
    rolling = strategy is RolloutStrategy.ROLLING
    own = with_defaults(RolloutArgs, args)
    return Rollout(
        strategy=strategy,
        percent=percent,
        instances=instances,
        steps=steps,
        rollback_percent=args.get("rollback_batch_percent") if rolling else None,
        wait_seconds=own["wait_seconds"],
        termination_wait_seconds=0 if rolling else own["termination_wait_seconds"],
        timeout_seconds=own["timeout_seconds"],
    )


def _default_strategy(fleet: Fleet) -> RolloutStrategy:
    if fleet.instances > 1 and not fleet.inf1:
        return RolloutStrategy.CANARY
    return RolloutStrategy.ALL_AT_ONCE


def _step(fleet: Fleet, args: RolloutArgs, strategy: RolloutStrategy) -> tuple[int, int | None]:
    """Returns the size of one step: a share, and the number of instances where no whole
    percentage is equal to it."""
    if strategy is RolloutStrategy.ALL_AT_ONCE:
        return 100, None
    own: dict[str, Any] = dict(args)
    if STEPS[strategy] in own:
        return own[STEPS[strategy]], None
    count = max(fleet.instances, 1)
    instances = -(-count * SMALLEST_DEFAULT // 100)
    percent = min(MAX_STEP, 100 * instances // count)
    # Variants of different sizes have shares in common, not numbers of instances.
    whole = 100 * instances % count == 0 or fleet.variants > 1 or count == 1
    return percent, None if whole else instances


def problems(
    fleet: Fleet,
    args: RolloutArgs,
    evaluation_minutes: int = ALARMS_DEFAULTS["evaluation_minutes"],
    limit_seconds: int | None = PROVIDER_TIMEOUT,
) -> list[Problem]:
    """Returns what SageMaker would refuse, or accept and then roll out without alarms.
    The keys begin with `rollout.`.

    All waits together must be shorter than `limit_seconds`, if it isn't None.
    """
    bounds = _bounds(args)
    rollout = resolve(fleet, args)
    misfits = _strategy(fleet, args, rollout.strategy) + _inapplicable(
        fleet, args, rollout.strategy
    )
    return bounds + misfits or _times(rollout, evaluation_minutes, limit_seconds)


def _bounds(args: RolloutArgs) -> list[Problem]:
    bounds = {
        "canary_percent": (1, MAX_STEP, "percent of the new fleet"),
        "step_percent": (MIN_STEP, MAX_STEP, "percent of the new fleet"),
        "batch_percent": (MIN_BATCH, MAX_BATCH, "percent of the fleet"),
        "rollback_batch_percent": (MIN_BATCH, 100, "percent of the fleet"),
        "timeout_seconds": (MIN_TIMEOUT, MAX_TIMEOUT, "seconds"),
        "wait_seconds": (0, MAX_WAIT, "seconds"),
        "termination_wait_seconds": (0, MAX_WAIT, "seconds"),
    }
    own: dict[str, Any] = dict(args)
    return [
        problem
        for key, (low, high, unit) in bounds.items()
        for problem in whole_number(f"rollout.{key}", own.get(key), low, high, unit)
    ]


def _refusal(fleet: Fleet, strategy: RolloutStrategy) -> str:
    """Returns why the fleet can't have the strategy; empty if it can."""
    if strategy is RolloutStrategy.ALL_AT_ONCE:
        return ""
    if fleet.inf1:
        return "all-at-once on Inf1 instances: SageMaker has no update guardrails for them"
    if fleet.instances <= 1:
        return "all-at-once on one instance: a step is at most half of the fleet"
    if strategy is RolloutStrategy.ROLLING and (fleet.variants > 1 or fleet.shadow):
        what = "a shadow" if fleet.shadow else "several variants"
        return f"canary, linear or all-at-once with {what}: a rolling update has one variant only"
    return ""


def _strategy(fleet: Fleet, args: RolloutArgs, strategy: RolloutStrategy) -> list[Problem]:
    allowed = _refusal(fleet, strategy)
    if not allowed:
        return []
    instead = _default_strategy(fleet)
    unused = [f"rollout.{key}" for key in _steps_of_others(args, instead)]
    fix = change({STRATEGY: instead.value}, unused)
    if not fleet.inf1 and fleet.instances == 1:
        fix = either(fix, change({fleet.count_key: 2}))
    return [Problem(STRATEGY, strategy.value, allowed, fix)]


def _steps_of_others(args: RolloutArgs, strategy: RolloutStrategy) -> dict[str, RolloutStrategy]:
    """Returns the arguments that size the steps of other strategies."""
    sizes = {key: of for of, key in STEPS.items()}
    sizes["rollback_batch_percent"] = RolloutStrategy.ROLLING
    return {key: of for key, of in sizes.items() if key in args and of is not strategy}


def _inapplicable(fleet: Fleet, args: RolloutArgs, strategy: RolloutStrategy) -> list[Problem]:
    """Returns the arguments that the strategy doesn't have."""
    own: dict[str, Any] = dict(args)
    others = _steps_of_others(args, strategy)
    problems = []
    for key, of in others.items():
        sized = {of_key for of_key, other in STEPS.items() if other in own}
        usable = not _refusal(fleet, of) and sized <= {of}
        fix = either(f"remove rollout.{key}", change({STRATEGY: of.value}) if usable else "")
        problems.append(Problem(f"rollout.{key}", own[key], f"nothing with {strategy.value}", fix))
    if "termination_wait_seconds" in own and strategy is RolloutStrategy.ROLLING:
        allowed = "nothing with rolling, which has no second fleet"
        value = own["termination_wait_seconds"]
        problems.append(Problem(TERMINATION, value, allowed, f"remove {TERMINATION}"))
    return problems


def _times(rollout: Rollout, minutes: int, limit: int | None) -> list[Problem]:
    """Returns whether the alarms can evaluate each step, and whether all waits end in
    time. The problems have one fix, which solves all of them."""
    fix = either(*_fixes(rollout, minutes, limit))
    evaluation, total = 60 * minutes, rollout.total_wait_seconds
    allowed = f"at least {evaluation}: the alarms need {MINUTES} ({minutes}) to go into ALARM state"
    problems = {
        key: Problem(key, seconds, allowed, fix)
        for key, seconds in _watched(rollout).items()
        if seconds < evaluation
    }
    longest, reason = MAX_TIMEOUT, "the longest timeout"
    if limit is not None and limit < MAX_TIMEOUT:
        longest, reason = limit, "for which Pulumi waits for an endpoint"
    if total >= longest:
        allowed = f"waits whose sum, now {total}, is less than {longest} seconds, {reason}"
        problems.setdefault(WAIT, Problem(WAIT, rollout.wait_seconds, allowed, fix))
    elif total >= rollout.timeout_seconds:
        allowed = f"more than {total} seconds, the sum of the waits"
        problems[TIMEOUT] = Problem(TIMEOUT, rollout.timeout_seconds, allowed, fix)
    return list(problems.values())


def _watched(rollout: Rollout) -> dict[str, int]:
    """Returns the waits in which the alarms must be able to go into ALARM state."""
    watched = {WAIT: rollout.wait_seconds}
    if rollout.strategy is RolloutStrategy.ALL_AT_ONCE:
        # AWS's example of this mode has no other time to evaluate the alarms in than
        # the termination wait.
        watched[TERMINATION] = rollout.termination_wait_seconds
    return watched


def _fixes(rollout: Rollout, minutes: int, limit: int | None) -> Sequence[str]:
    """Returns alternative changes of the times, each of which is accepted."""
    now = {
        WAIT: rollout.wait_seconds,
        TERMINATION: rollout.termination_wait_seconds,
        MINUTES: minutes,
        TIMEOUT: rollout.timeout_seconds,
    }
    longest = MAX_TIMEOUT if limit is None else min(limit, MAX_TIMEOUT)
    fitting = _fitting(rollout, minutes, longest)
    fixes = [change({key: value for key, value in fitting.items() if value != now[key]})]
    fewer = min(_watched(rollout).values()) // 60
    if 1 <= fewer < minutes and rollout.total_wait_seconds < min(longest, rollout.timeout_seconds):
        fixes.append(change({MINUTES: fewer}))
    return fixes


def _fitting(rollout: Rollout, minutes: int, longest: int) -> dict[str, int]:
    """Returns times that are accepted: waits long enough for the alarms, or shorter
    ones, and at last fewer minutes, if their sum would not be below `longest`."""
    watched = TERMINATION in _watched(rollout)
    wait = max(rollout.wait_seconds, 60 * minutes)
    termination = max(rollout.termination_wait_seconds, 60 * minutes if watched else 0)
    if rollout.steps * wait + termination >= longest:
        wait = max(60 * minutes, (longest - 1 - termination) // rollout.steps // 60 * 60)
    if rollout.steps * wait + termination >= longest:
        termination = 60 * minutes if watched else max(0, longest - 1 - rollout.steps * wait)
    if rollout.steps * wait + termination >= longest:
        minutes = (longest - 1) // (rollout.steps + watched) // 60
        wait, termination = 60 * minutes, 60 * minutes if watched else 0
    total = rollout.steps * wait + termination
    timeout = rollout.timeout_seconds
    if total >= timeout:
        timeout = min(MAX_TIMEOUT, total + START_SECONDS)
    return {WAIT: wait, TERMINATION: termination, MINUTES: minutes, TIMEOUT: timeout}
